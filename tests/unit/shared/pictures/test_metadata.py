"""Metadata of uploaded pictures: the orientation is applied, and nothing in it makes a picture fail or remains."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from services.shared.pictures.clean import CleanPicture, PictureInvalid
from services.shared.pictures.upload import FLAWS
from tests.support.imaging import clean, clean_or_flaw
from tests.unit.shared.pictures.test_imaging import chunk

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
CORNERS = {"top left": 10, "top right": 80, "bottom left": 160, "bottom right": 240}  # grey values
# Where each corner of the stored picture is shown, by the orientation.
TURNED = {
    1: ("top left", "top right", "bottom left", "bottom right"),
    2: ("top right", "top left", "bottom right", "bottom left"),
    3: ("bottom right", "bottom left", "top right", "top left"),
    4: ("bottom left", "bottom right", "top left", "top right"),
    5: ("top left", "bottom left", "top right", "bottom right"),
    6: ("bottom left", "top left", "bottom right", "top right"),
    7: ("bottom right", "top right", "bottom left", "top left"),
    8: ("top right", "bottom right", "top left", "bottom left"),
}


def file(format: str, **how: Any) -> bytes:
    """Return a picture of 32 x 16 pixels with another grey in each corner."""
    picture, out = Image.new("RGB", (32, 16)), io.BytesIO()
    for value, at in zip(CORNERS.values(), ((0, 0), (16, 0), (0, 8), (16, 8)), strict=True):
        picture.paste((value,) * 3, (*at, at[0] + 16, at[1] + 8))
    picture.save(out, format, **({"lossless": True} if format == "WEBP" else {}), **how)
    return out.getvalue()


def tiff(*entries: bytes, data: bytes = b"", next_directory: int = 0) -> bytes:
    """Return EXIF data with these entries of 12 bytes. `data` is behind the directory."""
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", len(entries)) + b"".join(entries) + struct.pack(">I", next_directory) + data


def turn(orientation: int) -> bytes:
    return struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)


def resolution(data: bytes, entries: int) -> tuple[bytes, bytes]:
    """Return the entry of a fraction, and its data behind a directory of so many entries."""
    return struct.pack(">HHII", 0x011A, 5, 1, 14 + 12 * entries), data


def with_exif(format: str, data: bytes) -> bytes:
    """Return a picture with EXIF data as it is, which Pillow does not check."""
    plain = file(format)
    if format == "JPEG":
        segment = b"Exif\0\0" + data
        return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + plain[2:]
    if format == "PNG":
        return plain[:33] + chunk(b"eXIf", data) + plain[33:]
    return file(format, exif=data)


def corners(data: bytes, format: str) -> tuple[str, ...]:
    """Return which stored corner is in each corner of the re-encoded picture, and check that no metadata remains."""
    result = clean(data, TYPES[format])
    picture = Image.open(io.BytesIO(result.data))
    assert picture.size == (result.width, result.height)
    assert picture.info.keys().isdisjoint({"exif", "xmp", "comment", "icc_profile", "XML:com.adobe.xmp", "Comment"})
    width, height = picture.size
    spots = ((2, 2), (width - 3, 2), (2, height - 3), (width - 3, height - 3))
    shades = [picture.convert("L").getpixel(spot) for spot in spots]
    return tuple(min(CORNERS, key=lambda name: abs(CORNERS[name] - shade)) for shade in shades)  # type: ignore[operator]


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("format", TYPES)
def test_c13_every_orientation_is_applied(format: str, orientation: int) -> None:
    assert corners(with_exif(format, tiff(turn(orientation))), format) == TURNED[orientation]


@pytest.mark.parametrize("format", TYPES)
def test_c13_exif_data_with_a_fraction_over_0_is_read_and_removed(format: str) -> None:
    entry, data = resolution(struct.pack(">ii", -1, 0), 2)
    assert corners(with_exif(format, tiff(turn(6), entry, data=data)), format) == TURNED[6]


DAMAGED = {
    "garbage": b"garbage!",
    "empty": b"",
    "a header alone": b"MM\0*\0\0\0\x08",
    "a directory outside": b"MM\0*\xff\xff\xff\xf0",
    "entries that are cut off": b"MM\0*\0\0\0\x08\xff\xff" + turn(6)[:5],
    "a directory that names itself": tiff(next_directory=8),
    "an orientation of 0": tiff(turn(0)),
    "an orientation of 9": tiff(turn(9)),
    "an orientation as text": tiff(struct.pack(">HHI4s", 0x0112, 2, 4, b"abc\0")),
    "an orientation as a fraction over 0": tiff(struct.pack(">HHII", 0x0112, 5, 1, 26), data=bytes(8)),
    "a value of 4 GB": tiff(struct.pack(">HHII", 0x010E, 2, 2**32 - 1, 26)),
    "an unknown type": tiff(struct.pack(">HHII", 0x0112, 99, 1, 6)),
    "a BigTIFF": b"MM\0+\0\x08\0\0" + bytes(8),
}


@pytest.mark.parametrize("kind", DAMAGED)
@pytest.mark.parametrize("format", TYPES)
def test_c13_a_picture_with_damaged_exif_data_is_shown_as_it_is(format: str, kind: str) -> None:
    assert corners(with_exif(format, DAMAGED[kind]), format) == TURNED[1]


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'


@pytest.mark.parametrize("format", TYPES)
def test_c13_the_orientation_of_xmp_counts_where_exif_has_none(format: str) -> None:
    data = with_exif("PNG", b"")
    xmp = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    data = data[:33] + xmp + data[33:] if format == "PNG" else file(format, xmp=XMP)
    assert corners(data, format) == TURNED[8]


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    plain = file("JPEG")
    added = b"".join(bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content for marker, content in segments)
    return plain[:2] + added + plain[2:]


def png_with(*chunks: bytes) -> bytes:
    plain = file("PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


STRANGE = {
    "a short JFIF header": ("JPEG", jpeg_with((0xE0, b"JFIF"))),
    "a short Adobe header": ("JPEG", jpeg_with((0xEE, b"Adobe"))),
    "an index of more pictures that is damaged": ("JPEG", jpeg_with((0xE2, b"MPF\0garbage"))),
    "Photoshop data that is cut off": ("JPEG", jpeg_with((0xED, b"Photoshop 3.0\x008BIM"))),
    "FlashPix data": ("JPEG", jpeg_with((0xE2, b"FPXR\0"))),
    "two blocks of EXIF data": ("JPEG", jpeg_with((0xE1, b"Exif\0\0garbage!"), (0xE1, b"Exif\0\0garbage!"))),
    "a comment": ("JPEG", jpeg_with((0xFE, b"comment"))),
    "bytes between the segments": ("JPEG", file("JPEG")[:2] + b"\0\1junk\xff\xff\xff" + file("JPEG")[3:]),
    "bytes behind the picture": ("JPEG", file("JPEG") + b"PK\3\4"),
    "a text of 100 MB": ("PNG", png_with(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 1)))),
    "a text of an unknown method": ("PNG", png_with(chunk(b"zTXt", b"a\0\7abc"))),
    "a profile of an unknown method": ("PNG", png_with(chunk(b"iCCP", b"a\0\7abc"))),
    "a wrong checksum of a text": ("PNG", png_with(chunk(b"tEXt", b"a\0b")[:-4] + b"abcd")),
    "short chunks": ("PNG", png_with(*(chunk(kind, b"a") for kind in (b"gAMA", b"cHRM", b"pHYs", b"sBIT", b"tIME", b"cICP")))),
    "an animation without frames": ("PNG", png_with(chunk(b"acTL", bytes(8)), chunk(b"fcTL", bytes(26)))),
    "an unknown chunk": ("PNG", png_with(chunk(b"abCd", b"a"))),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_c13_a_picture_with_strange_metadata_is_shown(kind: str) -> None:
    assert corners(STRANGE[kind][1], STRANGE[kind][0]) == TURNED[1]


def test_c13_a_picture_of_several_shows_the_first() -> None:
    others, out = [Image.new("RGB", (32, 16), "red")], io.BytesIO()
    Image.open(io.BytesIO(file("JPEG"))).convert("RGB").save(out, "MPO", save_all=True, append_images=others)
    assert corners(out.getvalue(), "JPEG") == TURNED[1]
    for name in ("WEBP", "PNG"):
        out = io.BytesIO()
        how: dict[str, Any] = {"lossless": True} if name == "WEBP" else {}
        Image.open(io.BytesIO(file(name))).save(out, name, save_all=True, append_images=others, duration=99, **how)
        assert corners(out.getvalue(), name) == TURNED[1]


UNSHOWABLE = {
    "no pixels": (
        "PNG",
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)) + chunk(b"IEND", b""),
    ),
    "a size of 0": ("PNG", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 4, 8, 2, 0, 0, 0))),
    "no header": ("PNG", b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", zlib.compress(bytes(99)))),
    "a palette that is missing": (
        "PNG",
        file("PNG")[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 1, 8, 3, 0, 0, 0)) + chunk(b"IDAT", b"\0"),
    ),
    "12 bits": ("JPEG", file("JPEG").replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c")),
    "a JPEG without a scan": ("JPEG", file("JPEG").partition(b"\xff\xda")[0]),
    "a JPEG of markers": ("JPEG", b"\xff\xd8" + b"\xff" * 1000),
    "a WebP that is cut short": ("WEBP", file("WEBP")[:-20]),
    "a WebP of nothing": ("WEBP", b"RIFF\0\0\0\0WEBPVP8X" + bytes(14)),
}


@pytest.mark.parametrize("kind", UNSHOWABLE)
def test_c13_what_cannot_be_shown_is_invalid(kind: str) -> None:
    result = clean_or_flaw(UNSHOWABLE[kind][1], TYPES[UNSHOWABLE[kind][0]])
    assert isinstance(result, PictureInvalid)
    assert str(result) in FLAWS


@pytest.mark.parametrize(("size", "is_shown"), [((1, 20_000), True), ((20_000, 1), True), ((1, 32_769), False)])
def test_c13_a_picture_of_one_line_is_shown_or_too_large(size: tuple[int, int], is_shown: bool) -> None:
    out = io.BytesIO()
    Image.new("L", size, 128).save(out, "PNG")
    result = clean_or_flaw(out.getvalue(), "image/png")
    assert isinstance(result, CleanPicture) if is_shown else str(result) == "too_many_pixels"


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a file with some bytes changed, a part removed or repeated, or its end cut off."""
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 9)):
        at = chance.randrange(len(changed))
        match chance.randrange(5):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del changed[at : at + chance.randrange(1, 20)]
            case 3:
                changed[at:at] = changed[at : at + chance.randrange(1, 40)]
            case _ if len(changed) > 40:
                del changed[chance.randrange(30, len(changed)) :]
        if not changed:
            return b""
    return bytes(changed)


