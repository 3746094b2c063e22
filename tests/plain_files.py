"""Files for tests: a store with a key of its own, and files that need none."""

from dataclasses import dataclass
from pathlib import Path

from storage.files import FileStore
from storage.keyring import Keyring

KEYS = Keyring({1: bytes(range(32))})


def new_store(folder: Path) -> FileStore:
    """Give a store that no database is needed for."""
    return FileStore(folder, KEYS)


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
