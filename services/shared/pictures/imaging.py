"""Re-encoding of uploaded pictures, which are decoded within limits.

Only pixels are copied, after orientation and colours are applied to them. So everything else that a camera or an attacker added
(location, time, comments, a second file appended to the first) is removed.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image

from services.shared.pictures.clean import CleanPicture, PictureInvalid
from services.shared.pictures.codes import find_codes
from services.shared.pictures.colour import to_eight_bits, to_srgb
from services.shared.pictures.metadata import split
from services.shared.pictures.settings import MAX_PICTURE_BYTES, PictureSettings

# A phone's JPEG has up to 50 million pixels, a long screenshot 25 million. Decision 35 has the measured times.
MAX_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
MAX_SIDE = 32_768  # pixels
# A level or method above these takes two to ten times as long for a few percent of the bytes.
ENCODING: dict[str, dict[str, int | bool]] = {"JPEG": {"optimize": True}, "PNG": {"compress_level": 2}, "WEBP": {"method": 2}}
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


_TURNS = {  # by the orientation of EXIF
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def clean(data: bytes, type: str, settings: PictureSettings, *, square: int = 0) -> CleanPicture:
    """Re-encode a picture of this type, with a thumbnail: upright, in sRGB with 8 bits per channel, transparency included.

    square: if it is not 0, the square in the middle of the picture, of at most this side, without a thumbnail: an avatar.
    Raises: PictureInvalid (over 8 MB; too many pixels for its type, known from the header before anything is decompressed; of
    another type, or incomplete).
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise PictureInvalid("too_large")
    pixels, metadata = split(data, FORMATS[type])
    picture = to_eight_bits(_decode(pixels, FORMATS[type]), metadata)
    picture.thumbnail((settings.picture_pixels, settings.picture_pixels))
    orientation = metadata.orientation()
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    picture = to_srgb(picture, metadata)
    quality = settings.picture_quality
    if square:
        picture = _square(picture, square)
        return CleanPicture(_encode(picture, type, quality), b"", picture.width, picture.height)
    thumb = picture.copy()
    thumb.thumbnail((settings.thumbnail_pixels, settings.thumbnail_pixels))
    encoded = _encode(picture, type, quality), _encode(thumb, type, quality)
    return CleanPicture(*encoded, picture.width, picture.height, find_codes(picture))


def _square(picture: Image.Image, side: int) -> Image.Image:
    """Return the square in the middle of the picture, of at most this side."""
    short = min(picture.size)
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    square = picture.crop((left, top, left + short, top + short))
    square.thumbnail((side, side))
    return square


def _decode(data: bytes, format: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=[format])
            if picture.width * picture.height > MAX_PIXELS[format] or max(picture.size) > MAX_SIDE:
                raise PictureInvalid("too_many_pixels")
            picture.load()  # the first frame only: animations become still pictures
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureInvalid("too_many_pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise PictureInvalid("wrong_type") from None
    return picture


def _encode(picture: Image.Image, type: str, quality: int) -> bytes:
    """Encode the pixels only, with transparency if the picture has it. A JPEG has none: no JPEG that is decoded has any."""
    pixels = Image.new(picture.mode, picture.size)
    pixels.paste(picture)
    out = io.BytesIO()
    pixels.save(out, FORMATS[type], quality=quality, **ENCODING[FORMATS[type]])
    return out.getvalue()
