"""Colours of uploaded pictures: every way to describe them ends as sRGB of 8 bits, and a damaged one counts as sRGB."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from services.shared.pictures.colour_spaces import ColourSpace, Primaries
from services.shared.pictures.metadata import MAX_PROFILE_BYTES
from tests.support.imaging import clean
from tests.unit.shared.pictures.test_imaging import chunk

D65 = (0.3127, 0.3290)
P3: Primaries = (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE: Primaries = (D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
SRGB: Primaries = (D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
COLOUR = (180, 120, 60)
BEST: dict[str, dict[str, Any]] = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}, "PNG": {}}
IN_SRGB = (190, 117, 45)  # what COLOUR in Display P3 is in sRGB


def srgb_curve(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def profile(primaries: Primaries, gamma: float = 0) -> bytes:
    return ColourSpace((lambda value: value**gamma) if gamma else srgb_curve, primaries).icc_profile()


P3_PROFILE = profile(P3)


def file(mode: str, colour: Any, format: str = "PNG", **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (16, 16), colour).save(out, format, **BEST[format], **how)
    return out.getvalue()


def png(bits: int, kind: int, row: bytes, *chunks: bytes, width: int = 4) -> bytes:
    """Return a PNG of one row. kind: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, bits, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")


def pixels(data: bytes, type: str = "image/png") -> list[Any]:
    """Return the pixels of the first row after re-encoding."""
    cleaned = clean(data, type)
    for encoded in (cleaned.data, cleaned.thumb):
        picture = Image.open(io.BytesIO(encoded))
        assert picture.mode in ("RGB", "RGBA")
        assert picture.info.keys().isdisjoint({"icc_profile", "gamma", "srgb", "chromaticity", "exif", "transparency"})
    picture = Image.open(io.BytesIO(cleaned.data))
    return [picture.getpixel((x, 0)) for x in range(picture.width)]


def assert_near(colour: Any, expected: Any, by: int = 1) -> None:
    assert len(colour) == len(expected)
    assert all(abs(a - b) <= by for a, b in zip(colour, expected, strict=True)), (colour, expected)


@pytest.mark.parametrize(("format", "by"), [("PNG", 0), ("JPEG", 2), ("WEBP", 2)])
def test_c13_a_display_p3_picture_is_shown_in_srgb(format: str, by: int) -> None:
    data = file("RGB", COLOUR, format, icc_profile=P3_PROFILE)
    assert_near(pixels(data, f"image/{format.lower()}")[0], IN_SRGB, by)


def test_c13_transparency_stays_when_colours_are_converted() -> None:
    assert pixels(file("RGBA", (*COLOUR, 77), icc_profile=P3_PROFILE))[0] == (*IN_SRGB, 77)


def test_c13_colours_of_adobe_rgb_are_converted() -> None:
    assert_near(pixels(file("RGB", COLOUR, icc_profile=profile(ADOBE, 563 / 256)))[0], (199, 121, 53))


def test_c13_a_profile_of_srgb_changes_nothing() -> None:
    assert_near(pixels(file("RGB", COLOUR, icc_profile=profile(SRGB)))[0], COLOUR)


def test_c13_a_grey_picture_with_a_profile_of_colours_is_converted() -> None:
    assert_near(pixels(file("L", 128, icc_profile=profile(SRGB, 1)))[0], (188, 188, 188))


