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


class Sealer:
    """Seals what is written into it, piece by piece; it is whole once it is closed."""

    def __init__(self, target: BinaryIO, key: bytes) -> None:
        self._target = target
        self._cipher = AESGCM(key)
        self._held = bytearray()
        self._number = 0
        target.write(_FORMAT)

    def write(self, data: bytes | bytearray) -> int:
        """Take bytes and give how many; the last piece waits until it is known to be the last."""
        self._held += data
        while len(self._held) > PIECE_BYTES:
            self._put(last=False)
        return len(data)

    def flush(self) -> None:
        """Do nothing: a piece is written when it is full."""

    def close(self) -> None:
        """Write the last piece; an empty content has one too."""
        self._put(last=True)

    def _put(self, *, last: bool) -> None:
        piece = bytes(self._held[:PIECE_BYTES])
        del self._held[:PIECE_BYTES]
        sealed = self._cipher.encrypt(_nonce(self._number), piece, _bound(last=last))
        self._target.write(sealed)
        self._number += 1


def seal(source: BinaryIO, target: BinaryIO, key: bytes) -> None:
    """Read to the end, and write it sealed."""
    sealer = Sealer(target, key)
    while data := source.read(PIECE_BYTES):
        sealer.write(data)
    sealer.close()


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
