"""Pictures as they may be kept: upright, of sensible size, and drawn anew so that nothing hides.

Phones write the place, the time, the device and sometimes the owner into a photo. Only the pixels
are taken over, their colours as sRGB: EXIF, GPS, XMP, IPTC, comments, colour profiles and
thumbnails stay behind.

Decoders are large programs that strangers feed: what is here runs in a process of its own, with
little memory (`bot.traffic.media.decoder`), and its bounds are chosen for that.
"""

import io
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bot.traffic.media.picture_formats import ENDS_JPEG, bare, sort_of, webp_pixels
from bot.traffic.media.results import CleanFile, Fault, Unusable

if TYPE_CHECKING:
    from PIL import Image

#: A kept picture has at most so many pixels (4096 × 3072) …
KEPT_PIXELS = 12_582_912
#: … unless it is long: a screenshot of a whole chat is readable at the width of a phone's screen.
READABLE_SIDE = 1_080
#: JPEG has no sides beyond 65,500 (libjpeg, JPEG_MAX_DIMENSION).
LONGEST_SIDE = 65_000
#: Pixels that are decoded at four bytes each: a screenshot of 1080 × 30,000.
DECODED_PIXELS = 33_000_000
#: … and, together with them, those of the picture that is drawn from them.
HELD_PIXELS = 43_000_000
#: JPEG can be decoded at an eighth, a quarter or half of its size: the largest cameras of phones
#: give 200 million pixels. A progressive one is held as a whole all the same.
JPEG_PIXELS = 210_000_000
PROGRESSIVE_BYTES = 120_000_000
#: The WebP decoder holds 16 to 20 bytes a pixel.
WEBP_PIXELS = 8_400_000
JPEG_QUALITY = 87
#: Rows that are drawn at a time, and those around them that smoothing looks at.
_STRIP_ROWS, _MARGIN_ROWS = 64, 8
#: How much of a photo must be there for one that was cut off to be kept.
_MOSTLY = 0.9
_BEGINS_SCAN = b"\xff\xda"
_NOISE = bytes(range(1, 250)) * 16 + ENDS_JPEG
#: Larger ones are no profile of a camera or screen.
_PROFILE_MAX_BYTES = 4_000_000


def clean(data: bytes) -> CleanFile:
    """Draw a picture anew, upright and of at most `KEPT_PIXELS`, or readably wide.

    It computes for up to some seconds, and needs up to 200 MB.

    Raises:
        Unusable: it is no JPEG, PNG or WebP picture, or broken, or too large.
    """
    sort = sort_of(data)
    if sort is None:
        raise Unusable(Fault.UNSUPPORTED)
    try:
        with suppress(_Stumbled):
            return _drawn_anew(data, sort)
        # What the decoder stumbled over may be a description: once more without them.
        return _drawn_anew(_mended(data, sort), sort)
    except _Stumbled as error:
        raise Unusable(Fault.BROKEN) from error


class _Stumbled(Exception):
    """Raised in place of the many errors with which decoders give up."""


@contextmanager
def _decoding() -> Iterator[None]:
    try:
        # Decoders warn of careless descriptions, which are not kept anyway.
        with warnings.catch_warnings(action="ignore"):
            yield
    except (Unusable, _Stumbled):
        raise
    except MemoryError:
        raise Unusable(Fault.TOO_LARGE) from None
    except Exception as error:
        raise _Stumbled(type(error).__name__) from error


@_decoding()
def _drawn_anew(data: bytes, sort: str) -> CleanFile:
    from PIL import Image

    with _opened(data, sort) as picture:
        size = _kept_size(picture)
        _choose_scale(picture, size)
        if _area(picture) > DECODED_PIXELS:
            raise Unusable(Fault.TOO_LARGE)
        picture.load()
        turn = _turn(picture)
        clear = _has_clear_parts(picture)
        recolour = _recolour(picture)
        if picture.size == size and picture.mode == "RGB" and not (turn or clear or recolour):
            # What Pillow keeps beside the pixels must not be saved by accident.
            picture.info = {}
            return _saved(picture)
        canvas = _painted(picture, _within(size, picture, turned=bool(turn)), clear, recolour)
        picture.close()  # gives its memory back
    if turn is not None:
        canvas = canvas.transpose(Image.Transpose(turn))
    return _saved(canvas)


