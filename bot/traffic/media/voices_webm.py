"""WebM recordings made anew: one sound track and its blocks, without tags, names and gaps.

Sources: RFC 8794 (EBML), RFC 9559 (Matroska).
"""

import struct
from collections.abc import Iterator

from bot.traffic.media.results import CleanFile, Fault, Unusable
from bot.traffic.media.voices_ogg import opus_head, vorbis_heads

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER = (
    0x1A45DFA3,
    0x18538067,
    0x1549A966,
    0x1654AE6B,
    0x1F43B675,
)
#: What may follow a cluster of unknown size: the other parts of a segment, and another file.
_UPPER = frozenset(
    {_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER}
    | {0x114D9B74, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367}
)
_DOC_TYPE = 0x4282
_TIMECODE_SCALE, _DURATION = 0x2AD7B1, 0x4489
_TRACK, _TRACK_NUMBER, _TRACK_TYPE, _CODEC, _CODEC_PRIVATE = 0xAE, 0xD7, 0x83, 0x86, 0x63A2
_AUDIO = 0xE1
_TRACK_NUMBERS = {0x56AA: 8, 0x56BB: 8, 0x23E383: 8}  # delay, preroll, duration of a frame
_AUDIO_NUMBERS = {0xB5: 8, 0x78B5: 8, 0x9F: 8, 0x6264: 8}  # rate, output rate, channels, bits
_TIMECODE, _BLOCK, _GROUP, _GROUP_BLOCK = 0xE7, 0xA3, 0xA0, 0xA1
_GROUP_NUMBERS = {0x9B: 8, 0x75A2: 8}  # duration, padding to discard
_VIDEO, _SOUND = 1, 2
_CODECS = frozenset({b"A_OPUS", b"A_VORBIS", b"A_PCM/INT/LIT", b"A_PCM/FLOAT/IEEE"})

