"""What may be kept of a picture."""

import io
import itertools
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from bot.traffic.media.pictures import KEPT_PIXELS, clean
from bot.traffic.media.results import Fault, Unusable

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


def encoded(picture: Image.Image, sort: str, **more) -> bytes:
    out = io.BytesIO()
    picture.save(out, sort, **more)
    return out.getvalue()


def seen(data: bytes) -> Image.Image:
    """A picture as it is kept."""
    with Image.open(io.BytesIO(clean(data).data)) as picture:
        picture.load()
        return picture


def test_a_large_photo_is_made_smaller_and_keeps_its_shape():
    kept = seen(jpeg(6000, 3000))

    assert kept.width * kept.height <= KEPT_PIXELS * 1.001
    assert kept.width == pytest.approx(kept.height * 2, abs=1)


def test_a_photo_of_the_largest_camera_is_kept():
    with_all_pixels = jpeg(16_320, 12_240)

    assert seen(with_all_pixels).size == pytest.approx((4096, 3072), abs=2)


@pytest.mark.parametrize("height", [6_000, 12_000, 23_000, 30_000])
@pytest.mark.parametrize("sort", ["JPEG", "PNG"])
def test_a_screenshot_of_a_whole_chat_stays_readable(sort, height):
    long = Image.new("RGB", (1080, height), "white")

    assert seen(encoded(long, sort)).size == (1080, height)


def test_a_wider_long_screenshot_is_made_as_wide_as_a_phone():
    assert seen(encoded(Image.new("L", (1440, 18_000)), "PNG")).size == (1080, 13_500)


def test_strips_leave_no_seams():
    ramp = Image.linear_gradient("L").resize((1500, 12_000)).convert("RGBA")

    kept = seen(encoded(ramp, "PNG"))

    column = [kept.getpixel((700, row))[0] for row in range(kept.height)]
    assert max(abs(one - other) for one, other in itertools.pairwise(column)) <= 2


@pytest.mark.parametrize("tone", [0, 1_000, 40_000, 65_535])
def test_sixteen_bits_keep_their_tones(tone):
    kept = seen(encoded(Image.new("I;16", (20, 20), tone), "PNG"))

    assert kept.getpixel((10, 10))[0] == pytest.approx(tone / 257, abs=2)


def test_colours_of_another_profile_are_converted_and_not_dropped():
    # A profile in which the stored numbers mean other colours than in sRGB.
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    odd = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = odd.replace(b"rXYZ", b"tmp!", 1).replace(b"gXYZ", b"rXYZ", 1)
    swapped = swapped.replace(b"tmp!", b"gXYZ", 1).replace(b"s\0R\0G\0B", b"o\0d\0d\0!")

    plain = seen(encoded(Image.new("RGB", (8, 8), (200, 40, 40)), "PNG"))
    unfit = seen(encoded(Image.new("RGB", (8, 8), (200, 40, 40)), "PNG", icc_profile=lab))
    other = seen(encoded(Image.new("RGB", (8, 8), (200, 40, 40)), "PNG", icc_profile=swapped))

    assert plain.getpixel((4, 4)) == unfit.getpixel((4, 4))
    red, green, _ = other.getpixel((4, 4))
    assert green > red
    assert "icc_profile" not in other.info


def test_a_print_picture_is_kept():
    red, green, blue = seen(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")).getpixel(
        (4, 4)
    )

    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def ifd(*fields: tuple[int, int, bytes]) -> bytes:
    """EXIF with fields of any type, as carelessly as some phones write it: (tag, type, value)."""
    rows = b"".join(
        struct.pack(">HHI4s", tag, kind, 1, value.ljust(4, b"\0")) for tag, kind, value in fields
    )
    return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", len(fields)) + rows + bytes(4)


@pytest.mark.parametrize("sort", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kind", range(1, 14))
@pytest.mark.parametrize("tag", [0x0100, 0x010F, 0x0128, 0x0132, 0x011A])
def test_a_careless_description_spoils_no_picture(sort, kind, tag):
    exif = ifd((0x0112, 3, b"\0\x06"), (tag, kind, b"ab\0\0"))

    given = encoded(Image.new("RGB", (16, 12), "red"), sort, exif=exif)

    assert seen(given).size == (12, 16)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65_535])
def test_an_orientation_that_means_nothing_turns_nothing(orientation):
    exif = ifd((0x0112, 3, struct.pack(">H", orientation)))

    assert seen(encoded(Image.new("RGB", (16, 12)), "JPEG", exif=exif)).size == (16, 12)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2, 12])
def test_a_photo_that_lacks_only_its_end_is_kept(missing, progressive):
    picture = Image.effect_noise((400, 300), 60).convert("RGB")

    kept = seen(encoded(picture, "JPEG", progressive=progressive)[:-missing])

    assert kept.size == (400, 300)


def test_of_an_animation_the_first_picture_is_kept():
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]

    for sort in ("PNG", "WEBP"):
        given = encoded(frames[0], sort, save_all=True, append_images=frames[1:])
        red, _, blue = seen(given).getpixel((5, 5))
        assert red > blue


def test_a_photo_with_a_second_one_behind_it_is_kept_without_that():
    given = encoded(Image.new("RGB", (30, 20)), "MPO", save_all=True, append_images=[
        Image.new("RGB", (30, 20), "blue")
    ])  # fmt: skip

    kept = clean(given + CANARY)

    assert CANARY not in kept.data
    assert kept.data.count(b"\xff\xd8\xff") == 1


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
    with pytest.raises(Unusable):
        clean(given)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (b"GIF89a" + bytes(40), Fault.UNSUPPORTED),
        (jpeg(400, 400)[:2000], Fault.BROKEN),
        (bomb(), Fault.TOO_LARGE),
        (encoded(Image.new("L", (9000, 4000)), "PNG"), Fault.TOO_LARGE),
        (encoded(Image.new("RGBA", (9400, 9400)), "WEBP", lossless=True), Fault.TOO_LARGE),
        (encoded(Image.new("RGB", (6000, 6000)), "JPEG", progressive=True, subsampling=0),
         Fault.TOO_LARGE),
    ],
    ids=["gif", "cut off", "bomb", "drawing", "webp", "progressive"],
)  # fmt: skip
def test_the_fault_is_named_truthfully(given, fault):
    with pytest.raises(Unusable) as refused:
        clean(given)

    assert refused.value.fault is fault
