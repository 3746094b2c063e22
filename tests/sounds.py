"""Recordings as phones and browsers write them, and with words planted wherever they may hide.

The structure is whole and right; the sound itself is noise.
"""

import random
import struct
from collections.abc import Callable, Iterable

CANARY = b"CANARY-7F3C"

Maker = Callable[[bytes], bytes]


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes in which no marker of a frame stands."""
    return bytes(random.Random(seed).choices(range(1, 200), k=size))


# --- MP4 -----------------------------------------------------------------------------------------


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _full(kind: bytes, form: str, *values: int, rest: bytes = b"", flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I" + form, flags, *values), rest)


def _esds(hidden: bytes) -> bytes:
    told = bytes([5, 2]) + b"\x12\x10"
    config = bytes([4, 13 + len(told), 0x40, 0x15]) + bytes(11) + told
    es = bytes(3) + config + b"\x06\x01\x02" + hidden
    return _full(b"esds", "", rest=bytes([3, len(es)]) + es)


#: The entry of the sample table, by what the sound is packed with.
_MP4_ENTRIES: dict[bytes, Callable[[bytes], bytes]] = {
    b"mp4a": _esds,
    b"samr": lambda hidden: box(b"damr", (hidden + b"LNLI")[:4] + b"\0\x81\xff\0\1" + hidden),
    b"Opus": lambda hidden: box(b"dOps", b"\0\1" + struct.pack(">HIhB", 312, 48000, 0, 0) + hidden),
}


def _trak(codec: bytes, handler: bytes, table: bytes, hidden: bytes) -> bytes:
    entry = box(
        codec,
        bytes(6) + struct.pack(">H8sHHHHI", 1, hidden[:8], 1, 16, 0, 0, 44100 << 16),
        _MP4_ENTRIES[codec](hidden),
        box(b"btrt", hidden),
    )
    stbl = box(b"stbl", _full(b"stsd", "I", 1, rest=entry), table, box(b"free", hidden))
    dinf = box(b"dinf", _full(b"dref", "I", 1, rest=_full(b"url ", "", rest=hidden, flags=1)))
    minf = box(b"minf", _full(b"smhd", "I", 0), dinf, stbl, box(b"udta", hidden))
    return box(
        b"trak",
        _full(b"tkhd", "5I", 11, 12, 1, 0, 4096, rest=bytes(60)),
        box(
            b"mdia",
            _full(b"mdhd", "5I", 11, 12, 44100, 4096, 0),
            _full(b"hdlr", "I", 0, rest=handler + bytes(12) + hidden + b"\0"),
            minf,
        ),
        box(b"udta", box(b"name", hidden)),
        box(b"Xtra", hidden),
    )


def _around(hidden: bytes) -> bytes:
    meta = _full(b"meta", "", rest=box(b"ilst", box(b"\xa9nam", hidden), box(b"covr", hidden)))
    return (
        box(b"udta", box(b"loci", hidden), meta) + box(b"uuid", hidden * 2) + box(b"Xtra", hidden)
    )


def mp4(
    handler: bytes = b"soun",
    brand: bytes = b"M4A ",
    hidden: bytes = b"",
    *,
    codec: bytes = b"mp4a",
    after: bool = False,
) -> bytes:
    """A whole recording; its sound stands in two chunks with a gap between.

    Args:
        after: the table stands after the sound, as phones write it.
    """
    chunks = (noise(30), noise(40, 2))
    ftyp = box(b"ftyp", brand, hidden[:4].ljust(4, b"\0"), b"mp42" + hidden[:4])
    free = box(b"free", hidden)

    def moov(first: int) -> bytes:
        table = (
            _full(b"stts", "3I", 1, 4, 1024)
            + _full(b"stsc", "4I", 1, 1, 2, 1)
            + _full(b"stsz", "6I", 0, 4, 10, 20, 15, 25)
            + _full(b"stco", "3I", 2, first, first + len(chunks[0]) + len(hidden))
        )
        mvhd = _full(b"mvhd", "4I", 11, 12, 44100, 4096, rest=bytes(80))
        return box(b"moov", mvhd, _trak(codec, handler, table, hidden), _around(hidden))

    mdat = box(b"mdat", hidden, chunks[0], hidden, chunks[1], hidden)
    before = len(ftyp) + len(free) + (0 if after else len(moov(0)))
    told = moov(before + 8 + len(hidden))
    parts = (mdat, told) if after else (told, mdat)
    return ftyp + free + b"".join(parts) + (box(b"free", hidden) + hidden[:7] if hidden else b"")


def fragmented(hidden: bytes = b"") -> bytes:
    """A recording as browsers write it: a table without samples, then fragments."""
    empty = b"".join(_full(kind, "I", 0) for kind in (b"stts", b"stsc", b"stco"))
    empty += _full(b"stsz", "II", 0, 0)
    trex = _full(b"trex", "5I", 1, 1, 960, 0, 0)
    moov = box(
        b"moov",
        _full(b"mvhd", "4I", 11, 12, 48000, 0, rest=bytes(80)),
        _trak(b"Opus", b"soun", empty, hidden),
        box(b"mvex", trex),
        _around(hidden),
    )
    whole = box(b"ftyp", b"isom", bytes(4), b"iso5") + moov
    for number in (1, 2):

        def moof(offset: int, number: int = number) -> bytes:
            run = _full(b"trun", "IiII", 2, offset, 30, 50, flags=0x201)
            tfhd = _full(b"tfhd", "I", 1, flags=0x20000)
            return box(
                b"moof", _full(b"mfhd", "I", number), box(b"traf", tfhd, run, box(b"uuid", hidden))
            )

        whole += moof(len(moof(0)) + 8 + len(hidden))
        whole += box(b"mdat", hidden, noise(80, number), hidden)
    return whole + box(b"emsg", hidden)


# --- Ogg -----------------------------------------------------------------------------------------


def ogg_page(packets: Iterable[bytes], number: int, *, flags: int = 0, granule: int = 0) -> bytes:
    """A page with whole packets; its checksum is left zero."""
    packets = list(packets)
    laces = b"".join(b"\xff" * (len(one) // 255) + bytes([len(one) % 255]) for one in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 0x4C4E4C49, number, 0, len(laces))
    return head + laces + b"".join(packets)


def _comments(hidden: bytes) -> bytes:
    told = b"TITLE=" + hidden
    return struct.pack("<I", len(hidden)) + hidden + struct.pack("<II", 1, len(told)) + told


def ogg(hidden: bytes = b"") -> bytes:
    """Opus, as Telegram and Firefox write it."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48000, 0, 0) + hidden
    tags = b"OpusTags" + _comments(hidden) + hidden
    return (
        ogg_page([head], 0, flags=2)
        + ogg_page([tags], 1)
        + ogg_page([noise(60), noise(300, 2)], 2, granule=1920)
        + ogg_page([noise(60, 3)], 3, granule=2880, flags=4)
        + hidden
    )


