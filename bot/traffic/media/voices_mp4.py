"""MP4, M4A and 3GP recordings made anew: the samples of the only sound track, in a fresh file.

Whole and fragmented files are read; a whole one with one chunk is written. Nothing is taken over
but the samples, how long each lasts, and how they are decoded. Sources: ISO/IEC 14496-12 (boxes),
14496-14 and 14496-1 (esds), 3GPP TS 26.244 (AMR), the Opus and ALAC mappings.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.traffic.media.results import CleanFile, Fault, Unusable

#: A recording of ten hours has not so many samples.
_SAMPLES_MAX = 2_000_000
_DEPTH = {0: 28, 1: 44, 2: 64}  # bytes of a sound sample entry before its boxes, by version
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

_Box = tuple[bytes, int, int]
_Boxes = dict[bytes, list[_Box]]


@dataclass(frozen=True, slots=True)
class _Sample:
    at: int
    size: int
    lasts: int


@dataclass(kw_only=True, slots=True)
class _Track:
    number: int
    ticks: int
    entry: bytes
    threegp: bool
    samples: list[_Sample] = field(default_factory=list)


def clean_mp4(data: bytes) -> CleanFile:
    """Make a recording anew.

    Raises:
        Unusable: a film, of another sort, or broken.
    """
    top = _within(data, 0, len(data))
    moov = _only(top, b"moov")
    track = _sound_track(data, moov)
    if mvex := _within(data, *moov[1:]).get(b"mvex"):
        _read_fragments(data, top.get(b"moof", []), track, _defaults(data, mvex[0], track.number))
    used = sum(one.size for one in track.samples)
    if not track.samples or used > len(data) or not all(one.size for one in track.samples):
        raise Unusable(Fault.BROKEN)
    if any(one.at < 0 or one.at + one.size > len(data) for one in track.samples):
        raise Unusable(Fault.BROKEN)
    return CleanFile(_written(data, track), "audio/3gpp" if track.threegp else "audio/mp4")


# --- reading -------------------------------------------------------------------------------------


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    """Walk boxes: rows of (kind, start of content, end)."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, content)
            content += 8
        stop = end if size == 0 else start + size
        if stop < content or stop > end:
            if kind == b"mdat":  # the recording was cut off; its table may still hold
                stop = end
            else:
                raise Unusable(Fault.BROKEN)
        yield kind, content, stop
        start = stop


def _within(data: bytes, start: int, end: int) -> _Boxes:
    found: _Boxes = {}
    for box in _boxes(data, start, end):
        found.setdefault(box[0], []).append(box)
    return found


def _only(boxes: _Boxes, kind: bytes) -> _Box:
    if len(found := boxes.get(kind, [])) != 1:
        raise Unusable(Fault.BROKEN)
    return found[0]


def _sound_track(data: bytes, moov: _Box) -> _Track:
    found = []
    for trak in _within(data, *moov[1:]).get(b"trak", []):
        boxes = _within(data, *trak[1:])
        media = _within(data, *_only(boxes, b"mdia")[1:])
        handler = _only(media, b"hdlr")[1]
        kind = data[handler + 8 : handler + 12]
        if kind == b"vide":
            raise Unusable(Fault.FILM)
        if kind == b"soun":
            found.append((boxes, media))
    if len(found) != 1:
        raise Unusable(Fault.UNSUPPORTED)
    boxes, media = found[0]
    head, times = _only(boxes, b"tkhd")[1], _only(media, b"mdhd")[1]
    (number,) = struct.unpack_from(">I", data, head + (20 if data[head] else 12))
    (ticks,) = struct.unpack_from(">I", data, times + (20 if data[times] else 12))
    table = _within(data, *_only(_within(data, *_only(media, b"minf")[1:]), b"stbl")[1:])
    entry, threegp = _entry(data, _only(table, b"stsd"))
    if not ticks:
        raise Unusable(Fault.BROKEN)
    track = _Track(number=number, ticks=ticks, entry=entry, threegp=threegp)
    track.samples.extend(_table_samples(data, table))
    return track


def _table_samples(data: bytes, table: _Boxes) -> list[_Sample]:
    sizes = _sizes(data, table)
    if not sizes:
        return []
    wide = b"co64" in table
    chunks = _rows(data, _only(table, b"co64" if wide else b"stco"), ">Q" if wide else ">I")
    runs = _rows(data, _only(table, b"stsc"), ">III")
    lasts = _spread(_rows(data, _only(table, b"stts"), ">II"), len(sizes))
    samples: list[_Sample] = []
    run, per_chunk = -1, 0
    for number, (at,) in enumerate(chunks, 1):
        while run + 1 < len(runs) and runs[run + 1][0] <= number:
            run += 1
            per_chunk = runs[run][1]
        for _ in range(min(per_chunk, len(sizes) - len(samples))):
            size = sizes[len(samples)]
            samples.append(_Sample(at, size, lasts[len(samples)]))
            at += size
    return samples


