"""Pictures that cost as much memory as may be, in few bytes and in many."""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image


def encoded(size: tuple[int, int], sort: str, mode: str = "RGB", **more) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 77 if len(mode) == 1 else None).save(out, sort, **more)
    return out.getvalue()


def interlaced(width: int, height: int) -> bytes:
    """A PNG whose rows come in seven passes; one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    passes = (
        (8, 0, 8, 0),
        (8, 4, 8, 0),
        (4, 0, 8, 4),
        (4, 2, 4, 0),
        (2, 0, 4, 2),
        (2, 1, 2, 0),
        (1, 0, 2, 1),
    )
    rows = b"".join(
        bytes((1 + 4 * len(range(left, width, right))) * len(range(top, height, down)))
        for right, left, down, top in passes
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 1))
        + chunk(b"IEND", b"")
    )


def dear_pictures() -> Iterator[tuple[str, bytes]]:
    """Pictures that cost as much as may be: each just below a limit, or far above."""
    yield "webp bomb", encoded((9400, 9400), "WEBP", "RGBA", lossless=True)
    yield "webp", encoded((2890, 2890), "WEBP", "RGBA", lossless=True)
    yield "clear png", encoded((5700, 5700), "PNG", "RGBA")
    yield "long png", encoded((1080, 30_000), "PNG", "RGBA")
    yield "interlaced png", interlaced(5700, 5700)
    yield "grey png of 16 bits", encoded((5700, 5700), "PNG", "I;16")
    yield "png with texts", encoded((5700, 5700), "PNG", icc_profile=bytes(900_000))
    yield "108 million pixels", encoded((12_000, 9_000), "JPEG")
    yield "200 million pixels", encoded((16_320, 12_240), "JPEG")
    yield "progressive", encoded((6_900, 5_200), "JPEG", progressive=True)
    yield "progressive, far too large", encoded((10_000, 9_000), "JPEG", progressive=True)
    yield "for print", encoded((6_500, 5_000), "JPEG", "CMYK")
    yield "long jpeg", encoded((1440, 30_000), "JPEG")
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "turned", encoded((6_600, 4_900), "JPEG", exif=exif)
    frames = [Image.new("RGBA", (2800, 2800), colour) for colour in ("red", "blue", "green")]
    for sort in ("WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, sort, save_all=True, append_images=frames[1:])
        yield f"animated {sort}", out.getvalue()
    out = io.BytesIO()
    Image.new("RGB", (8000, 6000)).save(
        out, "MPO", save_all=True, append_images=[Image.new("RGB", (8000, 6000))]
    )
    yield "two in one", out.getvalue()


def heavy_photo() -> bytes:
    """A photo of nearly as many bytes as are taken."""
    out = io.BytesIO()
    Image.effect_noise((6_000, 4_500), 90).convert("RGB").save(out, "JPEG", quality=82)
    return out.getvalue()
