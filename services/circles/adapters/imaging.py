"""Pictures from strangers, made safe: decoded within limits, stripped of all that is not picture, encoded anew.

What a camera or a forger put beside the pixels (place and time, comments, a second file behind the first) does not survive,
since nothing but pixels is carried over."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from services.circles.adapters.pictures import Cleaned, PictureInvalid

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
THUMB = 480  # pixels of the longer side
SHOWN = 4096
QUALITY = 85
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def clean(data: bytes, type: str) -> Cleaned:
    """The picture in `data`, which must be of that type. Unfit for anything else: another format, more than 50 million
    pixels (judged from the header, before anything is unpacked), or what does not decode to its end."""
    if len(data) > MAX_BYTES:
        raise PictureInvalid("is larger than 8 MB")
    picture = ImageOps.exif_transpose(_decoded(data, FORMATS[type]))
    picture.thumbnail((SHOWN, SHOWN))
    small = picture.copy()
    small.thumbnail((THUMB, THUMB))
    return Cleaned(_encoded(picture, type), _encoded(small, type), picture.width, picture.height)


def _decoded(data: bytes, format: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=[format])
            if picture.width * picture.height > MAX_PIXELS:
                raise PictureInvalid("has too many pixels")
            picture.load()  # the first frame alone: what moves stands still
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureInvalid("has too many pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise PictureInvalid("is not the picture its type says") from None
    return picture


def _encoded(picture: Image.Image, type: str) -> bytes:
    """Pixels and nothing else, with transparency where the format has it."""
    mode = "RGB" if type == "image/jpeg" or ("A" not in picture.getbands() and "transparency" not in picture.info) else "RGBA"
    bare = Image.new(mode, picture.size)
    bare.paste(picture.convert(mode))
    out = io.BytesIO()
    bare.save(out, FORMATS[type], quality=QUALITY, optimize=True)
    return out.getvalue()
