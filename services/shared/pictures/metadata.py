"""Separation of an uploaded file into its pixels and what else it contains, before the imaging library reads it.

The decoder gets only what the pixels need. So no damaged EXIF data, text or profile can make a picture fail.
"""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from services.shared.kernel.observability import logger

MAX_EXIF_BYTES = 64 * 1024  # as in a JPEG; the orientation is among the first tags
# The largest profiles of printing presses have 3 MB. A larger one is ignored.
MAX_PROFILE_BYTES = 4 * 1024 * 1024
ORIENTATION = 0x0112  # a tag of EXIF
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])["<]')

_APP0, _APP1, _APP2, _APP14, _COMMENT, _PIXELS = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE, 0xDA
_WITHOUT_LENGTH = frozenset([0x00, 0x01, *range(0xD0, 0xDA)])  # markers of a JPEG that have no segment
# libjpeg derives from these segments how colours are stored, and ignores shorter ones, as this code does.
_COLOUR_SEGMENTS = {_APP0: 16, _APP14: 14}
_PIXEL_CHUNKS = frozenset([b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"])
_PNG_SIGNATURE = 8  # bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file contains beside its pixels, as its author wrote it. A part that is absent is empty.

    exif, xmp: data of the camera. profile: an ICC profile.
    cicp, is_srgb, gamma, chromaticities: how a PNG describes its colours by numbers (the chunks cICP, sRGB, gAMA, cHRM).
    bits: per channel of a PNG.
    """

    exif: bytes = b""
    xmp: bytes = b""
    profile: bytes = b""
    cicp: bytes = b""
    is_srgb: bool = False
    gamma: bytes = b""
    chromaticities: bytes = b""
    bits: int = 8

    def orientation(self) -> int:
        """Return how the picture must be turned, by EXIF or else XMP: from 1 (not at all, or neither is readable) to 8."""
        value = _exif_orientation(self.exif[:MAX_EXIF_BYTES])
        if value is None and (found := _XMP_ORIENTATION.search(self.xmp[:MAX_EXIF_BYTES])):
            value = int(found[1])
        return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _exif_orientation(data: bytes) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif = Image.Exif()
            exif.load(data)
            return exif.get(ORIENTATION)
    except Exception as error:  # noqa: BLE001 (forged data can raise anything, and a picture without EXIF data is complete)
        logger().info("EXIF data ignored", error_type=type(error).__name__)
        return None


def split(data: bytes, format: str) -> tuple[bytes, Metadata]:
    """Return a file that has only the pixels, and the metadata.

    A WebP stays whole, because its decoder does not read its metadata. A file of another structure stays whole too.
    """
    if format == "JPEG" and data.startswith(b"\xff\xd8"):
        return _split_jpeg(data)
    if format == "PNG" and data.startswith(b"\x89PNG"):
        return _split_png(data)
    return data, _webp_metadata(data)


def _split_jpeg(data: bytes) -> tuple[bytes, Metadata]:
    kept, exif, xmp, profile, end = [data[:2]], b"", b"", {}, 2
    for marker, start, end in _segments(data):
        content = data[start + 4 : end]
        if marker == _APP1 and content.startswith(b"Exif\0"):
            exif = exif or content[6:]
        elif marker == _APP1 and content.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            xmp = xmp or content
        elif marker == _APP2 and content.startswith(b"ICC_PROFILE\0") and len(content) > 14:
            profile[content[12]] = content[13:]
        if _is_for_pixels(marker, end - start):
            kept.append(data[start:end])
    return b"".join([*kept, data[end:]]), Metadata(exif=exif, xmp=xmp, profile=_joined(profile))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the segments of a JPEG before its pixels: marker, start and end. What is between segments is skipped."""
    at = data.find(b"\xff", 2)
    while 0 < at < len(data) - 4:
        marker = data[at + 1]
        if marker == _PIXELS:
            yield marker, at, at
            return
        end = at + 1 if marker == 0xFF else at + 2
        if marker != 0xFF and marker not in _WITHOUT_LENGTH:
            end = max(end, at + 2 + int.from_bytes(data[at + 2 : at + 4]))
            yield marker, at, end
        at = data.find(b"\xff", end)


def _is_for_pixels(marker: int, size: int) -> bool:
    if marker in _COLOUR_SEGMENTS:
        return size >= _COLOUR_SEGMENTS[marker]
    return marker != _COMMENT and not _APP0 <= marker <= 0xEF


def _joined(parts: dict[int, bytes]) -> bytes:
    """Return a profile that a JPEG has in numbered parts, each with the number of parts first. Empty if one is missing."""
    numbers = range(1, len(parts) + 1)
    is_complete = sorted(parts) == list(numbers) and all(part[0] == len(parts) for part in parts.values())
    return b"".join(parts[number][1:] for number in numbers) if is_complete else b""


def _split_png(data: bytes) -> tuple[bytes, Metadata]:
    kept, others, at = [data[:_PNG_SIGNATURE]], dict[bytes, bytes](), _PNG_SIGNATURE
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind in _PIXEL_CHUNKS:
            kept.append(data[at : at + 12 + size])
        else:
            others.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 12 + size
    metadata = Metadata(
        exif=others.get(b"eXIf", b""),
        xmp=xmp if (xmp := others.get(b"iTXt", b"")).startswith(b"XML:com.adobe.xmp\0") else b"",
        profile=_inflated_profile(others.get(b"iCCP", b"")),
        cicp=others.get(b"cICP", b""),
        is_srgb=b"sRGB" in others,
        gamma=others.get(b"gAMA", b""),
        chromaticities=others.get(b"cHRM", b""),
        bits=data[24] if len(data) > 24 else 8,
    )
    return b"".join(kept), metadata


def _inflated_profile(chunk: bytes) -> bytes:
    """Return the profile of an iCCP chunk: a name, the method, and compressed data, which is inflated up to the limit."""
    _, _, content = chunk.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(content[1:], MAX_PROFILE_BYTES + 1)
    except zlib.error:
        return b"damaged" if chunk else b""


def _webp_metadata(data: bytes) -> Metadata:
    found, at = dict[bytes, bytes](), 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind in (b"EXIF", b"XMP ", b"ICCP"):
            found.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return Metadata(exif=found.get(b"EXIF", b""), xmp=found.get(b"XMP ", b""), profile=found.get(b"ICCP", b""))
