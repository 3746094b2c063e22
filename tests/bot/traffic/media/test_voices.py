"""What may be kept of a voice."""

import struct

import pytest

from bot.traffic.media.results import Fault, Unusable
from bot.traffic.media.voices import clean
from tests import sounds
from tests.sounds import CANARY, PLANTED, box, noise


@pytest.mark.parametrize("sort", PLANTED)
def test_recordings_are_known_by_their_content_and_lose_their_descriptions(sort):
    make, media_type = PLANTED[sort]
    given = make(CANARY)
    assert CANARY in given

    kept = clean(given)

    assert kept.media_type == media_type
    assert CANARY not in kept.data
    assert CANARY[:4] not in kept.data


@pytest.mark.parametrize("sort", PLANTED)
def test_what_was_planted_makes_no_difference_to_what_is_kept(sort):
    make, _ = PLANTED[sort]

    assert clean(make(CANARY)).data == clean(make(b"")).data


@pytest.mark.parametrize("sort", PLANTED)
def test_what_is_kept_is_kept_the_same_again(sort):
    kept = clean(PLANTED[sort][0](CANARY))

    assert clean(kept.data) == kept


@pytest.mark.parametrize(
    ("given", "sound"),
    [
        (sounds.mp4(hidden=CANARY), noise(30) + noise(40, 2)),
        (sounds.fragmented(CANARY), noise(80, 1) + noise(80, 2)),
        (sounds.ogg(CANARY), noise(60) + noise(300, 2)),
        (sounds.webm(CANARY), noise(50)),
        (sounds.wav(CANARY), noise(100)),
        (sounds.mp3(CANARY), noise(413, 0)),
        (sounds.aac(CANARY), noise(90, 3)),
    ],
    ids=["mp4", "fragments", "ogg", "webm", "wav", "mp3", "aac"],
)
def test_the_sound_is_kept(given, sound):
    assert sound in clean(given).data


def test_all_frames_of_mpeg_sound_are_kept_but_the_one_that_describes():
    assert clean(sounds.mp3(CANARY)).data == sounds.mp3()
    assert clean(sounds.aac(CANARY)).data == sounds.aac()


@pytest.mark.parametrize("given", [sounds.amr(), sounds.amr_wide()], ids=["narrow", "wide"])
def test_an_amr_recording_is_kept_and_one_with_something_behind_it_is_refused(given):
    assert clean(given).data == given
    assert clean(given).media_type == "audio/amr"

    for behind in (CANARY, b"ID3" + CANARY, b"\xff" * 40):
        with pytest.raises(Unusable) as refused:
            clean(given + behind)
        assert refused.value.fault is Fault.BROKEN


def test_an_amr_recording_that_was_cut_off_keeps_its_whole_frames():
    given = b"#!AMR\n" + (b"\x3c" + noise(31)) * 2

    assert clean(given[:-1]).data == given[:-32]


def test_where_an_mp4_was_recorded_and_when_is_not_kept():
    times = struct.pack(">II", 11, 12)
    assert times in sounds.mp4()

    assert times not in clean(sounds.mp4()).data


def test_the_pages_of_an_ogg_carry_right_checksums():
    # Source: RFC 3533, 6: computed here bit by bit.
    kept = clean(sounds.ogg(CANARY)).data
    at = 0
    while at < len(kept):
        count = kept[at + 26]
        end = at + 27 + count + sum(kept[at + 27 : at + 27 + count])
        page = bytearray(kept[at:end])
        told = struct.unpack_from("<I", page, 22)[0]
        page[22:26] = bytes(4)
        computed = 0
        for byte in page:
            computed ^= byte << 24
            for _ in range(8):
                computed = computed << 1 ^ (0x104C11DB7 if computed & 1 << 31 else 0)
        assert computed == told
        at = end


@pytest.mark.parametrize(
    "given",
    [
        sounds.mp4(b"vide", b"isom"),
        sounds.webm() + b"V_VP9",
        sounds.webm(codec=b"V_AV1"),
        sounds.ogg_page([b"\x80theora" + bytes(40)], 0, flags=2),
    ],
    ids=["mp4", "webm", "webm codec", "ogg"],
)
def test_a_film_is_refused_as_a_film(given):
    with pytest.raises(Unusable) as refused:
        clean(given)

    assert refused.value.fault is Fault.FILM


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"hello",
        b"OggS" + bytes(80),
        sounds.mp4()[:40],
        box(b"ftyp", b"M4A ") + b"\xff" * 40,
        b"\xff",
        b"#!AMR\n",
        b"\xff\xfb" + bytes(40),
        sounds.ogg() + sounds.ogg(),
        sounds.webm()[:60],
        sounds.wav()[:40],
    ],
)
def test_what_is_no_whole_recording_is_refused(given):
    with pytest.raises(Unusable) as refused:
        clean(given)

    assert refused.value.fault in (Fault.UNSUPPORTED, Fault.BROKEN)


def test_samples_that_overlap_make_no_file_large():
    given = sounds.mp4()
    greedy = given.replace(
        struct.pack(">4I", 10, 20, 15, 25), struct.pack(">4I", 300, 300, 300, 300)
    )

    with pytest.raises(Unusable):
        clean(greedy)
