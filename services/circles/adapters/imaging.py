"""Re-encoding of uploaded pictures, which are decoded within limits.

Only pixels are copied. So everything else that a camera or an attacker added (location, time, comments, a second file
appended to the first) is removed.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from services.circles.adapters.pictures import CleanPicture, PictureInvalid
from services.circles.settings import settings

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def clean(data: bytes, type: str) -> CleanPicture:
    """Re-encode a picture of this type, with a thumbnail.

    Raises: PictureInvalid (over 8 MB; over 50 million pixels, known from the header before anything is decompressed; of
    another type, or incomplete).
    """
    if len(data) > MAX_BYTES:
        raise PictureInvalid("too_large")
    picture = ImageOps.exif_transpose(_decode(data, FORMATS[type]))
    picture.thumbnail((settings().picture_pixels, settings().picture_pixels))
    thumb = picture.copy()
    thumb.thumbnail((settings().thumbnail_pixels, settings().thumbnail_pixels))
    return CleanPicture(_encode(picture, type), _encode(thumb, type), picture.width, picture.height)


def _decode(data: bytes, format: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=[format])
            if picture.width * picture.height > MAX_PIXELS:
                raise PictureInvalid("too_many_pixels")
            picture.load()  # the first frame only: animations become still pictures
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureInvalid("too_many_pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise PictureInvalid("wrong_type") from None
    return picture


def _encode(picture: Image.Image, type: str) -> bytes:
    """Encode the pixels only, with transparency if the picture has it."""
    mode = "RGB" if type == "image/jpeg" or ("A" not in picture.getbands() and "transparency" not in picture.info) else "RGBA"
    pixels = Image.new(mode, picture.size)
    pixels.paste(picture.convert(mode))
    out = io.BytesIO()
    pixels.save(out, FORMATS[type], quality=settings().picture_quality, optimize=True)
    return out.getvalue()