def _sizes(data: bytes, table: _Boxes) -> Sequence[int]:
    at = _only(table, b"stsz")[1]
    each, count = struct.unpack_from(">II", data, at + 4)
    if count > min(_SAMPLES_MAX, len(data)):
        raise Unusable(Fault.BROKEN)
    return [each] * count if each else struct.unpack_from(f">{count}I", data, at + 12)


def _rows(data: bytes, box: _Box, row: str) -> list[tuple[int, ...]]:
    (count,) = struct.unpack_from(">I", data, box[1] + 4)
    width = struct.calcsize(row)
    if box[1] + 8 + count * width > box[2]:
        raise Unusable(Fault.BROKEN)
    return list(struct.iter_unpack(row, data[box[1] + 8 : box[1] + 8 + count * width]))


def _spread(times: list[tuple[int, ...]], count: int) -> list[int]:
    spread: list[int] = []
    for many, lasts in times:
        spread.extend([lasts] * min(many, count - len(spread)))
    return spread + [spread[-1] if spread else 0] * (count - len(spread))


# --- fragments -----------------------------------------------------------------------------------


def _defaults(data: bytes, mvex: _Box, track: int) -> tuple[int, int]:
    for _, start, _ in _within(data, *mvex[1:]).get(b"trex", []):
        number, _, lasts, size = struct.unpack_from(">4I", data, start + 4)
        if number == track:
            return lasts, size
    return 0, 0


def _read_fragments(
    data: bytes, fragments: list[_Box], track: _Track, defaults: tuple[int, int]
) -> None:
    for _, start, end in fragments:
        for _, inner, stop in _within(data, start, end).get(b"traf", []):
            boxes = _within(data, inner, stop)
            head = _only(boxes, b"tfhd")[1]
            flags, number = struct.unpack_from(">II", data, head)
            if number != track.number:
                continue
            given = _Fields(data, head + 8, flags)
            base = given.take(0x1, ">Q", start - 8)
            given.take(0x2, ">I", 0)
            lasts, size = given.take(0x8, ">I", defaults[0]), given.take(0x10, ">I", defaults[1])
            at = base
            for _, run, over in boxes.get(b"trun", []):
                at = _read_run(data, run, over, track.samples, (base, at), (lasts, size))


def _read_run(
    data: bytes,
    run: int,
    over: int,
    samples: list[_Sample],
    places: tuple[int, int],
    defaults: tuple[int, int],
) -> int:
    """Read a run of samples and give where the next one begins unless it tells."""
    flags, count = struct.unpack_from(">II", data, run)
    if (
        count + len(samples) > min(_SAMPLES_MAX, len(data))
        or count * bin(flags & 0xF00).count("1") * 4 > over - run
    ):
        raise Unusable(Fault.BROKEN)
    given = _Fields(data, run + 8, flags)
    base, at = places
    at = base + given.take(0x1, ">i", at - base)
    given.take(0x4, ">I", 0)
    for _ in range(count):
        lasts, size = given.take(0x100, ">I", defaults[0]), given.take(0x200, ">I", defaults[1])
        given.take(0x400, ">I", 0)
        given.take(0x800, ">I", 0)
        samples.append(_Sample(at, size, lasts))
        at += size
    return at


@dataclass(slots=True)
class _Fields:
    """Fields that stand one after the other, each only where its flag is set."""

    data: bytes
    at: int
    flags: int

    def take(self, flag: int, form: str, default: int) -> int:
        if not self.flags & flag:
            return default
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return int(value)


# --- how samples are decoded ---------------------------------------------------------------------


def _entry(data: bytes, stsd: _Box) -> tuple[bytes, bool]:
    """Give the sample entry anew, and whether it is one of 3GP."""
    entries = list(_boxes(data, stsd[1] + 8, stsd[2]))
    if len(entries) != 1 or entries[0][0] not in _CONFIGURATIONS:
        raise Unusable(Fault.UNSUPPORTED)
    kind, start, end = entries[0]
    (version,) = struct.unpack_from(">H", data, start + 8)
    channels, bits = struct.unpack_from(">HH", data, start + 16)
    (rate,) = struct.unpack_from(">I", data, start + 24)
    inner = _within(data, start + _DEPTH.get(version, 28), end)
    if b"wave" in inner:
        inner = _within(data, *inner[b"wave"][0][1:])
    name, make = _CONFIGURATIONS[kind]
    box = _only(inner, name)
    fields = bytes(6) + struct.pack(">H8xHHHHI", 1, channels, bits, 0, 0, rate)
    made = _box(kind, fields, _box(name, make(data[box[1] : box[2]])))
    return made, kind in (b"samr", b"sawb")


def _aac(given: bytes) -> bytes:
    """Keep the object type, the rates and what the decoder is told; no addresses, no names."""
    tag, body, _ = _descriptor(given, 4)
    flags = body[2]
    if tag != 3 or flags & 0x60:
        raise Unusable(Fault.UNSUPPORTED)
    tag, config, _ = _descriptor(body, 5 if flags & 0x80 else 3)
    if tag != 4 or len(config) < 13 or config[0] not in (0x40, 0x66, 0x67, 0x68, 0x69, 0x6B):
        raise Unusable(Fault.UNSUPPORTED)
    inner = b""
    if len(config) > 13:
        tag, told, _ = _descriptor(config, 13)
        if tag != 5:
            raise Unusable(Fault.UNSUPPORTED)
        inner = _described(5, told[: _told_size(told)])
    inner = _described(4, config[:13] + inner)
    return bytes(4) + _described(3, bytes(3) + inner + _described(6, b"\x02"))