def repaired(data: bytes) -> bytes:
    """Return a PNG with right checksums, so that a change reaches the decoder behind them."""
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        size = min(int.from_bytes(data[at : at + 4]), len(data) - at - 12)
        parts.append(chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    return b"".join(parts)


def rich(format: str) -> bytes:
    """Return a picture with every kind of metadata."""
    profile = bytes(range(256)) * 2
    exif = tiff(turn(6), *(resolution(struct.pack(">ii", -1, 0), 2)[:1]), data=struct.pack(">ii", -1, 0))
    if format == "PNG":
        numbers = [chunk(b"gAMA", struct.pack(">I", 70_000)), chunk(b"cICP", bytes((12, 13, 0, 1))), chunk(b"eXIf", exif)]
        palette = Image.open(io.BytesIO(file(format))).quantize(4)
        out = io.BytesIO()
        palette.save(out, "PNG", transparency=1, icc_profile=profile)
        return out.getvalue()[:33] + b"".join(numbers) + out.getvalue()[33:]
    return file(format, exif=b"Exif\0\0" + exif, icc_profile=profile, xmp=XMP)


@pytest.mark.parametrize("format", TYPES)
def test_c13_whatever_a_file_contains_the_result_is_a_picture_or_a_named_reason(format: str) -> None:
    chance, kinds = random.Random(format), set[str]()
    sources = [file(format), rich(format)]
    for _ in range(800):
        data = mutated(chance.choice(sources), chance)
        if format == "PNG" and chance.random() < 0.7:
            data = repaired(data)
        result = clean_or_flaw(data, TYPES[format])
        assert isinstance(result, CleanPicture) or str(result) in FLAWS, data.hex()
        kinds.add("ready" if isinstance(result, CleanPicture) else "rejected")
        if isinstance(result, CleanPicture):
            Image.open(io.BytesIO(result.data)).load()
    assert kinds == {"ready", "rejected"}