@contextmanager
def _opened(data: bytes, sort: str) -> "Iterator[Image.Image]":
    """Open a picture and refuse what its head says is too large; nothing is decoded yet."""
    # The WebP decoder takes its memory when a file is opened.
    if sort == "WEBP" and webp_pixels(data) > WEBP_PIXELS:
        raise Unusable(Fault.TOO_LARGE)
    # Pillow knows a format once its reader is imported.
    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

    # Pillow's own limit does not know that large JPEGs are decoded small.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(data), formats=(sort,)) as picture:
        if _area(picture) > (JPEG_PIXELS if sort == "JPEG" else DECODED_PIXELS):
            raise Unusable(Fault.TOO_LARGE)
        if "progressive" in picture.info and _coefficient_bytes(picture) > PROGRESSIVE_BYTES:
            raise Unusable(Fault.TOO_LARGE)
        yield picture


def _coefficient_bytes(jpeg: "Image.Image") -> float:
    """Give what libjpeg holds of a progressive picture: two bytes a sample, colours less finely."""
    shares: list[int] = [across * down for _, across, down, _ in getattr(jpeg, "layer", [])]
    return 2.0 * _area(jpeg) * sum(shares) / max(shares, default=1)


# --- size ----------------------------------------------------------------------------------------


def _kept_size(picture: "Image.Image") -> tuple[int, int]:
    """Give the size to keep: few pixels, but what is long keeps a readable width."""
    width, height = picture.size
    shrink = min(1.0, math.sqrt(KEPT_PIXELS / (width * height)))
    if min(width, height) * shrink < READABLE_SIDE:
        shrink = min(1.0, READABLE_SIDE / min(width, height))
    return _shrunk(picture.size, shrink)


def _within(size: tuple[int, int], picture: "Image.Image", *, turned: bool) -> tuple[int, int]:
    """Give the size again, or less where the decoded picture leaves no room beside it."""
    room = HELD_PIXELS - _area(picture)
    if turned:
        room = min(room, KEPT_PIXELS)  # the turned one is held beside it
    pixels = size[0] * size[1]
    return _shrunk(size, math.sqrt(room / pixels)) if pixels > room else size


def _shrunk(size: tuple[int, int], shrink: float) -> tuple[int, int]:
    shrink = min(shrink, LONGEST_SIDE / max(size))
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))