def _told_size(told: bytes) -> int:
    """Give how many bytes of an AudioSpecificConfig may be needed. Source: 14496-3, 1.6.2.1."""
    kind = told[0] >> 3
    named = (told[1] >> 3 & 15) if len(told) > 1 else 0
    # AAC-LC, also with what makes its upper half; others describe more, never text.
    return 7 if kind in (2, 5, 29) and named else 32


def _descriptor(data: bytes, at: int) -> tuple[int, bytes, int]:
    tag, size = data[at], 0
    for _ in range(4):
        at += 1
        size = size << 7 | data[at] & 0x7F
        if not data[at] & 0x80:
            break
    at += 1
    if at + size > len(data):
        raise Unusable(Fault.BROKEN)
    return tag, data[at : at + size], at + size


def _described(tag: int, body: bytes) -> bytes:
    if len(body) > 127:
        raise Unusable(Fault.UNSUPPORTED)
    return bytes([tag, len(body)]) + body


def _amr(given: bytes) -> bytes:
    """Keep the modes; who made the encoder is text."""
    if len(given) < 9:
        raise Unusable(Fault.BROKEN)
    return bytes(5) + given[5:9]


def _opus(given: bytes) -> bytes:
    size = 11 if given[10] == 0 else 13 + given[1]
    if len(given) < size:
        raise Unusable(Fault.BROKEN)
    return given[:size]


def _alac(given: bytes) -> bytes:
    if len(given) < 28:
        raise Unusable(Fault.BROKEN)
    return given[:28]


#: The box that tells a decoder what it needs, and how it is made anew, by sample entry.
_CONFIGURATIONS: dict[bytes, tuple[bytes, Callable[[bytes], bytes]]] = {
    b"mp4a": (b"esds", _aac),
    b"samr": (b"damr", _amr),
    b"sawb": (b"damr", _amr),
    b"Opus": (b"dOps", _opus),
    b"alac": (b"alac", _alac),
}


# --- writing -------------------------------------------------------------------------------------


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _full(kind: bytes, form: str, *values: int, flags: int = 0, rest: bytes = b"") -> bytes:
    return _box(kind, struct.pack(">I" + form, flags, *values), rest)


def _written(data: bytes, track: _Track) -> bytes:
    brands = b"3gp43gp4isom" if track.threegp else b"M4A M4A mp42isom"
    ftyp = _box(b"ftyp", brands[:4], bytes(4), brands[4:])
    sound = b"".join(data[one.at : one.at + one.size] for one in track.samples)
    # The table tells where the sound begins, and its size does not depend on that.
    moov = _moov(track, 0)
    moov = _moov(track, len(ftyp) + len(moov) + 8)
    return ftyp + moov + _box(b"mdat", sound)


def _moov(track: _Track, sound_at: int) -> bytes:
    lasts = min(sum(one.lasts for one in track.samples), 0xFFFFFFFF)
    moving = struct.pack(">IH10x", 0x10000, 0x100) + _UNITY
    mvhd = _full(
        b"mvhd", "4I", 0, 0, track.ticks, lasts, rest=moving + bytes(24) + struct.pack(">I", 2)
    )
    sounding = bytes(12) + struct.pack(">HH", 0x100, 0) + _UNITY + bytes(8)
    tkhd = _full(b"tkhd", "5I", 0, 0, 1, 0, lasts, flags=7, rest=sounding)
    undetermined = 0x55C40000  # "und", packed
    mdhd = _full(b"mdhd", "5I", 0, 0, track.ticks, lasts, undetermined)
    hdlr = _full(b"hdlr", "I", 0, rest=b"soun" + bytes(13))
    dinf = _box(b"dinf", _full(b"dref", "I", 1, rest=_full(b"url ", "", flags=1)))
    minf = _box(b"minf", _full(b"smhd", "I", 0), dinf, _table(track, sound_at))
    trak = _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, minf))
    return _box(b"moov", mvhd, trak)


def _table(track: _Track, sound_at: int) -> bytes:
    times: list[list[int]] = []
    for one in track.samples:
        if times and times[-1][1] == one.lasts:
            times[-1][0] += 1
        else:
            times.append([1, one.lasts])
    spread = [number for row in times for number in row]
    count = len(track.samples)
    sizes = struct.pack(f">{count}I", *(one.size for one in track.samples))
    return _box(
        b"stbl",
        _full(b"stsd", "I", 1, rest=track.entry),
        _full(b"stts", f"I{len(spread)}I", len(times), *spread),
        _full(b"stsc", "4I", 1, 1, count, 1),
        _full(b"stsz", "II", 0, count, rest=sizes),
        _full(b"stco", "II", 1, sound_at),
    )
