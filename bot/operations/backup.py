"""Backups: database and files in one sealed archive, never the key; a restore erases again.

An archive is sealed with a key of its own that the key file wraps: nobody without the key file
reads one, and nobody without it makes one that a restore believes.

What people had erased since the backup was made must not come back with it, nor who was dismissed
since. The list of both is taken from the database that is replaced, or from one that was exported
before it was lost; see `bot.operations.ended`.
Sessions, links and open invitations of the backup end: who held them then may not hold them now.
"""

import asyncio
import json
import os
import re
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.configuration.settings import Settings
from bot.operations.databases import DEMO, opened, opened_alone
from bot.operations.ended import EndedAgain, Endings, end_again, list_ended
from bot.operations.file_lock import Occupied, file_lock_of
from bot.operations.numbering import settle_restored
from domain.errors import StorageError
from storage.attachments import all_files, named_files
from storage.database import Database, fact
from storage.files import folder_of, put_sealed
from storage.keyring import BACKUP, MasterKeys
from storage.migrate import head, revisions, upgrade
from storage.sealed_streams import KEY_BYTES, pieces_of, seal, unseal
from storage.sqlite_copy import copy_sqlite
from storage.verification import CHAINS, broken_chains
from storage.ways_in import end_ways_in

#: The layout of the archive; it rises when an older Linli could not read it.
FORMAT = 2
_MAGIC = b"linli-backup-2\n"
_DATABASE, _MANIFEST, _FILES = "linli.db", "manifest.json", "files"
_MEMBER = re.compile(r"linli\.db|manifest\.json|files/[0-9a-f]{64}")


class BackupError(Exception):
    """Raised where a backup cannot be made or taken back; the text says what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BackedUp:
    """What a backup holds, after its copy of the database was opened again and read."""

    files: int
    chains: int
    """Case files whose chains were verified in the copy, the newest first."""
    broken: tuple[str, ...]
    """Those of them that do not hold: they are broken in the office's database too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What a restore did."""

    made_at: str
    files: int
    again: EndedAgain
    """What had ended since and ended again."""
    broken: tuple[str, ...]
    """Case files of the backup whose chains do not hold."""
    set_aside: Path | None
    """The database that was there before; it holds personal data and is to be deleted."""


# --- making ---------------------------------------------------------------------------------------


async def back_up(settings: Settings, database: Database, target: Path, now: datetime) -> BackedUp:
    """Write an archive while everything runs; its copy of the database is opened and checked first.

    Raises:
        BackupError: the target is there already or cannot be written, or the database is no SQLite
            file.
        StorageError: the database cannot be read, or its copy cannot be opened.
    """
    if await asyncio.to_thread(target.exists):
        raise BackupError(f"{target} is there already: choose another name")
    if database.path is None:
        raise BackupError(
            "a PostgreSQL database is backed up with pg_dump; copy data_dir/files beside it, and "
            "keep `linli export ended` with both"
        )
    manifest = {
        "format": FORMAT,
        "revision": head(),
        "made_at": now.isoformat(),
        "demo": settings.demo,
    }
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            copy = Path(scratch) / _DATABASE
            await asyncio.to_thread(copy_sqlite, database.path, copy)
            chains, broken, named = await _opened_again(settings, copy)
            folder = folder_of(settings.data_dir)
            keys = MasterKeys.read(settings.key_path)
            files = await asyncio.to_thread(_pack, copy, folder, named, target, manifest, keys)
    except OSError as error:
        raise BackupError(
            f"{target} cannot be written ({error.strerror}): choose a folder that is there, may be "
            "written to and has room for the database and its files"
        ) from error
    return BackedUp(files=files, chains=chains, broken=tuple(broken))


async def _opened_again(settings: Settings, copy: Path) -> tuple[int, list[str], set[str]]:
    """Open a copy with the key and verify its case files, as whoever restores it would.

    Returns:
        How many case files were verified, the broken ones, and the files that the copy names.
    """
    database = Database(f"sqlite+aiosqlite:///{copy}", MasterKeys.read(settings.key_path))
    try:
        await database.open()
        async with database.read() as tx:
            return *await broken_chains(tx, CHAINS), await all_files(tx)
    finally:
        await database.close()