def icc(space: bytes, pcs: bytes, kind: bytes, **tags: bytes) -> bytes:
    """Return a profile of version 2 with these tags."""
    first, table, bodies = 132 + 12 * len(tags), b"", b""
    for name, body in tags.items():
        table += struct.pack(">4sII", name.encode(), first + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    content = struct.pack(">I", len(tags)) + table + bodies
    header = struct.pack(">I4xI4s4s4s12x4s28x3i48x", 128 + len(content), 0x02400000, kind, space, pcs, b"acsp", *D50)
    return header + content


D50 = (63190, 65536, 54061)  # in units of 1 / 65536
WHITE = b"XYZ " + struct.pack(">4x3i", *D50)


def test_c13_a_grey_profile_is_applied() -> None:
    linear = icc(b"GRAY", b"XYZ ", b"mntr", wtpt=WHITE, kTRC=b"curv" + struct.pack(">4xI", 0))
    assert_near(pixels(file("L", 128, icc_profile=linear))[0], (188, 188, 188))
    assert_near(pixels(file("L", 128, "JPEG", icc_profile=linear), "image/jpeg")[0], (188, 188, 188))


def cmyk_profile(lightness: tuple[int, ...]) -> bytes:
    """Return a profile that makes each of the 16 mixes of full inks grey, of this lightness from 0 to 255."""
    ramp = bytes(range(256))
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"".join(bytes((value, 128, 128)) for value in lightness)
    lut = b"mft1" + struct.pack(">4xBBBx", 4, 3, 2) + identity + ramp * 4 + table + ramp * 3
    return icc(b"CMYK", b"Lab ", b"prtr", wtpt=WHITE, A2B0=lut, A2B1=lut)


def test_c13_a_cmyk_jpeg_is_converted_by_its_profile_and_otherwise_by_its_inks() -> None:
    """Pillow writes and reads the inverted values of Adobe, as browsers do."""
    inks = (0, 128, 255, 0)
    plain = pixels(file("CMYK", inks, "JPEG"), "image/jpeg")[0]
    assert_near(plain, (255, 127, 0), 2)
    grey = cmyk_profile((255, *(128,) * 15))  # only white paper is white
    assert_near(pixels(file("CMYK", (0, 0, 0, 0), "JPEG", icc_profile=grey), "image/jpeg")[0], (255, 255, 255), 2)
    red, green, blue = pixels(file("CMYK", (0, 0, 255, 0), "JPEG", icc_profile=grey), "image/jpeg")[0]
    assert max(red, green, blue) - min(red, green, blue) <= 3, "not yellow: the profile decides"


OTHERS = {
    "no profile": b"not a profile at all",
    "an empty one": b"",
    "cut short": P3_PROFILE[:200],
    "without tags": P3_PROFILE[:128] + bytes(4),
    "of another kind of picture": cmyk_profile((255,) * 16),
    "of grey pictures": icc(b"GRAY", b"XYZ ", b"mntr", wtpt=WHITE, kTRC=b"curv" + struct.pack(">4xI", 0)),
    "of Lab": icc(b"Lab ", b"XYZ ", b"spac", wtpt=WHITE),
    "huge": P3_PROFILE + bytes(MAX_PROFILE_BYTES),
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(("format", "by"), [("PNG", 0), ("JPEG", 2), ("WEBP", 2)])
def test_c13_a_profile_that_cannot_be_used_is_ignored(kind: str, format: str, by: int) -> None:
    data = file("RGB", COLOUR, format, icc_profile=OTHERS[kind])
    assert_near(pixels(data, f"image/{format.lower()}")[0], COLOUR, by)


def test_c13_a_jpeg_without_a_part_of_its_profile_counts_as_srgb() -> None:
    data = file("RGB", COLOUR, "JPEG", icc_profile=P3_PROFILE)
    at = data.index(b"ICC_PROFILE\0")
    assert_near(pixels(data[: at + 13] + b"\2" + data[at + 14 :], "image/jpeg")[0], COLOUR, 2)


def numbers(*values: float) -> bytes:
    return b"".join(struct.pack(">I", round(value * 100_000)) for value in values)


def chromaticities(primaries: Primaries) -> bytes:
    return chunk(b"cHRM", numbers(*(value for pair in primaries for value in pair)))


def gamma(value: float) -> bytes:
    return chunk(b"gAMA", numbers(value))


def cicp(*values: int) -> bytes:
    return chunk(b"cICP", bytes(values))


def iccp(content: bytes) -> bytes:
    return chunk(b"iCCP", b"a\0\0" + zlib.compress(content))


RGB_CASES: dict[str, tuple[tuple[bytes, ...], tuple[int, int, int]]] = {
    "cICP of Display P3": ((cicp(12, 13, 0, 1),), IN_SRGB),
    "cICP precedes a profile": ((iccp(profile(ADOBE, 2.2)), cicp(12, 13, 0, 1)), IN_SRGB),
    "cICP of sRGB precedes a profile": ((iccp(P3_PROFILE), cicp(1, 13, 0, 1)), COLOUR),
    "cICP with unknown numbers": ((cicp(200, 13, 0, 1),), COLOUR),
    "cICP with a matrix": ((cicp(12, 13, 1, 1),), COLOUR),
    "cICP that is too short": ((cicp(12, 13),), COLOUR),
    "cICP of the video range": ((cicp(1, 13, 0, 0),), (191, 121, 51)),
    "a profile precedes sRGB": ((iccp(P3_PROFILE), chunk(b"sRGB", b"\0")), IN_SRGB),
    "sRGB precedes gAMA": ((chunk(b"sRGB", b"\0"), gamma(1)), COLOUR),
    "gAMA of sRGB": ((gamma(1 / 2.2),), COLOUR),
    "gAMA and cHRM of sRGB": ((gamma(1 / 2.2), chromaticities(SRGB)), COLOUR),
    "gAMA of light": ((gamma(1),), (218, 182, 133)),
    "gAMA and cHRM of Adobe RGB": ((gamma(1 / 2.2), chromaticities(ADOBE)), (199, 121, 53)),
    "cHRM of Display P3": ((chromaticities(P3),), IN_SRGB),
    "gAMA of 0": ((gamma(0),), COLOUR),
    "gAMA that is too short": ((chunk(b"gAMA", b"\0"),), COLOUR),
    "cHRM of zeros": ((chunk(b"cHRM", bytes(32)),), COLOUR),
    "cHRM on one point": ((chunk(b"cHRM", numbers(*(0.3, 0.3) * 4)),), COLOUR),
    "a profile that is not compressed": ((chunk(b"iCCP", b"a\0\0" + P3_PROFILE),), COLOUR),
    "a profile of 1 GB": ((chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000))),), COLOUR),
}