#: A film is told apart however unusual its structure is.
_FILM_CODECS = (b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG", b"V_THEORA")
_HEAD_BYTES = 65_536
#: What is written for a file whose program does not tell its name.
_PROGRAM = b"-"
_Element = tuple[int, int, int]


def clean_webm(data: bytes) -> CleanFile:
    """Make a recording anew: its only sound track, and the blocks of it.

    Raises:
        Unusable: a film, of another sort, or broken.
    """
    if any(codec in data[:_HEAD_BYTES] for codec in _FILM_CODECS):
        raise Unusable(Fault.FILM)
    ebml, segment = _two(list(_elements(data, 0, len(data), _SEGMENT)))
    doc_type = _first(data, ebml, _DOC_TYPE)
    if doc_type is None or data[doc_type[1] : doc_type[2]].rstrip(b"\x00") != b"webm":
        raise Unusable(Fault.UNSUPPORTED)
    info, tracks, clusters = b"", None, bytearray()
    for one in _elements(data, segment[1], segment[2], _CLUSTER):
        if one[0] == _INFO and not info:
            info = _info(data, one)
        elif one[0] == _TRACKS and tracks is None:
            tracks = _track(data, one)
        elif one[0] == _CLUSTER and tracks is not None:
            clusters += _cluster(data, one, tracks[0])
    if tracks is None or not clusters:
        raise Unusable(Fault.BROKEN)
    head = _write(
        _EBML,
        _number(0x4286, 1) + _number(0x42F7, 1) + _number(0x42F2, 4) + _number(0x42F3, 8)
        + _write(_DOC_TYPE, b"webm") + _number(0x4287, 4) + _number(0x4285, 2),
    )  # fmt: skip
    body = info or _info_of(b"")
    return CleanFile(
        head + _write(_SEGMENT, body + _write(_TRACKS, tracks[1]) + bytes(clusters)), "audio/webm"
    )


def _two(elements: list[_Element]) -> tuple[_Element, _Element]:
    kinds = [one[0] for one in elements[:2]]
    if kinds != [_EBML, _SEGMENT]:
        raise Unusable(Fault.BROKEN)
    return elements[0], elements[1]


def _info(data: bytes, info: _Element) -> bytes:
    kept = b""
    for kind, start, end in _elements(data, info[1], info[2]):
        if (kind in (_TIMECODE_SCALE, _DURATION)) and end - start <= 8:
            kept += _write(kind, data[start:end])
    return _info_of(kept)


def _info_of(numbers: bytes) -> bytes:
    return _write(_INFO, numbers + _write(0x4D80, _PROGRAM) + _write(0x5741, _PROGRAM))


def _track(data: bytes, tracks: _Element) -> tuple[int, bytes]:
    """Give the number of the only sound track, and the track anew."""
    found = []
    for kind, start, end in _elements(data, tracks[1], tracks[2]):
        if kind != _TRACK:
            continue
        entry = (kind, start, end)
        track_type = _unsigned(data, _first(data, entry, _TRACK_TYPE))
        if track_type == _VIDEO:
            raise Unusable(Fault.FILM)
        if track_type == _SOUND:
            found.append(entry)
    if len(found) != 1:
        raise Unusable(Fault.UNSUPPORTED)
    return _track_anew(data, found[0])


def _track_anew(data: bytes, entry: _Element) -> tuple[int, bytes]:
    number = _unsigned(data, _first(data, entry, _TRACK_NUMBER))
    named = _first(data, entry, _CODEC)
    codec = data[named[1] : named[2]].rstrip(b"\x00") if named else b""
    if codec not in _CODECS or not 0 < number < 127:
        raise Unusable(Fault.UNSUPPORTED)
    kept = _number(_TRACK_NUMBER, number) + _number(0x73C5, number)
    kept += _number(_TRACK_TYPE, _SOUND) + _write(_CODEC, codec)
    private = _first(data, entry, _CODEC_PRIVATE)
    if private is not None and codec == b"A_OPUS":
        kept += _write(_CODEC_PRIVATE, opus_head(data[private[1] : private[2]]))
    elif private is not None and codec == b"A_VORBIS":
        kept += _write(_CODEC_PRIVATE, _vorbis_private(data[private[1] : private[2]]))
    kept += _numbers(data, entry, _TRACK_NUMBERS)
    audio = _first(data, entry, _AUDIO)
    if audio is not None:
        kept += _write(_AUDIO, _numbers(data, audio, _AUDIO_NUMBERS))
    return number, _write(_TRACK, kept)


def _vorbis_private(private: bytes) -> bytes:
    """Make three packets anew that are stored as one: their count less one, two sizes, bodies."""
    if private[0] != 2:
        raise Unusable(Fault.BROKEN)
    sizes, at = [], 1
    for _ in range(2):
        size = 0
        while private[at] == 255:
            size, at = size + 255, at + 1
        sizes.append(size + private[at])
        at += 1
    middle, last = at + sizes[0], at + sum(sizes)
    heads = vorbis_heads([private[at:middle], private[middle:last], private[last:]])
    laces = b"".join(b"\xff" * (len(head) // 255) + bytes([len(head) % 255]) for head in heads[:2])
    return b"\x02" + laces + b"".join(heads)


def _cluster(data: bytes, cluster: _Element, track: int) -> bytes:
    kept = b""
    blocks: list[bytes] = []
    for kind, start, end in _elements(data, cluster[1], cluster[2]):
        if kind == _TIMECODE and not kept:
            kept = _number(_TIMECODE, _unsigned(data, (kind, start, end)))
        elif kind == _BLOCK and _is_of(data, start, end, track):
            blocks.append(_write(_BLOCK, data[start:end]))
        elif kind == _GROUP:
            group = (kind, start, end)
            block = _first(data, group, _GROUP_BLOCK)
            if block is not None and _is_of(data, block[1], block[2], track):
                body = _write(_GROUP_BLOCK, data[block[1] : block[2]])
                blocks.append(_write(_GROUP, body + _numbers(data, group, _GROUP_NUMBERS)))
    return _write(_CLUSTER, kept + b"".join(blocks)) if kept and blocks else b""


def _is_of(data: bytes, start: int, end: int, track: int) -> bool:
    """Tell whether a block is of a track; its number is a variable-size integer of one byte."""
    return end - start > 4 and data[start] == 0x80 | track


# --- EBML ----------------------------------------------------------------------------------------


def _elements(data: bytes, start: int, end: int, open_ended: int = 0) -> Iterator[_Element]:
    """Walk elements: rows of (id, start of content, end). One that was cut off ends the walk.

    Args:
        open_ended: the id of the element whose size may be unknown: it ends where the next of its
            rank begins, or with what holds it.
    """
    at = start
    while at < end:
        kind, at = _variable(data, at, end, marked=True)
        size, at = _variable(data, at, end)
        if kind < 0 or size == -1:
            return
        if size == -2:
            if kind != open_ended:
                raise Unusable(Fault.BROKEN)
            stop = end if kind == _SEGMENT else _end_of_cluster(data, at, end)
        else:
            stop = at + size
            if stop > end and kind not in (_SEGMENT, _CLUSTER):
                return
            stop = min(stop, end)
        yield kind, at, stop
        at = stop


def _end_of_cluster(data: bytes, at: int, end: int) -> int:
    while at < end:
        kind, content = _variable(data, at, end, marked=True)
        size, content = _variable(data, content, end)
        if kind in _UPPER or kind < 0 or size < 0 or content + size > end:
            return at
        at = content + size
    return end


def _variable(data: bytes, at: int, end: int, *, marked: bool = False) -> tuple[int, int]:
    """Read a variable-size integer and give where it ends; -1 for none, -2 for unknown."""
    if at >= end or data[at] == 0:
        return -1, end
    length = 9 - data[at].bit_length()
    if at + length > end or (marked and length > 4):
        return -1, end
    value = int.from_bytes(data[at : at + length], "big")
    if not marked:
        value &= (1 << 7 * length) - 1
        if value == (1 << 7 * length) - 1:
            value = -2
    return value, at + length


def _first(data: bytes, parent: _Element, kind: int) -> _Element | None:
    return next((one for one in _elements(data, parent[1], parent[2]) if one[0] == kind), None)


def _unsigned(data: bytes, element: _Element | None) -> int:
    if element is None or element[2] - element[1] > 8:
        raise Unusable(Fault.BROKEN)
    return int.from_bytes(data[element[1] : element[2]], "big")


def _numbers(data: bytes, parent: _Element, wanted: dict[int, int]) -> bytes:
    """Keep the numbers that are wanted, each of at most so many bytes, and once."""
    kept: dict[int, bytes] = {}
    for kind, start, end in _elements(data, parent[1], parent[2]):
        if kind in wanted and end - start <= wanted[kind]:
            kept.setdefault(kind, _write(kind, data[start:end]))
    return b"".join(kept.values())


def _number(kind: int, value: int) -> bytes:
    return _write(kind, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _write(kind: int, content: bytes) -> bytes:
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + struct.pack(">Q", len(content) | 1 << 56) + content