def _pack(
    copy: Path,
    folder: Path,
    named: Set[str],
    target: Path,
    manifest: Mapping[str, Any],
    keys: MasterKeys,
) -> int:
    noted = copy.with_name(_MANIFEST)
    noted.write_text(json.dumps(manifest), encoding="utf-8")
    packed, sealed = copy.with_name("archive"), copy.with_name("sealed")
    files = sorted(path for path in folder.glob("??/*") if path.name in named)
    with _private(packed) as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.add(noted, _MANIFEST)
        archive.add(copy, _DATABASE)
        for path in files:
            _add(archive, path)
    seal_archive(packed, sealed, keys)
    sealed.replace(target)
    return len(files)


def seal_archive(packed: Path, target: Path, keys: MasterKeys) -> None:
    """Seal an archive with a key of its own, which the key file wraps."""
    key = secrets.token_bytes(KEY_BYTES)
    wrapped = keys.wrap(key, BACKUP)
    with packed.open("rb") as plain, _private(target) as file:
        file.write(_MAGIC + bytes([len(wrapped)]) + wrapped)
        seal(plain, file, key)


def _add(archive: tarfile.TarFile, path: Path) -> None:
    """Add a file of the store; one that was erased in the meantime is left out."""
    with suppress(FileNotFoundError):
        archive.add(path, f"{_FILES}/{path.name}")


@contextmanager
def _private(path: Path) -> Iterator[Any]:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


# --- taking back ----------------------------------------------------------------------------------


async def restore(
    settings: Settings, archive: Path, now: datetime, *, listed: Endings | None = None
) -> Restored:
    """Put a backup in place of what is there.

    The backup is unpacked and brought up to date beside the old database, what ended since ends in
    it, and only then it takes its place.

    Args:
        listed: what had ended, exported, where the database that knew it is lost.

    Raises:
        BackupError: Linli is running, the archive is not one of ours, or nobody knows what ended
            since.
        StorageError: the key file does not open the backup.
    """
    place = Database(settings.database_url, MasterKeys.read(settings.key_path)).path
    if place is None:
        raise BackupError(
            "a PostgreSQL database is restored with pg_restore, and then `linli erase-again`"
        )
    if not await asyncio.to_thread(archive.is_file):
        raise BackupError(f"there is no {archive}: check its name and folder")
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file_lock_of(place):
            return await _restore(settings, archive, place, listed, now)
    except Occupied:
        raise BackupError("stop Linli first") from None


async def _restore(
    settings: Settings, archive: Path, place: Path, listed: Endings | None, now: datetime
) -> Restored:
    ended = await _known(settings, place, listed)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
        folder = Path(scratch)
        keys = MasterKeys.read(settings.key_path)
        manifest = await asyncio.to_thread(_unpack, archive, folder, keys)
        if manifest["demo"] != settings.demo:
            raise BackupError(
                "a demonstration's backup and an office's do not take each other's place"
            )
        again, files, broken = await _made_current(settings, folder, ended, now)
        await asyncio.to_thread(_put_files, files, settings.data_dir)
        set_aside = await asyncio.to_thread(_put_database, folder / _DATABASE, place)
    return Restored(
        made_at=manifest["made_at"],
        files=len(files),
        again=again,
        broken=tuple(broken),
        set_aside=set_aside,
    )


async def erase_again(settings: Settings, listed: Endings, now: datetime) -> EndedAgain:
    """Erase, and end, what a database brought back that was restored by its own tools.

    Args:
        listed: what had ended, exported; erasures that the database knows are repeated too.

    Raises:
        BackupError: Linli is running.
        StorageError: the database cannot be opened.
    """
    try:
        async with opened_alone(settings) as database, database.write() as tx:
            return await end_again(tx, settings, listed, now)
    except Occupied as error:
        raise BackupError(f"stop every process of Linli first ({error})") from None


def is_serving(settings: Settings) -> bool:
    """Tell whether a process of Linli holds its SQLite file.

    What listens on its port tells nothing: that may be any program.
    """
    path = settings.database_url.partition(":///")[2] if settings.on_sqlite else ""
    try:
        with file_lock_of(Path(path) if path and Path(path).exists() else None):
            return False
    except Occupied:
        return True