@pytest.mark.parametrize("case", RGB_CASES)
def test_c13_a_png_describes_its_colours_by_numbers(case: str) -> None:
    chunks, expected = RGB_CASES[case]
    assert_near(pixels(png(8, 2, bytes(COLOUR) * 4, *chunks))[0], expected)


# The light of each value in cd/m², by the formulae of ITU-R BT.2100; white is 203.
@pytest.mark.parametrize(
    ("curve", "value", "expected"),
    [(16, 0, 0), (16, 128, 181), (16, 148, 246), (16, 255, 255), (18, 0, 0), (18, 128, 137), (18, 191, 246), (18, 255, 255)],
)
def test_c13_hdr_is_shown_up_to_white_and_compressed_above(curve: int, value: int, expected: int) -> None:
    assert_near(pixels(png(8, 2, bytes((value,) * 3) * 4, cicp(9, curve, 0, 1)))[0], (expected,) * 3)


RAMP = (0, 64, 128, 192)


def deep(*values: int) -> bytes:
    """Return the values of 8 bits as 16 bits each."""
    return b"".join(struct.pack(">H", value * 257) for value in values)


DEPTHS: dict[str, tuple[bytes, list[Any]]] = {
    "16 bits of grey": (png(16, 0, deep(*RAMP)), [(value,) * 3 for value in RAMP]),
    "16 bits of grey, linear": (png(16, 0, deep(*RAMP), gamma(1)), [(0,) * 3, (137,) * 3, (188,) * 3, (225,) * 3]),
    "16 bits of grey, a value transparent": (
        png(16, 0, deep(*RAMP), chunk(b"tRNS", deep(64))),
        [(value, value, value, 255 * (value != 64)) for value in RAMP],
    ),
    "16 bits of grey and alpha": (
        png(16, 4, deep(*(part for value in RAMP for part in (value, 128)))),
        [(value, value, value, 128) for value in RAMP],
    ),
    "8 bits of grey and alpha, linear": (png(8, 4, bytes((128, 9)) * 4, gamma(1)), [(188, 188, 188, 9)] * 4),
    "16 bits of RGB": (png(16, 2, deep(*(part for v in RAMP for part in (v, 9, 0)))), [(value, 9, 0) for value in RAMP]),
    "16 bits of RGB, a colour transparent": (
        png(16, 2, deep(*(part for v in RAMP for part in (v, 9, 0))), chunk(b"tRNS", deep(128, 9, 0))),
        [(value, 9, 0, 255 * (value != 128)) for value in RAMP],
    ),
    "16 bits of RGBA": (png(16, 6, deep(*(part for v in RAMP for part in (v, 9, 0, 77)))), [(v, 9, 0, 77) for v in RAMP]),
    "1 bit": (png(1, 0, b"\x50"), [(0,) * 3, (255,) * 3] * 2),
    "1 bit, white transparent": (png(1, 0, b"\x50", chunk(b"tRNS", b"\0\1")), [(0, 0, 0, 255), (255, 255, 255, 0)] * 2),
    "2 bits": (png(2, 0, b"\x1b"), [(0,) * 3, (85,) * 3, (170,) * 3, (255,) * 3]),
    "2 bits, a value transparent": (
        png(2, 0, b"\x1b", chunk(b"tRNS", b"\0\2")),
        [(value, value, value, 255 * (value != 170)) for value in (0, 85, 170, 255)],
    ),
    "4 bits, a value transparent": (
        png(4, 0, b"\x05\xaf", chunk(b"tRNS", b"\0\x0a")),
        [(value, value, value, 255 * (value != 170)) for value in (0, 85, 170, 255)],
    ),
    "8 bits of RGB, a colour transparent": (
        png(8, 2, bytes((1, 2, 3, 9, 9, 9)) * 2, chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3))),
        [(1, 2, 3, 0), (9, 9, 9, 255)] * 2,
    ),
    "a palette": (png(2, 3, b"\x1b", chunk(b"PLTE", bytes(range(12)))), [(n, n + 1, n + 2) for n in (0, 3, 6, 9)]),
    "a palette with an alpha value each": (
        png(2, 3, b"\x1b", chunk(b"PLTE", bytes(range(12))), chunk(b"tRNS", bytes((0, 99, 255)))),
        [(0, 1, 2, 0), (3, 4, 5, 99), (6, 7, 8, 255), (9, 10, 11, 255)],
    ),
    "a palette of Display P3, an entry transparent": (
        png(2, 3, b"\x50", chunk(b"PLTE", bytes(COLOUR) * 2), chunk(b"tRNS", b"\0"), cicp(12, 13, 0, 1)),
        [(*IN_SRGB, 255), (*IN_SRGB, 255), (*IN_SRGB, 0), (*IN_SRGB, 0)],
    ),
}


@pytest.mark.parametrize("kind", DEPTHS)
def test_c13_every_depth_of_a_png_is_scaled_to_8_bits(kind: str) -> None:
    data, expected = DEPTHS[kind]
    for actual, colour in zip(pixels(data), expected, strict=True):
        if len(colour) == 4 and colour[3] == 0:
            assert actual[3] == 0
        else:
            assert_near(actual, colour)