def vorbis(hidden: bytes = b"") -> bytes:
    head = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 1, 44100, 0, 64000, 0, 0xB8, 1) + hidden
    heads = [b"\x03vorbis" + _comments(hidden) + b"\x01" + hidden, b"\x05vorbis" + noise(400)]
    sound = ogg_page([noise(60)], 2, granule=1024, flags=4)
    return ogg_page([head], 0, flags=2) + ogg_page(heads, 1) + sound


def speex(hidden: bytes = b"") -> bytes:
    head = b"Speex   " + hidden[:19].ljust(20, b"\0") + struct.pack(
        "<13i", 1, 80, 8000, 0, 4, 1, -1, 160, 0, 1, 0, 0, 0
    )  # fmt: skip
    sound = ogg_page([noise(60)], 2, granule=160, flags=4)
    return ogg_page([head], 0, flags=2) + ogg_page([_comments(hidden)], 1) + sound


# --- WebM ----------------------------------------------------------------------------------------


def element(kind: int, content: bytes, *, size: int | None = None) -> bytes:
    """An EBML element; ``size`` -1 for one of unknown size."""
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    if size == -1:
        return name + b"\x01" + b"\xff" * 7 + content
    return name + struct.pack(">I", len(content) | 1 << 28) + content


def webm(hidden: bytes = b"", *, streamed: bool = True, codec: bytes = b"A_OPUS") -> bytes:
    """A recording as Chromium writes it, which does not know how long it will be."""
    private = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48000, 0, 0) + hidden
    ebml = element(
        0x1A45DFA3, element(0x4286, b"\1") + element(0x4282, b"webm") + element(0xEC, hidden)
    )
    info = element(
        0x1549A966,
        element(0x2AD7B1, b"\x0f\x42\x40") + element(0x4D80, b"app " + hidden)
        + element(0x5741, b"app " + hidden) + element(0x7BA9, hidden) + element(0x4461, bytes(8)),
    )  # fmt: skip
    audio = element(0xE1, element(0xB5, struct.pack(">f", 48000)) + element(0x9F, b"\1"))
    entry = element(
        0xAE,
        element(0xD7, b"\1") + element(0x73C5, hidden[:8] or b"\1") + element(0x83, b"\2")
        + element(0x536E, hidden) + element(0x22B59C, hidden) + element(0x258688, hidden)
        + element(0x86, codec) + element(0x63A2, private) + audio,
    )  # fmt: skip
    tags = element(0x1254C367, element(0x7373, element(0x67C8, element(0x4487, hidden))))
    files = element(0x1941A469, element(0x61A7, element(0x465C, hidden)))
    clusters = b""
    for number in range(2):
        block = b"\x81" + struct.pack(">hB", 0, 0x80)
        group = element(0xA1, block + noise(50)) + element(0x9B, b"\x14") + element(0x75A1, hidden)
        inside = element(0xE7, bytes([number * 20])) + element(0xA3, block + noise(40, number))
        inside += element(0xEC, hidden) + element(0xA0, group) + element(0xA3, b"\x82" + hidden)
        clusters += element(0x1F43B675, inside, size=-1 if streamed else None)
    void = element(0xEC, hidden)
    body = void + info + element(0x1654AE6B, entry) + tags + files + clusters + tags
    return ebml + element(0x18538067, body, size=-1 if streamed else None) + (
        b"" if streamed else hidden
    )  # fmt: skip