async def _known(settings: Settings, place: Path, listed: Endings | None) -> Endings:
    """Give what the database that is there knows to have ended, together with what was exported."""
    if not await asyncio.to_thread(place.exists):
        if listed is None:
            raise BackupError(
                "there is no database that knows who was erased or dismissed since the backup: "
                "give the list with --ended FILE, or an empty list ([]) if nobody was"
            )
        return listed
    try:
        async with opened(settings) as database, database.read() as tx:
            return (listed or Endings()) + await list_ended(tx)
    except StorageError as error:
        if listed is None:
            raise BackupError(
                f"the database that is there cannot be read ({error}), so nobody knows who was "
                "erased or dismissed since the backup: give the list with --ended FILE"
            ) from error
        return listed


def _unpack(archive: Path, folder: Path, keys: MasterKeys) -> dict[str, Any]:
    try:
        plain = folder / "archive"
        unseal_archive(archive, plain, keys)
        with tarfile.open(plain, "r:gz") as packed:
            for member in packed:
                _unpack_one(packed, member, folder)
        plain.unlink()
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT or not (folder / _DATABASE).is_file():
            raise KeyError("format")
    except FileNotFoundError as error:
        raise BackupError(f"{error.filename} is not there") from error
    except (OSError, tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{archive} is no backup of Linli, or is damaged") from error
    if manifest["revision"] not in revisions():
        raise BackupError("the backup was made by a newer Linli: update this one first")
    return manifest


def unseal_archive(archive: Path, target: Path, keys: MasterKeys) -> None:
    """Open what the key file sealed; nothing of anything else is looked at.

    Raises:
        BackupError: it was not made with this key file, or was changed since.
        ValueError: it is no backup.
    """
    with archive.open("rb") as file, _private(target) as plain:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError("no backup")
        wrapped = file.read(int.from_bytes(file.read(1)))
        sealed_size = archive.stat().st_size - file.tell()
        try:
            key = keys.unwrap(wrapped, BACKUP)
            for piece in unseal(file, key, sealed_size, 0, pieces_of(sealed_size) - 1):
                plain.write(piece)
        except StorageError as error:
            raise BackupError(
                f"{archive} was not made with this key file, or was changed since: nothing of it "
                "is believed"
            ) from error


def _unpack_one(packed: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Take what a backup consists of and nothing else: no path of the archive is followed."""
    file = packed.extractfile(member) if member.isfile() else None
    if file is None or not _MEMBER.fullmatch(member.name):
        raise tarfile.TarError(member.name)
    target = folder / member.name
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as unpacked:
        shutil.copyfileobj(file, unpacked)


async def _made_current(
    settings: Settings, folder: Path, ended: Endings, now: datetime
) -> tuple[EndedAgain, list[Path], list[str]]:
    """Migrate the unpacked database and end in it again what had ended since.

    Returns:
        What that was, the files that the database still names, and the broken case files.
    """
    url = f"sqlite+aiosqlite:///{folder / _DATABASE}"
    database = Database(url, MasterKeys.read(settings.key_path))
    try:
        await upgrade(database)
        await database.open()
        async with database.write() as tx:
            if (await fact(tx, DEMO) is not None) != settings.demo:
                raise BackupError("the backup is not of the sort that its manifest says")
            again = await end_again(tx, settings, ended, now)
            await end_ways_in(tx)
            await settle_restored(tx, ended.numbers)
        packed = {path.name: path for path in (folder / _FILES).glob("*")}
        async with database.read() as tx:
            named = await named_files(tx, packed)
            _, broken = await broken_chains(tx, CHAINS)
    finally:
        await database.close()
    return again, [packed[name] for name in sorted(named)], broken


def _put_files(files: Sequence[Path], data_dir: Path) -> None:
    for path in files:
        put_sealed(data_dir, path.name, path.read_bytes())


def _put_database(unpacked: Path, place: Path) -> Path | None:
    set_aside = None
    if place.exists():
        set_aside = place.with_name(f"{place.name}.replaced")
        place.replace(set_aside)
    for log in ("-wal", "-shm"):
        left = place.with_name(place.name + log)
        if left.exists():
            left.replace(place.with_name(f"{place.name}.replaced{log}"))
    # The unpacked database is whole without a log: it was closed.
    unpacked.replace(place)
    return set_aside
