"""What arrives of a file until it is cleaned: on the disk, not in memory, and readable to nobody.

It is sealed with a key that is never written down and lies in a file without a name: what a crash
leaves behind is noise, and the system takes its room back.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from storage.sealed_streams import KEY_BYTES, PIECE_BYTES, Sealer, pieces_of, unseal


class Spool:
    """A file that arrives; however large it is, a piece or two of it are held.

    Args:
        folder: on whose disk it lies; it is there.

    Raises:
        OSError: the disk is full, read-only or gone; so do `add` and `pieces`.
    """

    def __init__(self, folder: Path) -> None:
        self.size = 0
        """Bytes that have arrived."""
        self._key = secrets.token_bytes(KEY_BYTES)
        # Buffered: closing waits for a thread that still writes when its upload was cancelled.
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  # closed with the spool
        self._sealer = Sealer(self._file, self._key)
        self._arrived = bytearray()
        self._sealed = 0

    def __enter__(self) -> Self:
        """Give the spool, which is gone when the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of everything that arrived."""
        with suppress(OSError):  # of the last bytes, which nobody wants any more
            self._file.close()

    async def add(self, data: bytes | bytearray) -> None:
        """Take what comes next."""
        self.size += len(data)
        self._arrived += data
        if len(self._arrived) >= PIECE_BYTES:
            await asyncio.to_thread(self._seal)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read from the beginning, a piece at a time; nothing is added any more.

        Raises:
            StorageError: the disk gave back something else.
        """
        if not self._sealed:
            self._sealed = await asyncio.to_thread(self._end)
        for number in range(pieces_of(self._sealed)):
            yield await asyncio.to_thread(self._read, number)

    def _seal(self) -> None:
        self._sealer.write(self._arrived)
        self._arrived = bytearray()

    def _end(self) -> int:
        self._seal()
        self._sealer.close()
        return self._file.tell()

    def _read(self, number: int) -> bytes:
        self._file.seek(0)
        (piece,) = unseal(self._file, self._key, self._sealed, number, number)
        return piece
