"""Voices as they may be kept: known sorts of sound, without pictures and without descriptions.

The type is read from the content. What a recorder writes beside the sound (place, device, title)
is blanked or cut away; the sound itself is left as it is.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

#: Boxes of MP4 that hold other boxes on the way to the descriptions.
_MP4_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"moof", b"traf"})
#: Boxes of MP4 that hold descriptions: user data, tags, and free-form ids.
_MP4_DESCRIPTIONS = frozenset({b"udta", b"meta", b"uuid"})
#: How far the codecs of a WebM can stand from its beginning.
_WEBM_HEAD = 65_536
_WEBM_VIDEO = (b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG", b"V_THEORA")
_WAV_SOUND = frozenset({b"fmt ", b"data", b"fact"})


class UnusableVoice(Exception):
    """Raised for anything that is no recording of a sort that browsers and phones make."""

    def __init__(self, reason: str, *, video: bool = False) -> None:
        super().__init__(reason)
        self.video = video
        """It is a film: the person may send a photo or a voice instead."""


@dataclass(frozen=True, slots=True)
class CleanVoice:
    """A recording without descriptions."""

    data: bytes
    media_type: str


def clean(data: bytes) -> CleanVoice:
    """Recognise a recording by its content and take its descriptions out.

    Raises:
        UnusableVoice: see the class.
    """
    if data[4:8] == b"ftyp":
        return _mp4(data)
    if data[:4] == b"\x1aE\xdf\xa3" and b"webm" in data[:64]:
        return _webm(data)
    if data[:4] == b"OggS":
        return _ogg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return CleanVoice(_wav(data), "audio/wav")
    if data[:6] == b"#!AMR\n" or data[:9] == b"#!AMR-WB\n":
        return CleanVoice(data, "audio/amr")
    if (mp3 := _without_id3(data))[:1] == b"\xff" and mp3[1:2] > b"\xdf":
        # MPEG audio: eleven set bits begin a frame; layer bits 00 are AAC in ADTS.
        aac = (mp3[1] & 0x06) == 0
        return CleanVoice(mp3, "audio/aac" if aac else "audio/mpeg")
    raise UnusableVoice("unknown content")


def _webm(data: bytes) -> CleanVoice:
    if any(codec in data[:_WEBM_HEAD] for codec in _WEBM_VIDEO):
        raise UnusableVoice("film", video=True)
    return CleanVoice(data, "audio/webm")


def _ogg(data: bytes) -> CleanVoice:
    head = data[:4096]
    if b"theora" in head:
        raise UnusableVoice("film", video=True)
    if not any(codec in head for codec in (b"OpusHead", b"\x01vorbis", b"Speex", b"\x7fFLAC")):
        raise UnusableVoice("unknown content")
    return CleanVoice(data, "audio/ogg")


def _mp4(data: bytes) -> CleanVoice:
    cleaned = bytearray(data)
    handlers = set()
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind in _MP4_DESCRIPTIONS:
            # Same length, other name: every offset in the file stays right.
            cleaned[start - 4 : start] = b"free"
            cleaned[start:end] = bytes(end - start)
        elif kind == b"hdlr":
            handlers.add(data[start + 8 : start + 12])
    if b"vide" in handlers:
        raise UnusableVoice("film", video=True)
    if b"soun" not in handlers:
        raise UnusableVoice("no sound")
    three_gp = data[8:11] == b"3gp"
    return CleanVoice(bytes(cleaned), "audio/3gpp" if three_gp else "audio/mp4")


def _boxes(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Walk the boxes of an MP4: rows of (kind, start of content, end)."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if size == 1 and content + 8 <= end:
            (size,) = struct.unpack_from(">Q", data, content)
            content += 8
        stop = end if size == 0 else start + size
        if stop < content or stop > end:
            raise UnusableVoice("broken")
        yield kind, content, stop
        if kind in _MP4_PARENTS and depth < 5:
            yield from _boxes(data, content, stop, depth + 1)
        start = stop


def _wav(data: bytes) -> bytes:
    """Keep the chunks that are needed to play."""
    kept = bytearray()
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind in _WAV_SOUND:
            kept += data[at : at + 8 + size + size % 2]
        at += 8 + size + size % 2
    if b"fmt " not in kept or b"data" not in kept:
        raise UnusableVoice("broken")
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WAVE" + bytes(kept)


def _without_id3(data: bytes) -> bytes:
    if data[:3] == b"ID3" and len(data) > 10:
        # Four bytes of seven bits each. Source: ID3v2.4.0, 3.1 (header) and 6.2 (synchsafe).
        size = sum(
            (byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True)
        )
        data = data[10 + size :]
    if data[-128:-125] == b"TAG":
        data = data[:-128]
    return data
