"""What may be kept of a voice."""

import struct

import pytest

from bot.voices import UnusableVoice, clean

CANARY = b"CANARY-7F3C"


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of MP4."""
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def mp4(handler: bytes = b"soun", brand: bytes = b"M4A ") -> bytes:
    """A recording as a phone writes it, with its place in the user data."""
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(12))))
    described = box(b"udta", box(b"loci", CANARY))
    return (
        box(b"ftyp", brand, bytes(4)) + box(b"moov", track, described) + box(b"mdat", b"sound" * 20)
    )


def wav() -> bytes:
    """A recording with a list of descriptions between its format and its sound."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)

    body = chunk(b"fmt ", bytes(16)) + chunk(b"LIST", CANARY) + chunk(b"data", b"sound!")
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


WEBM = b"\x1aE\xdf\xa3\x01\x00\x00\x00B\x82\x84webm" + b"A_OPUS" + bytes(50)
OGG = b"OggS" + bytes(24) + b"OpusHead" + bytes(50)
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x0b" + CANARY + b"\xff\xfb\x90\x00" + bytes(200)


@pytest.mark.parametrize(
    ("given", "media_type"),
    [
        (mp4(), "audio/mp4"),
        (mp4(brand=b"3gp4"), "audio/3gpp"),
        (WEBM, "audio/webm"),
        (OGG, "audio/ogg"),
        (wav(), "audio/wav"),
        (b"#!AMR\n" + bytes(20), "audio/amr"),
        (MP3, "audio/mpeg"),
        (b"\xff\xf1" + bytes(20), "audio/aac"),
    ],
)
def test_recordings_are_known_by_their_content_and_lose_their_descriptions(given, media_type):
    kept = clean(given)

    assert kept.media_type == media_type
    assert CANARY not in kept.data


def test_blanking_descriptions_moves_nothing_in_an_mp4():
    given = mp4()

    kept = clean(given).data

    assert len(kept) == len(given)
    assert kept.index(b"mdat") == given.index(b"mdat")


@pytest.mark.parametrize(
    "given",
    [mp4(b"vide", b"isom"), WEBM + b"V_VP9", OGG + b"\x80theora"],
    ids=["mp4", "webm", "ogg"],
)
def test_a_film_is_refused_as_a_film(given):
    with pytest.raises(UnusableVoice) as refused:
        clean(given)

    assert refused.value.video


@pytest.mark.parametrize(
    "given",
    [b"", b"hello", b"OggS" + bytes(80), mp4()[:40], box(b"ftyp", b"M4A ") + b"\xff" * 40, b"\xff"],
    ids=["empty", "text", "bare ogg", "cut off", "broken boxes", "one byte"],
)
def test_what_is_no_recording_is_refused(given):
    with pytest.raises(UnusableVoice) as refused:
        clean(given)

    assert not refused.value.video
