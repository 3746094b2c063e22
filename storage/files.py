"""Files at rest: each is sealed with a key of its own, which stands in the database alone.

Whoever has the folder reads nothing, and a file whose row is gone cannot be read any more, even
where its bytes are still on a disk or in a backup. A name is chance and tells nothing.

Everything here blocks on the disk: call it in a thread.
"""

import os
import re
import secrets
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from storage.sealed_streams import KEY_BYTES, PIECE_BYTES, Sealer, size_of, unseal
from storage.spool import Spool

_NAME = re.compile(r"[0-9a-f]{64}")


class Sealing(Protocol):
    """What keeps a file's key: `storage.keyring.Keyring`."""

    def seal_bytes(self, plain: bytes) -> bytes:
        """Encrypt a key."""

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """Decrypt a key."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What names a file and opens it; both stand in its row."""

    name: str
    key: bytes
    """The file's own key, sealed."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file on the disk, as far as somebody may read it."""

    path: Path
    key: bytes
    """The file's own key."""

    def size(self) -> int:
        """Give how many bytes it has, unsealed.

        Raises:
            OSError: it is gone.
        """
        return size_of(self.path.stat().st_size)

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """Read from one byte up to another one, to the end if none is named.

        Raises:
            OSError: it is gone.
            StorageError: it was changed, or is another file's.
        """
        with self.path.open("rb") as file:
            sealed = os.fstat(file.fileno()).st_size
            size = size_of(sealed)
            end = size if end is None else min(end, size)
            first, last = start // PIECE_BYTES, max(end - 1, 0) // PIECE_BYTES
            whole = b"".join(unseal(file, self.key, sealed, first, last))
        return whole[start - first * PIECE_BYTES : end - first * PIECE_BYTES]


class FileStore:
    """Pictures, voices, copies and charts in a folder of the data directory."""

    def __init__(self, data_dir: Path, sealing: Sealing) -> None:
        """Keep files under ``data_dir/files``; nothing is made before the first one."""
        self.folder = folder_of(data_dir)
        self._data_dir = data_dir
        self._sealing = sealing

    def put(self, data: bytes) -> Kept:
        """Seal bytes and keep them; they are on the disk when it returns.

        Raises:
            OSError: the disk is full, read-only or gone; nothing half-written stays.
        """
        return self.put_written(lambda target: target.write(data))

    def put_written(self, write: Callable[[Sealer], object]) -> Kept:
        """Seal and keep what a function writes, while it writes it: it is held nowhere as a whole.

        Raises:
            OSError: as `put`; and whatever the function raises, with nothing kept.
        """
        key = secrets.token_bytes(KEY_BYTES)
        name = secrets.token_hex(32)

        with _written(self.path(name)) as file:
            sealer = Sealer(file, key)
            write(sealer)
            sealer.close()
        return Kept(name, self._sealing.seal_bytes(key))

    def spool(self) -> Spool:
        """Give room for a file that arrives.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Spool(self._data_dir)

    def kept(self, name: str, key: bytes) -> SealedFile:
        """Give a file by what its row holds.

        Raises:
            ValueError: it is no file's name.
            StorageError: the key is not of this database.
        """
        return SealedFile(self.path(name), self._sealing.unseal_bytes(key))

    def path(self, name: str) -> Path:
        """Give where a file lies.

        Raises:
            ValueError: it is no file's name.
        """
        return _place(self.folder, name)

    def delete(self, name: str) -> None:
        """Forget a file; what is gone already is no error."""
        self.path(name).unlink(missing_ok=True)

    def shelves(self) -> list[Path]:
        """List the folders that hold files."""
        return sorted(self.folder.iterdir()) if self.folder.is_dir() else []

    def sweep(self, shelf: Path, keep: Container[str], before: datetime) -> int:
        """Erase what a crash left on a shelf: files that nobody names, and half-written ones.

        Args:
            keep: the names that stand in some row.
            before: what was written later stays; it may be about to be named.
        """
        swept = 0
        for file in list(shelf.iterdir()):
            if file.name not in keep and file.stat().st_mtime < before.timestamp():
                file.unlink(missing_ok=True)
                swept += 1
        return swept


def folder_of(data_dir: Path) -> Path:
    """Give the folder of a data directory that holds files."""
    return data_dir / "files"


def _place(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of a file")
    return folder / name[:2] / name


def put_sealed(data_dir: Path, name: str, sealed: bytes) -> None:
    """Keep a file that is sealed already, such as one of a backup.

    Raises:
        OSError: as `FileStore.put`.
        ValueError: it is no file's name.
    """
    with _written(_place(folder_of(data_dir), name)) as file:
        file.write(sealed)


@contextmanager
def _written(target: Path) -> Iterator[BinaryIO]:
    """Give a file to write that gets its name when all of it is on the disk."""
    for folder in (target.parent.parent, target.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name[:8]}-{secrets.token_hex(4)}")
    try:
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut, where the system lets folders be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
