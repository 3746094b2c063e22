"""Voices as they may be kept: known sorts of sound, in a file made anew around it.

What a recorder writes beside the sound (place, device, title, pictures) is left behind by keeping
only what is known to be needed to play: frames, packets, their times and how to decode them. What
is woven into the frames themselves stays.
"""

import struct
from collections.abc import Callable

from bot.traffic.media.results import CleanFile, Fault, Unusable
from bot.traffic.media.voices_mp4 import clean_mp4
from bot.traffic.media.voices_ogg import clean_ogg
from bot.traffic.media.voices_webm import clean_webm

#: Kept bytes of a WAV's format, by its tag: PCM, float, A-law, µ-law, IMA ADPCM, extensible.
#: Source: RFC 2361; Microsoft, WAVEFORMATEX and WAVEFORMATEXTENSIBLE.
_WAV_FORMATS = {0x1: 16, 0x3: 16, 0x6: 16, 0x7: 16, 0x11: 20, 0xFFFE: 40}
#: Bytes of a frame after its head, by type; none: no such type. Source: RFC 4867, 5.3; 3GPP TS
#: 26.101 and 26.201, tables of frame sizes.
_AMR_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5, None, None, None, None, None, None, 0)
_AMR_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, None, None, None, None, 0, 0)
_AMR_PADDING = 0x83
#: Source: ISO/IEC 11172-3 and 13818-3, 2.4.2.3: kbit/s by index; MPEG 1 and MPEG 2 of layer III and
#: II, and samples a second by version.
_RATES = {
    (3, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (3, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (2, 1): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
#: A frame without sound, in which encoders describe themselves.
_DESCRIBING = (b"Xing", b"Info", b"VBRI")


def clean(data: bytes) -> CleanFile:
    """Recognise a recording by its content and make it anew without descriptions.

    Raises:
        Unusable: it is no recording of a sort that browsers and phones make, or broken.
    """
    try:
        return _clean(data)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise Unusable(Fault.BROKEN) from error


def is_film(data: bytes) -> bool:
    """Tell whether it is a film of a sort whose sound would be taken."""
    try:
        clean(data)
    except Unusable as error:
        return error.fault is Fault.FILM
    return False


def _clean(data: bytes) -> CleanFile:
    if data[4:8] == b"ftyp":
        return clean_mp4(data)
    if data[:4] == b"\x1aE\xdf\xa3":
        return clean_webm(data)
    if data[:4] == b"OggS":
        return clean_ogg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return CleanFile(_wav(data), "audio/wav")
    for head, sizes in ((b"#!AMR\n", _AMR_NARROW), (b"#!AMR-WB\n", _AMR_WIDE)):
        if data.startswith(head):
            return CleanFile(head + _amr(data, len(head), sizes), "audio/amr")
    at = _after_id3(data)
    if data[at : at + 1] == b"\xff":
        if data[at + 1] & 0xF6 == 0xF0:
            return CleanFile(_frames(data, at, _adts_frame), "audio/aac")
        if data[at + 1] & 0xE0 == 0xE0:
            return CleanFile(_frames(data, at, _mpeg_frame), "audio/mpeg")
    raise Unusable(Fault.UNSUPPORTED)


def _wav(data: bytes) -> bytes:
    form = sound = None
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        # Recorders that stream do not know the size and write none, or the largest.
        end = len(data) if kind == b"data" and size in (0, 0xFFFFFFFF) else at + 8 + size
        body = data[at + 8 : end]
        if kind == b"fmt " and form is None:
            form = body
        elif kind == b"data" and sound is None:
            sound = body
        at = end + size % 2
    if form is None or not sound or len(form) < 16:
        raise Unusable(Fault.BROKEN)
    kept = _WAV_FORMATS.get(struct.unpack_from("<H", form)[0])
    if kept is None:
        raise Unusable(Fault.UNSUPPORTED)
    if len(form) < kept:
        raise Unusable(Fault.BROKEN)
    form = form[:kept]
    if kept > 18:
        form = form[:16] + struct.pack("<H", kept - 18) + form[18:]
    body = b"WAVE" + _wav_chunk(b"fmt ", form) + _wav_chunk(b"data", sound)
    return _wav_chunk(b"RIFF", body)


def _wav_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _amr(data: bytes, start: int, sizes: tuple[int | None, ...]) -> bytes:
    at = start
    while at < len(data):
        size = None if data[at] & _AMR_PADDING else sizes[data[at] >> 3]
        if size is None:
            # Where the sound ended cannot be told: a text can begin like a frame.
            raise Unusable(Fault.BROKEN)
        if at + 1 + size > len(data):
            break  # the last frame was cut off
        at += 1 + size
    if at == start:
        raise Unusable(Fault.BROKEN)
    return data[start:at]


# --- MPEG audio and AAC in ADTS ------------------------------------------------------------------


def _after_id3(data: bytes) -> int:
    """Give where the sound begins after any number of descriptions."""
    at = 0
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10:
        # Four bytes of seven bits each. Source: ID3v2.4.0, 3.1 (header) and 6.2 (synchsafe).
        sizes = zip(data[at + 6 : at + 10], (21, 14, 7, 0), strict=True)
        footer = 10 if data[at + 5] & 0x10 else 0
        at += 10 + sum((byte & 0x7F) << shift for byte, shift in sizes) + footer
    return at


def _frames(data: bytes, at: int, measure: Callable[[bytes, int], tuple[int, bytes]]) -> bytes:
    """Keep whole frames that are alike; what stands between, before or after them is left out."""
    kept = bytearray()
    first: bytes | None = None
    synchronous = False
    while at + 7 <= len(data):
        size, traits = measure(data, at)
        follows = at + size
        if (
            0 < size <= len(data) - at
            and first in (None, traits)
            # Sound that began by chance does not go on.
            and (synchronous or _goes_on(data, follows, measure, traits))
        ):
            first, synchronous = traits, True
            frame = data[at:follows]
            if not any(word in frame[:64] for word in _DESCRIBING):
                kept += frame
            at = follows
        else:
            synchronous = False
            found = data.find(b"\xff", at + 1)
            at = found if found >= 0 else len(data)
    if not kept:
        raise Unusable(Fault.BROKEN)
    return bytes(kept)


def _goes_on(
    data: bytes, at: int, measure: Callable[[bytes, int], tuple[int, bytes]], traits: bytes
) -> bool:
    """Tell whether a frame of the same traits begins here, or the frames end with what is known."""
    if at == len(data) or data[at : at + 3] in (b"TAG", b"ID3") or data[at : at + 8] == b"APETAGEX":
        return True
    size, others = measure(data, at)
    return bool(size) and others == traits


def _mpeg_frame(data: bytes, at: int) -> tuple[int, bytes]:
    """Give the size of a frame and what all frames share; 0 where none begins."""
    head = data[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0, b""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, samples = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer not in (1, 2) or rate in (0, 15) or samples == 3:
        return 0, b""
    bits = _RATES[3 if version == 3 else 2, layer][rate] * 1000
    slots = 72 if version != 3 and layer == 1 else 144
    size = slots * bits // _SAMPLES[version][samples] + (head[2] >> 1 & 1)
    return size, bytes([head[1] & 0xFE, samples])


def _adts_frame(data: bytes, at: int) -> tuple[int, bytes]:
    head = data[at : at + 7]
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0, b""
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return (size if size > 7 else 0), bytes([head[1] & 0xFE, head[2] & 0xFC])
