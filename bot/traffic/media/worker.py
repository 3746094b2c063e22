"""The process that decodes what strangers send: ``python -m bot.traffic.media.worker``.

It knows nothing but the file it is given: no configuration, no keys, no database. It may use little
memory and a bounded time, opens no files and starts no programs, and ends with the server; see
`bot.traffic.media.decoder`.
"""

import io
import struct
import sys
from contextlib import suppress
from typing import BinaryIO

from bot.traffic.media import pictures, voices
from bot.traffic.media.results import CleanFile, Fault, Unusable

#: What one file may take beyond what the process needs anyway, in bytes;
#: `bot.traffic.media.pictures` is built to stay within it.
MEMORY_BYTES = 208 * 2**20
#: Seconds of computing for one file; a photo of 12 million pixels takes about one.
CPU_SECONDS = 20
PHOTO, VOICE = b"p", b"v"
#: Said once, when files may be given.
READY = b"+"
#: A question: the kind and the length, then the file. An answer: the length of what is told
#: (a media type, or after "!" a fault) and of the clean file, then both.
QUESTION, ANSWER = struct.Struct(">cI"), struct.Struct(">II")


def clean(kind: bytes, data: bytes) -> CleanFile:
    """Clean one file.

    Raises:
        Unusable: see `bot.traffic.media.pictures` and `bot.traffic.media.voices`.
    """
    if kind == VOICE:
        return voices.clean(data)
    try:
        return pictures.clean(data)
    except Unusable as error:
        if error.fault is Fault.UNSUPPORTED and voices.is_film(data):
            raise Unusable(Fault.FILM) from None
        raise


def main() -> None:
    """Answer questions until there are no more."""
    _warm_up()
    _confine()
    given, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    while head := given.read(QUESTION.size):
        kind, size = QUESTION.unpack(head)
        _answer(answers, *_outcome(kind, given.read(size)))


def _outcome(kind: bytes, data: bytes) -> tuple[bytes, bytes]:
    _allow_seconds(CPU_SECONDS)
    try:
        cleaned = clean(kind, data)
    except Unusable as error:
        return b"!" + error.fault.encode(), b""
    except MemoryError:
        return b"!" + Fault.TOO_LARGE.encode(), b""
    except Exception:  # whatever it is, it is the file's fault
        return b"!" + Fault.BROKEN.encode(), b""
    return cleaned.media_type.encode(), cleaned.data


def _answer(answers: BinaryIO, told: bytes, data: bytes) -> None:
    answers.write(ANSWER.pack(len(told), len(data)) + told)
    answers.write(data)
    answers.flush()


def _warm_up() -> None:
    """Clean a picture of each sort, so that all of it is loaded while files may be opened."""
    from PIL import Image, ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    for sort, mode in (("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "I;16"), ("WEBP", "RGBA")):
        out = io.BytesIO()
        Image.new(mode, (16, 16)).save(out, sort, icc_profile=profile, exif=exif)
        pictures.clean(out.getvalue())
    with suppress(Unusable):
        pictures.clean(out.getvalue()[:40])


def _confine() -> None:
    """Give up what is not needed; where the system has no such limits, time-outs remain."""
    if sys.platform == "win32":
        return
    import resource

    if sys.platform == "linux":
        import ctypes
        import signal

        # Source: prctl(2), PR_SET_PDEATHSIG: die with the server, however that ends.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        with open("/proc/self/statm") as statm:
            own = int(statm.read().split()[0]) * resource.getpagesize()
        _limit(resource.RLIMIT_AS, own + MEMORY_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 3)


def _limit(which: int, most: int) -> None:
    """Lower a limit; one that is lower already stays."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(which)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (least, least))


def _allow_seconds(seconds: int) -> None:
    """Let the system end this process when one file takes too long."""
    if sys.platform == "win32":
        return
    import resource
    import time

    used = int(time.process_time()) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = used + seconds if hard == resource.RLIM_INFINITY else min(used + seconds, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


if __name__ == "__main__":
    main()
