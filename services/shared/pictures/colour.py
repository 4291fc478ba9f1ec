"""Conversion of a decoded picture to 8 bits of sRGB, before its metadata is dropped: what the author saw is what a reader sees.

A profile that cannot be used is ignored; the values then count as sRGB, as in a browser.
"""

from __future__ import annotations

import io

from PIL import Image, ImageCms

from services.shared.kernel.observability import logger
from services.shared.pictures.colour_spaces import declared_space, srgb_value
from services.shared.pictures.metadata import MAX_PROFILE_BYTES, Metadata

_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # of a profile's colour space
_GREY = ("1", "L", "LA", "I", "I;16")


def to_eight_bits(picture: Image.Image, metadata: Metadata) -> Image.Image:
    """Return the picture with 8 bits per channel, without a palette: L, LA, RGB, RGBA or CMYK.

    The values of a grey picture are converted to those of sRGB here, where they still have 16 bits.
    """
    transparent = picture.info.pop("transparency", None)
    if picture.mode in _GREY:
        return _grey(picture, metadata, transparent)
    if transparent is None:
        return picture.convert("RGB") if picture.mode == "P" else picture
    if isinstance(transparent, tuple):  # a colour, with 16 bits per channel whatever the picture has
        transparent = tuple(value >> 8 if metadata.bits == 16 else value & 0xFF for value in transparent)
    picture.info["transparency"] = transparent
    return picture.convert("RGBA")


def _grey(picture: Image.Image, metadata: Metadata, transparent: int | None) -> Image.Image:
    is_deep = picture.mode.startswith("I")
    values, top = picture.convert("I" if is_deep else "L"), 65535 if is_deep else 255
    if space := declared_space(metadata):
        grey = values.point([round(srgb_value(space.curve(value / top)) * 255) for value in range(top + 1)], "L")
    else:
        grey = values.point([round(value * 255 / top) for value in range(top + 1)], "L")
    if picture.mode == "LA":
        return Image.merge("LA", (grey, picture.getchannel("A")))
    if not isinstance(transparent, int):
        return grey
    if metadata.bits in (2, 4):  # in these the value has the bits of the file; the pixels have 8
        transparent = transparent * 255 // (2**metadata.bits - 1)
    return Image.merge("LA", (grey, values.point([255 * (value != transparent) for value in range(top + 1)], "L")))


def to_srgb(picture: Image.Image, metadata: Metadata) -> Image.Image:
    """Return a picture of 8 bits per channel in sRGB: RGB, or RGBA if it has transparency."""
    has_alpha = "A" in picture.getbands()
    opaque = picture.convert(picture.mode.removesuffix("A")) if has_alpha else picture
    converted = _converted(opaque, metadata) or opaque.convert("RGB")
    if has_alpha:
        converted.putalpha(picture.getchannel("A"))
    return converted


def _profile(picture: Image.Image, metadata: Metadata) -> bytes:
    """Return the profile of the picture's values, or an empty one if they are sRGB."""
    space = declared_space(metadata)
    if space is None:
        return metadata.profile if len(metadata.profile) <= MAX_PROFILE_BYTES else b""
    # `to_eight_bits` has applied the curve to grey, which has no primaries.
    return b"" if picture.mode == "L" else space.icc_profile()


def _converted(picture: Image.Image, metadata: Metadata) -> Image.Image | None:
    """Return the picture in sRGB, or None if it has no profile, or one that is damaged or of another kind of picture."""
    try:
        profile = _profile(picture, metadata)
        if not profile:
            return None
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODES.get(source.profile.xcolor_space.strip(), "")
        if picture.mode == "L" and mode == "RGB":
            picture = picture.convert("RGB")
        if picture.mode != mode:
            return None
        intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        transform = ImageCms.ImageCmsTransform(source, srgb, mode, "RGB", intent, flags=flags)
        return transform.apply(picture)
    except Exception as error:  # noqa: BLE001 (a forged profile can raise anything, and the picture can be shown without it)
        logger().info("colour profile ignored", error_type=type(error).__name__)
        return None
