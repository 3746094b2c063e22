"""The process that cleans pictures and voices: what it may, how it ends, who it takes along."""

import asyncio
import io
import os
import random
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.operations.metrics import REGISTRY
from bot.traffic.media import pictures, voices, worker
from bot.traffic.media.decoder import Media
from bot.traffic.media.results import CleanFile, Fault, Unusable
from bot.traffic.media.worker import MEMORY_BYTES, PHOTO, VOICE
from domain.messages import FileKind
from tests import sounds
from tests.dear_pictures import dear_pictures, encoded
from tests.patience import PATIENCE, until
from tests.plain_files import cleaned, files_up_to, new_spool
from tests.sounds import PLANTED, amr

#: What the whole of the process may take: what it needs anyway, and what a file may cost.
MOST_BYTES = MEMORY_BYTES + 48 * 2**20


def small_pictures() -> Iterator[bytes]:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x011A] = 6, "Phone", 72.0
    noise = Image.effect_noise((40, 30), 60)
    for sort, mode, more in (
        ("JPEG", "RGB", {"exif": exif}),
        ("JPEG", "RGB", {"progressive": True}),
        ("JPEG", "CMYK", {}),
        ("PNG", "RGBA", {"exif": exif}),
        ("PNG", "P", {"transparency": 0}),
        ("WEBP", "RGBA", {"exif": exif}),
        ("WEBP", "RGB", {"lossless": True}),
    ):
        out = io.BytesIO()
        noise.convert(mode).save(out, sort, **more)
        yield out.getvalue()


PICTURES = list(small_pictures())
VOICES = [make(b"words") for make, _ in PLANTED.values()] + [amr()]


