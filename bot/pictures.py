"""Pictures as they may be kept: upright, of sensible size, and drawn anew so that nothing hides.

Phones write the place, the time, the device and sometimes the owner into a photo. Only the pixels
are taken over: EXIF, GPS, XMP, IPTC, comments, colour profiles and thumbnails stay behind.

Pillow is imported with the first picture: a server at rest does not need it.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

#: The longest side of a kept picture, in pixels.
MAX_SIDE = 4096
#: More pixels than any phone's camera gives; beyond it a small file is meant to fill the memory.
#: It is just below the size of which Pillow warns.
MAX_PIXELS = 89_000_000
JPEG_QUALITY = 87


class UnusablePicture(Exception):
    """Raised for anything that is no whole JPEG, PNG or WebP picture of sensible size."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture that holds nothing but its pixels."""

    data: bytes
    media_type: str


def clean(data: bytes) -> CleanPicture:
    """Draw a picture anew, upright and at most `MAX_SIDE` pixels wide or high.

    It computes for up to some seconds: call it through `asyncio.to_thread`.

    Raises:
        UnusablePicture: see the class.
    """
    from PIL import (
        Image,
        JpegImagePlugin,
        PngImagePlugin,
        UnidentifiedImageError,
        WebPImagePlugin,
    )

    # Named by their readers, since Pillow knows a format only once its reader is imported.
    formats = (
        JpegImagePlugin.JpegImageFile.format,
        PngImagePlugin.PngImageFile.format,
        WebPImagePlugin.WebPImageFile.format,
    )
    try:
        with Image.open(io.BytesIO(data), formats=formats) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise UnusablePicture("too many pixels")
            return _redrawn(picture)
    except UnusablePicture:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,  # an error where warnings are errors
        OSError,
        ValueError,
        SyntaxError,  # Pillow's PNG reader says so of broken chunks
        EOFError,
        IndexError,
        KeyError,
        OverflowError,
        MemoryError,
        TypeError,
    ) as error:
        raise UnusablePicture(type(error).__name__) from error


def _redrawn(picture: "Image.Image") -> CleanPicture:
    from PIL import Image, ImageOps

    # JPEG only: decode at an eighth, a quarter or half of the size where that is enough.
    picture.draft(None, (MAX_SIDE, MAX_SIDE))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    clear = "A" in upright.getbands() or "transparency" in upright.info
    pixels = upright.convert("RGBA" if clear else "RGB")
    # A fresh canvas: what Pillow keeps beside the pixels (`info`) cannot be saved by accident.
    canvas = Image.new(pixels.mode, pixels.size)
    canvas.paste(pixels)
    out = io.BytesIO()
    if clear:
        canvas.save(out, "PNG", optimize=True)
        return CleanPicture(out.getvalue(), "image/png")
    canvas.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return CleanPicture(out.getvalue(), "image/jpeg")
