"""What may be kept of a picture."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from bot.pictures import MAX_SIDE, UnusablePicture, clean

CANARY = b"CANARY-7F3C"


def jpeg(width: int = 40, height: int = 20, *, orientation: int = 1) -> bytes:
    """A photo as a phone writes it: with place, device, comment and colour profile."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste("red", (0, 0, width // 4, height // 4))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = CANARY.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 37.0, 11.0), 29: CANARY.decode()})
    out = io.BytesIO()
    picture.save(
        out,
        "JPEG",
        exif=exif,
        comment=CANARY,
        icc_profile=b"icc " + CANARY,
        xmp=b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>",
    )
    return out.getvalue()


def test_nothing_but_pixels_is_kept_of_a_photo():
    given = jpeg()
    assert given.count(CANARY) >= 5

    kept = clean(given)

    assert CANARY not in kept.data
    with Image.open(io.BytesIO(kept.data)) as picture:
        assert kept.media_type == "image/jpeg"
        assert dict(picture.getexif()) == {}
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_photo_taken_with_the_phone_on_its_side_is_turned_upright():
    kept = clean(jpeg(40, 20, orientation=6))

    with Image.open(io.BytesIO(kept.data)) as picture:
        assert picture.size == (20, 40)
        red, green, _ = picture.getpixel((18, 2))
        assert red > 200
        assert green < 60


def test_a_large_photo_is_made_smaller_and_keeps_its_shape():
    kept = clean(jpeg(6000, 3000))

    with Image.open(io.BytesIO(kept.data)) as picture:
        assert picture.size == (MAX_SIDE, MAX_SIDE // 2)


def test_a_drawing_with_clear_parts_stays_clear_and_loses_its_texts():
    out = io.BytesIO()
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", CANARY.decode())
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG", pnginfo=texts)

    kept = clean(out.getvalue())

    assert kept.media_type == "image/png"
    assert CANARY not in kept.data
    with Image.open(io.BytesIO(kept.data)) as picture:
        assert picture.getpixel((0, 0))[3] == 0


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_other_photo_formats_become_jpeg(kind):
    out = io.BytesIO()
    Image.new("RGB", (10, 10), "blue").save(out, kind)

    assert clean(out.getvalue()).media_type == "image/jpeg"


def bomb() -> bytes:
    """A PNG of 60,000 × 60,000 pixels in a few hundred bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"no picture",
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        jpeg()[:200],
        jpeg(400, 400)[:2000],
        bomb(),
        b"\x00\x00\x00\x18ftypheic" + bytes(60),
        b"%PDF-1.7",
    ],
    ids=["empty", "text", "gif", "svg", "headless", "cut off", "bomb", "heic", "pdf"],
)
def test_what_is_no_usable_picture_is_refused(given):
    with pytest.raises(UnusablePicture):
        clean(given)