def peak_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        (line,) = [one for one in status if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


async def test_pictures_and_voices_are_cleaned_in_another_process(media: Media):
    picture = await cleaned(media, PICTURES[0], FileKind.PHOTO)
    voice = await cleaned(media, amr(), FileKind.VOICE)

    assert picture == pictures.clean(PICTURES[0])
    assert voice == voices.clean(amr())
    assert media.pid not in (None, os.getpid())


async def test_one_process_serves_all_and_one_file_is_decoded_at_a_time(media: Media):
    kept = await asyncio.gather(*(cleaned(media, one, FileKind.PHOTO) for one in PICTURES))

    assert len(kept) == len(PICTURES)
    children = [
        one.pid for one in psutil.Process().children() if "media.worker" in "".join(one.cmdline())
    ]
    assert children == [media.pid]


async def test_what_cannot_be_kept_is_counted_and_spoils_nothing_for_the_next(media: Media):
    labels = {"kind": "photo", "fault": "unsupported"}
    before = REGISTRY.get_sample_value("linli_unusable_files_total", labels) or 0

    for _ in range(3):
        with pytest.raises(Unusable) as refused:
            await cleaned(media, b"GIF89a" + bytes(50), FileKind.PHOTO)
        assert refused.value.fault is Fault.UNSUPPORTED

    assert REGISTRY.get_sample_value("linli_unusable_files_total", labels) == before + 3
    assert (await cleaned(media, PICTURES[0], FileKind.PHOTO)).data


async def test_a_process_that_is_killed_amid_a_file_gives_it_a_second_chance(media: Media):
    await cleaned(media, PICTURES[0], FileKind.PHOTO)
    first = media.pid
    os.kill(first, signal.SIGSTOP)
    waiting = asyncio.create_task(cleaned(media, PICTURES[1], FileKind.PHOTO))
    await asyncio.sleep(0)

    os.kill(first, signal.SIGKILL)

    assert (await waiting).data
    assert media.pid != first


async def test_a_process_that_hangs_is_ended_and_the_file_is_unusable():
    media = Media(patience_seconds=2)
    await cleaned(media, PICTURES[0], FileKind.PHOTO)
    first = media.pid
    os.kill(first, signal.SIGSTOP)

    with pytest.raises(Unusable):
        await cleaned(media, PICTURES[1], FileKind.PHOTO)

    assert not psutil.pid_exists(first)
    assert (await cleaned(media, PICTURES[1], FileKind.PHOTO)).data
    await media.close()


async def test_a_process_without_work_gives_its_memory_back():
    media = Media(idle_seconds=0.1)
    await cleaned(media, PICTURES[0], FileKind.PHOTO)
    first = media.pid

    await until(lambda: not psutil.pid_exists(first))

    assert media.pid is None
    assert (await cleaned(media, PICTURES[0], FileKind.PHOTO)).data
    await media.close()


async def test_a_request_that_is_given_up_leaves_no_answer_for_the_next(media: Media):
    await cleaned(media, PICTURES[0], FileKind.PHOTO)
    given_up = asyncio.create_task(cleaned(media, encoded((3000, 3000), "PNG"), FileKind.PHOTO))
    await asyncio.sleep(0.05)
    given_up.cancel()
    await asyncio.wait({given_up})

    assert await cleaned(media, PICTURES[0], FileKind.PHOTO) == pictures.clean(PICTURES[0])


async def test_what_the_disk_does_not_give_back_is_not_the_files_fault(media: Media):
    await cleaned(media, PICTURES[0], FileKind.PHOTO)

    with new_spool() as spool:
        await spool.add(sounds.noise(50_000))
        with files_up_to(1000), pytest.raises(OSError, match="large"):
            await media.clean(spool, FileKind.PHOTO)

    assert (await cleaned(media, PICTURES[0], FileKind.PHOTO)).data


def test_the_process_dies_with_its_server():
    server = (
        "import asyncio, sys\n"
        "from bot.traffic.media.decoder import Media\n"
        "from domain.messages import FileKind\n"
        "from tests.plain_files import cleaned\n"
        "async def main():\n"
        "    media = Media()\n"
        "    await cleaned(media, sys.stdin.buffer.read(), FileKind.VOICE)\n"
        "    print(media.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", server], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        running.stdin.write(amr())
        running.stdin.close()
        worker = psutil.Process(int(running.stdout.readline()))

        running.kill()

        worker.wait(timeout=PATIENCE)


async def test_the_process_knows_no_secrets_and_opens_nothing(media: Media, monkeypatch):
    monkeypatch.setenv("LINLI_TELEGRAM__RESIDENTS__TOKEN", "42:secret")
    await cleaned(media, PICTURES[0], FileKind.PHOTO)

    process = psutil.Process(media.pid)

    assert not any(name.startswith("LINLI") for name in process.environ())
    assert process.rlimit(psutil.RLIMIT_NOFILE)[0] <= 3
    assert process.rlimit(psutil.RLIMIT_FSIZE)[0] == 0


async def test_a_file_that_computes_without_end_ends_its_process_and_gets_no_second_one(
    media: Media,
):
    await cleaned(media, PICTURES[0], FileKind.PHOTO)
    process = psutil.Process(media.pid)
    assert process.rlimit(psutil.RLIMIT_CPU)[0] <= worker.CPU_SECONDS + 5
    process.suspend()
    waiting = asyncio.create_task(cleaned(media, PICTURES[1], FileKind.PHOTO))
    await asyncio.sleep(0)

    # What the system does when the time is over.
    process.send_signal(signal.SIGXCPU)
    process.resume()

    with pytest.raises(Unusable) as refused:
        await waiting
    assert refused.value.fault is Fault.BROKEN
    assert media.pid is None
    assert (await cleaned(media, PICTURES[0], FileKind.PHOTO)).data


@pytest.mark.slow
async def test_the_dearest_pictures_stay_within_the_memory(media: Media):
    """``pytest -m slow -s tests/bot/traffic/media/test_decoder.py`` prints what each takes."""
    refused = []
    for name, data in dear_pictures():
        await media.close()
        await cleaned(media, PICTURES[0], FileKind.PHOTO)
        first = media.pid
        try:
            kept = await cleaned(media, data, FileKind.PHOTO)
            became = f"{kept.media_type}, {len(kept.data)} bytes"
        except Unusable as error:
            became = str(error)
            refused.append(name)

        assert media.pid == first, f"{name} ended the process"
        assert peak_bytes(first) < MOST_BYTES, name
        print(f"{name}: {len(data)} bytes, {peak_bytes(first) / 2**20:.0f} MiB: {became}")  # noqa: T201
    assert refused == ["webp bomb", "progressive, far too large"]


async def test_a_tiny_picture_of_gigabytes_is_refused_and_costs_nothing(media: Media):
    bomb = encoded((9400, 9400), "WEBP", "RGBA", lossless=True)
    assert len(bomb) < 10_000

    for _ in range(10):
        with pytest.raises(Unusable) as refused:
            await cleaned(media, bomb, FileKind.PHOTO)

    assert refused.value.fault is Fault.TOO_LARGE
    assert peak_bytes(media.pid) < 48 * 2**20


# --- whatever is in a file -----------------------------------------------------------------------


def mutated(original: bytes, seed: int) -> bytes:
    """Change, cut, double and insert bytes at some places."""
    chance = random.Random(seed)
    data = bytearray(original)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(data) or 1)
        match chance.randrange(6):
            case 0 | 1:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 2:
                data[at : at + 4] = struct.pack(">I", chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))
            case 3:
                del data[at : at + chance.randrange(1, 40)]
            case 4:
                data[at:at] = data[at : at + chance.randrange(1, 40)]
            case _:
                data[at:at] = chance.randbytes(chance.randrange(1, 9))
    return bytes(data)


def ends_well(kind: bytes, data: bytes) -> None:
    """Assert that a file is clean or unusable, and nothing else."""
    try:
        kept = worker.clean(kind, data)
    except Unusable:
        return
    assert isinstance(kept, CleanFile)
    assert len(kept.data) < len(data) * 4 + 200_000
    # What is kept can be used, and is not changed any more in its sort.
    assert worker.clean(kind, kept.data).media_type == kept.media_type


@settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(st.integers(0, 2**32), st.sampled_from(PICTURES))
def test_any_picture_is_clean_or_unusable(seed: int, original: bytes):
    ends_well(PHOTO, mutated(original, seed))


@settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(st.integers(0, 2**32), st.sampled_from(VOICES))
def test_any_voice_is_clean_or_unusable(seed: int, original: bytes):
    ends_well(VOICE, mutated(original, seed))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "originals"), [(PHOTO, PICTURES), (VOICE, VOICES)])
def test_a_hundred_thousand_files_are_clean_or_unusable(kind: bytes, originals: list[bytes]):
    for seed in range(50_000):
        ends_well(kind, mutated(originals[seed % len(originals)], seed))
