"""Files for tests: a store with a key of its own, and files that need none."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from bot.channels.ports import Driver
from bot.traffic.media.decoder import Media
from bot.traffic.media.results import CleanFile
from domain.messages import FileKind
from storage.files import FileStore
from storage.keyring import Keyring
from storage.spool import Spool

KEYS = Keyring({1: bytes(range(32))})


def new_store(folder: Path) -> FileStore:
    """Give a store that no database is needed for."""
    return FileStore(folder, KEYS)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let this process write no more into a file, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def new_spool() -> Spool:
    """Give room for a file that arrives."""
    return Spool(Path(gettempdir()))


async def cleaned(media: Media, data: bytes, kind: FileKind) -> CleanFile:
    """Let a file arrive, and clean it."""
    with new_spool() as spool:
        await spool.add(data)
        return await media.clean(spool, kind)


async def fetched(driver: Driver, ref: str) -> bytes:
    """Give what a driver downloads."""
    with new_spool() as spool:
        await driver.fetch(ref, spool)
        return b"".join([piece async for piece in spool.pieces()])


@dataclass(frozen=True, slots=True)
class PlainFile:
    """What lies on the disk as it is, read as channels read what is stored."""

    path: Path

    def size(self) -> int:
        """Give how many bytes it has."""
        return self.path.stat().st_size

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """Read from one byte up to another one."""
        return self.path.read_bytes()[start:end]
