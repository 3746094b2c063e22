"""Ogg recordings made anew: Opus, Vorbis and Speex, one stream, with empty comments.

Sources: RFC 3533 (Ogg), RFC 7845 (Opus), the Vorbis I specification, the Speex manual.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bot.traffic.media.results import CleanFile, Fault, Unusable

_PAGE = struct.Struct("<4sBBqIIIB")
_HEAD_BYTES = 4_096
_CONTINUED, _FIRST, _LAST = 1, 2, 4
#: The only stream's number; a recorder's may tell something.
_SERIAL = 1
#: The bits of a byte the other way round: Ogg's checksum is zlib's, read from the other side.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    granule: int
    laces: bytes
    body: bytes


def clean_ogg(data: bytes) -> CleanFile:
    """Make a recording anew: heads without comments, then the pages with sound.

    Raises:
        Unusable: a film, several streams, or broken.
    """
    if b"\x80theora" in data[:_HEAD_BYTES]:
        raise Unusable(Fault.FILM)
    pages = list(_pages(data))
    if not pages:
        raise Unusable(Fault.BROKEN)
    given, consumed = _head_packets(pages)
    heads = _heads(given)
    out = [_page(_FIRST, 0, 0, heads[:1])]
    if heads[1:]:
        out.append(_page(0, 0, 1, heads[1:]))
    sound = pages[consumed:]
    if not sound or sound[0].flags & _CONTINUED:
        raise Unusable(Fault.BROKEN)
    for number, page in enumerate(sound, len(out)):
        flags = page.flags & _CONTINUED | (_LAST if number - len(out) == len(sound) - 1 else 0)
        out.append(_sealed(flags, page.granule, number, page.laces, page.body))
    return CleanFile(b"".join(out), "audio/ogg")


def _pages(data: bytes) -> Iterator[_Page]:
    """Read the pages of the only stream; a last one that was cut off is left out."""
    at, serial = 0, None
    while at + _PAGE.size <= len(data):
        capture, version, flags, granule, whose, _, _, count = _PAGE.unpack_from(data, at)
        if capture != b"OggS" or version != 0:
            raise Unusable(Fault.BROKEN)
        laces = data[at + _PAGE.size : at + _PAGE.size + count]
        start = at + _PAGE.size + count
        at = start + sum(laces)
        if at > len(data):
            return
        if bool(flags & _FIRST) != (serial is None) or serial not in (None, whose):
            raise Unusable(Fault.UNSUPPORTED)
        serial = whose
        yield _Page(flags, granule, laces, data[start:at])
        if flags & _LAST and data[at : at + 4] != b"OggS":
            return  # what stands behind the end is no sound


def _head_packets(pages: list[_Page]) -> tuple[list[bytes], int]:
    """Give the packets before the sound, which begins a page, and how many pages they take."""
    packets: list[bytes] = []
    begun = b""
    wanted = 1
    for number, page in enumerate(pages, 1):
        at = 0
        for lace in page.laces:
            begun += page.body[at : at + lace]
            at += lace
            if lace < 255:
                packets.append(begun)
                begun = b""
        if packets:
            wanted = _count_heads(packets[0])
        if len(packets) >= wanted:
            if len(packets) > wanted or begun:
                raise Unusable(Fault.BROKEN)
            return packets, number
    raise Unusable(Fault.BROKEN)


def _count_heads(first: bytes) -> int:
    if first.startswith(b"OpusHead"):
        return 2
    if first.startswith(b"\x01vorbis"):
        return 3
    if first.startswith(b"Speex   ") and len(first) >= 80:
        return 2  # further ones are refused: they hold who knows what
    raise Unusable(Fault.UNSUPPORTED)


def _heads(given: list[bytes]) -> list[bytes]:
    """Give the packets before the sound anew."""
    first = given[0]
    if first.startswith(b"OpusHead"):
        return [opus_head(first), b"OpusTags" + bytes(8)]
    if first.startswith(b"Speex   "):
        # The version that the encoder gives itself is text.
        extra = struct.unpack_from("<i", first, 68)[0]
        if extra:
            raise Unusable(Fault.UNSUPPORTED)
        return [b"Speex   " + bytes(20) + first[28:72] + bytes(8), bytes(8)]
    return vorbis_heads(given)


def opus_head(given: bytes) -> bytes:
    """Keep what an Opus decoder reads of the head. Source: RFC 7845, 5.1.

    Raises:
        Unusable: broken.
    """
    if not given.startswith(b"OpusHead") or len(given) < 19:
        raise Unusable(Fault.BROKEN)
    size = 19 if given[18] == 0 else 21 + given[9]
    if len(given) < size:
        raise Unusable(Fault.BROKEN)
    return given[:size]


def vorbis_heads(given: list[bytes]) -> list[bytes]:
    """Keep what a Vorbis decoder reads of the three heads: no comments.

    Raises:
        Unusable: broken.
    """
    first, comments, setup = given
    if len(first) < 30 or comments[:7] != b"\x03vorbis" or setup[:7] != b"\x05vorbis":
        raise Unusable(Fault.BROKEN)
    return [first[:30], b"\x03vorbis" + bytes(8) + b"\x01", setup]


def _page(flags: int, granule: int, number: int, packets: list[bytes]) -> bytes:
    laces = bytearray()
    for packet in packets:
        laces += b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    if len(laces) > 255:
        raise Unusable(Fault.UNSUPPORTED)  # heads of 65 kB are no recorder's
    return _sealed(flags, granule, number, bytes(laces), b"".join(packets))


def _sealed(flags: int, granule: int, number: int, laces: bytes, body: bytes) -> bytes:
    head = _PAGE.pack(b"OggS", 0, flags, granule, _SERIAL, number, 0, len(laces)) + laces
    page = bytearray(head + body)
    page[22:26] = struct.pack("<I", _checksum(page))
    return bytes(page)


def _checksum(page: bytes | bytearray) -> int:
    """Compute Ogg's checksum: polynomial 04C11DB7, nothing inverted. Source: RFC 3533, 6."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
