"""Bytes of any length, sealed in pieces, so that a part can be read without the rest.

Each piece is bound to its place and to whether it is the last one: none can be changed, left out,
added or moved without the key. A key seals one content only.
"""

from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import StorageError

KEY_BYTES = 32
PIECE_BYTES = 65_536
SEALED_PIECE_BYTES = PIECE_BYTES + 16
_FORMAT = b"linli-sealed-1"


def seal(source: BinaryIO, target: BinaryIO, key: bytes) -> None:
    """Read to the end, and write it sealed."""
    sealing = Sealing(target, key)
    while piece := source.read(PIECE_BYTES):
        sealing.add(piece)
    sealing.end()


class Sealing:
    """A content that is sealed while it comes: no more than a piece of it is held."""

    def __init__(self, target: BinaryIO, key: bytes) -> None:
        self._target = target
        self._cipher = AESGCM(key)
        self._rest = bytearray()
        self._number = 0
        target.write(_FORMAT)

    def add(self, data: bytes | bytearray) -> None:
        """Write what is whole pieces now; the last one waits for what follows."""
        self._rest += data
        while len(self._rest) > PIECE_BYTES:
            self._write(bytes(self._rest[:PIECE_BYTES]), last=False)
            del self._rest[:PIECE_BYTES]

    def end(self) -> None:
        """Write the last piece."""
        self._write(bytes(self._rest), last=True)
        self._rest.clear()

    def _write(self, piece: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number), piece, _bound(last=last)))
        self._number += 1


def size_of(sealed_size: int) -> int:
    """Give how many bytes a sealed content of a size holds."""
    sealed = sealed_size - len(_FORMAT)
    return sealed - pieces_of(sealed_size) * (SEALED_PIECE_BYTES - PIECE_BYTES)


def pieces_of(sealed_size: int) -> int:
    """Count the pieces of a sealed content of a size; an empty one has one."""
    return max(-(-(sealed_size - len(_FORMAT)) // SEALED_PIECE_BYTES), 1)


def unseal(
    source: BinaryIO, key: bytes, sealed_size: int, first: int, last: int
) -> Iterator[bytes]:
    """Read some pieces, from one to another one, both included.

    Raises:
        StorageError: it was changed, cut off, or is not sealed with this key.
    """
    if source.read(len(_FORMAT)) != _FORMAT:
        raise StorageError("it is not sealed as things are here")
    cipher, end = AESGCM(key), pieces_of(sealed_size) - 1
    source.seek(first * SEALED_PIECE_BYTES, 1)
    for number in range(first, last + 1):
        sealed = source.read(SEALED_PIECE_BYTES)
        try:
            yield cipher.decrypt(_nonce(number), sealed, _bound(last=number == end))
        except InvalidTag as error:
            raise StorageError("it was changed, or sealed with another key") from error


def _nonce(number: int) -> bytes:
    return number.to_bytes(12)


def _bound(*, last: bool) -> bytes:
    return _FORMAT + (b"\x01" if last else b"\x00")