# --- the others ----------------------------------------------------------------------------------


def wav(hidden: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)

    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16) + (b"\0\0" + hidden if hidden else b"")
    body = chunk(b"fmt ", form) + chunk(b"LIST", hidden) + chunk(b"data", noise(100))
    body += chunk(b"id3 ", hidden) + chunk(b"data", hidden)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body + hidden


def _id3(hidden: bytes) -> bytes:
    return b"ID3\x04\x00\x00" + bytes([0, 0, 0, len(hidden)]) + hidden


def _behind(hidden: bytes) -> bytes:
    ape = b"APETAGEX" + struct.pack("<IIII8x", 2000, len(hidden) + 32, 1, 1 << 31) + hidden
    return ape + b"TAG" + hidden.ljust(125, b"\0")


def mp3(hidden: bytes = b"") -> bytes:
    """MPEG 1, layer III, 128 kbit/s, 44.1 kHz; the first frame is LAME's description."""
    head = b"\xff\xfb\x90\x64"
    told = head + (bytes(32) + b"Info" + hidden).ljust(413, b"\0")
    frames = b"".join(head + noise(413, seed) for seed in range(4))
    if not hidden:
        return frames
    return _id3(hidden) * 2 + told + frames[:834] + hidden + frames[834:] + _behind(hidden)


def aac(hidden: bytes = b"") -> bytes:
    """AAC-LC in ADTS, 44.1 kHz, one channel."""

    def frame(body: bytes) -> bytes:
        size = len(body) + 7
        return (
            bytes(
                [0xFF, 0xF1, 0x50, 0x40 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 0x1F, 0xFC]
            )
            + body
        )

    frames = [frame(noise(90, seed)) for seed in range(4)]
    if not hidden:
        return b"".join(frames)
    return _id3(hidden) + b"".join(frames[:2]) + hidden + b"".join(frames[2:]) + _behind(hidden)


def amr() -> bytes:
    return (
        b"#!AMR\n" + b"".join(b"\x3c" + noise(31, seed) for seed in range(5)) + b"\x44" + bytes(5)
    )


def amr_wide() -> bytes:
    return b"#!AMR-WB\n" + b"".join(b"\x24" + noise(40, seed) for seed in range(5))


#: What is made anew, whatever is planted in it: maker and type.
PLANTED: dict[str, tuple[Maker, str]] = {
    "mp4": (lambda hidden: mp4(hidden=hidden), "audio/mp4"),
    "mp4 table last": (lambda hidden: mp4(hidden=hidden, after=True), "audio/mp4"),
    "mp4 fragments": (fragmented, "audio/mp4"),
    "3gp": (lambda hidden: mp4(hidden=hidden, brand=b"3gp4", codec=b"samr"), "audio/3gpp"),
    "ogg opus": (ogg, "audio/ogg"),
    "ogg vorbis": (vorbis, "audio/ogg"),
    "ogg speex": (speex, "audio/ogg"),
    "webm streamed": (webm, "audio/webm"),
    "webm": (lambda hidden: webm(hidden, streamed=False), "audio/webm"),
    "wav": (wav, "audio/wav"),
    "mp3": (mp3, "audio/mpeg"),
    "aac": (aac, "audio/aac"),
}
