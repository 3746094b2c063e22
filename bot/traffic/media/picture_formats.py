"""The structure of picture files: known by their first bytes, and stripped of descriptions.

Nothing is decoded here. Sources: ITU-T T.81 (JPEG), B.1.1; PNG (Third Edition), 5; RFC 9649
(WebP), 2.
"""

import struct

ENDS_JPEG = b"\xff\xd9"
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_WEBP_NEEDED = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
#: Application data and comments; APP14 says which colours a JPEG has.
_JPEG_DESCRIPTIONS = frozenset([*range(0xE1, 0xEE), 0xEF, 0xFE])
_SCAN = 0xDA
_WITHOUT_LENGTH = frozenset([0x01, *range(0xD0, 0xD8)])


def sort_of(data: bytes) -> str | None:
    """Name a format as Pillow does, by the first bytes; None for anything else."""
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == _PNG_HEAD:
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def webp_pixels(data: bytes) -> int:
    """Read how many pixels a WebP has; 0 where its first chunk does not tell."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return 0
    if kind == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
    elif kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return width * height


def bare(data: bytes, sort: str) -> bytes:
    """Leave out what is not needed to see the picture; broken structure is left to the decoder."""
    return {"JPEG": _bare_jpeg, "PNG": _bare_png, "WEBP": _bare_webp}[sort](data)


def _bare_jpeg(data: bytes) -> bytes:
    kept = bytearray(data[:2])
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        if marker == _SCAN:
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker not in _JPEG_DESCRIPTIONS:
            kept += data[at:end]
        at = max(end, at + 4)
    return bytes(kept) + data[at:]


def _bare_png(data: bytes) -> bytes:
    kept = bytearray(_PNG_HEAD)
    at = len(_PNG_HEAD)
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind in _PNG_NEEDED:
            kept += data[at : at + 12 + size]
        at += 12 + size
    return bytes(kept)


def _bare_webp(data: bytes) -> bytes:
    kept = bytearray()
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        end = at + 8 + size + size % 2
        if kind in _WEBP_NEEDED:
            chunk = bytearray(data[at:end])
            if kind == b"VP8X" and len(chunk) > 8:
                chunk[8] &= 0x12  # only "has alpha" and "is animated" still hold
            kept += chunk
        at = end
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + bytes(kept)
