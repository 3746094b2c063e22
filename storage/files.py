"""Files by content: the name is the hash, so no path ever comes from a user.

Everything here blocks on the disk: call it in a thread.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Container
from datetime import datetime
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """Pictures, voices and charts in a folder of the data directory."""

    def __init__(self, data_dir: Path) -> None:
        """Keep files under ``data_dir/files``; nothing is made before the first one."""
        self.folder = data_dir / "files"

    def put(self, data: bytes) -> str:
        """Keep bytes and give their hash; they are on the disk when it returns.

        Raises:
            OSError: the disk is full, read-only or gone; nothing half-written stays.
        """
        name = hashlib.sha256(data).hexdigest()
        target = self.path(name)
        if target.exists():
            return name
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{name[:8]}-{secrets.token_hex(4)}")
        try:
            with scratch.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)
        sync_folder(target.parent)
        return name

    def path(self, name: str) -> Path:
        """Give where the bytes of a hash lie.

        Raises:
            ValueError: it is no hash.
        """
        if not _HASH.fullmatch(name):
            raise ValueError("not the hash of a file")
        return self.folder / name[:2] / name

    def delete(self, name: str) -> None:
        """Forget the bytes of a hash; what is gone already is no error."""
        self.path(name).unlink(missing_ok=True)

    def shelves(self) -> list[Path]:
        """List the folders that hold files."""
        return sorted(self.folder.iterdir()) if self.folder.is_dir() else []

    def sweep(self, shelf: Path, keep: Container[str], before: datetime) -> int:
        """Erase what a crash left on a shelf: files that nobody names, and half-written ones.

        Args:
            keep: the hashes that are named.
            before: what was written later stays; it may be about to be named.
        """
        swept = 0
        for file in list(shelf.iterdir()):
            if file.name not in keep and file.stat().st_mtime < before.timestamp():
                file.unlink(missing_ok=True)
                swept += 1
        return swept


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