def _choose_scale(picture: "Image.Image", size: tuple[int, int]) -> None:
    """Let a JPEG be decoded at a part of its size where that is enough, or where it must."""
    width, height = picture.size
    scale = 1
    while scale < 8 and (
        (width // (scale * 2) >= size[0] and height // (scale * 2) >= size[1])
        or (width // scale) * (height // scale) > DECODED_PIXELS
    ):
        scale *= 2
    if scale > 1:
        picture.draft(None, (max(1, width // scale), max(1, height // scale)))


# --- what stands beside the pixels ---------------------------------------------------------------


def _turn(picture: "Image.Image") -> int | None:
    """Read how to turn a picture upright, where that can be read."""
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    try:
        # Source: EXIF 2.32, 4.6.4 A, Orientation.
        orientation = picture.getexif().get(0x0112)
    except Exception:  # descriptions are often written carelessly; the picture is good
        return None
    return turns.get(orientation) if isinstance(orientation, int) else None


def _has_clear_parts(picture: "Image.Image") -> bool:
    if "transparency" in picture.info:
        return picture.mode in ("1", "L", "P", "RGB")
    if picture.mode == "PA":
        return True
    if "A" not in picture.getbands():
        return False
    return any(strip.getchannel("A").histogram()[255] < _area(strip) for strip in _strips(picture))


def _area(picture: "Image.Image") -> int:
    return picture.width * picture.height


def _strips(picture: "Image.Image") -> "Iterator[Image.Image]":
    for top in range(0, picture.height, _STRIP_ROWS):
        yield picture.crop((0, top, picture.width, min(top + _STRIP_ROWS, picture.height)))


def _recolour(picture: "Image.Image") -> "Callable[[Image.Image], Image.Image] | None":
    """Give what converts a strip to sRGB; None where it is that, says nothing, or is unclear."""
    from PIL import ImageCms

    profile = picture.info.get("icc_profile")
    if not profile or len(profile) > _PROFILE_MAX_BYTES:
        return None
    mode = _plain_mode(picture)
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(given):
            return None
        transform = ImageCms.buildTransform(
            given, ImageCms.createProfile("sRGB"), mode, "RGBA" if mode == "RGBA" else "RGB"
        )
    except Exception:  # a profile that cannot be read: most pictures are sRGB
        return None

    def recolour(strip: "Image.Image") -> "Image.Image":
        # Only a change in place gives nothing.
        return ImageCms.applyTransform(strip, transform) or strip

    return recolour


# --- drawing -------------------------------------------------------------------------------------


def _plain_mode(picture: "Image.Image") -> str:
    """Give the mode in which strips are made smaller."""
    if picture.mode in ("1", "L") or picture.mode.startswith("I"):
        return "RGB" if "transparency" in picture.info else "L"
    if picture.mode == "CMYK":
        return "CMYK"
    clear = "A" in picture.getbands() or "transparency" in picture.info
    return "RGBA" if clear else "RGB"


def _plain(strip: "Image.Image", mode: str) -> "Image.Image":
    if strip.mode.startswith("I"):
        # Sixteen bits a pixel: the tones are scaled, where Pillow would cut off all above 255.
        strip = strip.convert("I").point(lambda tone: tone * (1 / 256)).convert("L")
    return strip if strip.mode == mode else strip.convert(mode)


def _painted(
    picture: "Image.Image",
    size: tuple[int, int],
    clear: bool,
    recolour: "Callable[[Image.Image], Image.Image] | None",
) -> "Image.Image":
    """Draw a picture on a fresh canvas, strip by strip: only the two are held as a whole."""
    from PIL import Image

    final = "RGBA" if clear else "RGB"
    mode = "RGBA" if clear and recolour is None else _plain_mode(picture)
    canvas = Image.new(final, size)
    step = picture.height / size[1]
    for top in range(0, size[1], _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, size[1])
        above, below = max(0, top - _MARGIN_ROWS), min(size[1], bottom + _MARGIN_ROWS)
        first, last = math.floor(above * step), min(picture.height, math.ceil(below * step))
        strip = _plain(picture.crop((0, first, picture.width, last)), mode)
        if (picture.width, picture.height) != size:
            box = (0.0, above * step - first, float(picture.width), below * step - first)
            box = (*box[:3], min(box[3], float(strip.height)))
            strip = strip.resize((size[0], below - above), Image.Resampling.LANCZOS, box=box)
        strip = strip.crop((0, top - above, size[0], bottom - above))
        if recolour is not None:
            strip = recolour(strip)
        canvas.paste(strip.convert(final), (0, top))
    return canvas


def _saved(picture: "Image.Image") -> CleanFile:
    out = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(out, "PNG")
        return CleanFile(out.getvalue(), "image/png")
    # To find the best code takes the memory of a second picture.
    optimize = _area(picture) <= KEPT_PIXELS
    picture.save(out, "JPEG", quality=JPEG_QUALITY, optimize=optimize)
    return CleanFile(out.getvalue(), "image/jpeg")


# --- broken ones ---------------------------------------------------------------------------------


@_decoding()
def _mended(data: bytes, sort: str) -> bytes:
    """Take out all descriptions, and end a JPEG whose end is missing."""
    kept = bare(data, sort)
    if sort == "JPEG" and not kept.rstrip(b"\x00").endswith(ENDS_JPEG):
        if not _is_nearly_whole(kept):
            raise Unusable(Fault.BROKEN)
        kept += ENDS_JPEG
    return kept


def _is_nearly_whole(jpeg: bytes) -> bool:
    """Tell whether most of a JPEG without its end is there, by a look at an eighth of its size.

    Decoders go on where data ends. What looks otherwise with other data behind it is not there.
    """
    from PIL import ImageChops

    # A progressive one shows all of the picture with its first scan, and sharpens it with others.
    if jpeg.count(_BEGINS_SCAN) > 1:
        return True
    with _opened(jpeg + ENDS_JPEG, "JPEG") as plain, _opened(jpeg + _NOISE, "JPEG") as noisy:
        for picture in (plain, noisy):
            picture.draft(None, (max(1, picture.width // 8), max(1, picture.height // 8)))
        missing = ImageChops.difference(plain, noisy).getbbox()
        return missing is None or missing[1] >= min(plain.height * _MOSTLY, plain.height - 4)
