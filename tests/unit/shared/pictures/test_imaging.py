"""Re-encoding of uploaded pictures: what is accepted, rejected and removed."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from services.circles.settings import CirclesSettings
from services.shared.pictures.clean import PictureInvalid
from services.shared.pictures.imaging import MAX_PIXELS, MAX_SIDE
from tests.support.imaging import clean

SECRET = b"39.9042N 116.4074E"


def picture(format: str = "JPEG", size: tuple[int, int] = (640, 480), **how: Any) -> bytes:
    made, out = Image.effect_noise(size, 40).convert("RGB"), io.BytesIO()
    made.save(out, format, **how)
    return out.getvalue()


def photograph_with_location() -> bytes:
    """Return a photograph with a location in its EXIF data, rotated by 90 degrees, with a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation
    exif[0x8825] = {1: "N", 2: (39.0, 54.0, 15.0), 3: "E", 4: (116.0, 24.0, 27.0)}
    exif[0x010E] = SECRET.decode()
    return picture(exif=exif, comment=SECRET)


def test_c13_exif_and_its_location_are_removed_and_the_picture_is_upright() -> None:
    before = Image.open(io.BytesIO(photograph_with_location()))
    assert before.getexif().get_ifd(0x8825)
    cleaned = clean(photograph_with_location(), "image/jpeg")
    for data in (cleaned.data, cleaned.thumb):
        after = Image.open(io.BytesIO(data))
        assert (dict(after.getexif()), after.info.get("comment")) == ({}, None)
        assert SECRET not in data
        assert b"Exif" not in data
    assert (cleaned.width, cleaned.height) == (480, 640)


@pytest.mark.parametrize(("format", "type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_c13_each_type_is_re_encoded_as_the_same_type_with_a_thumbnail(format: str, type: str) -> None:
    cleaned = clean(picture(format), type)
    full, thumb = (Image.open(io.BytesIO(data)) for data in (cleaned.data, cleaned.thumb))
    assert (full.format, full.size) == (format, (640, 480))
    assert (thumb.format, max(thumb.size)) == (format, CirclesSettings().thumbnail_pixels)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes whose header declares an enormous size."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "size",
    [
        (100_000, 100_000),
        (31_623, 31_623),
        (MAX_PIXELS["PNG"] // MAX_SIDE + 1, MAX_SIDE),
        (MAX_SIDE + 1, 1),
        (2**31 - 1, 2**31 - 1),
    ],
)
def test_c13_a_decompression_bomb_is_rejected_from_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(PictureInvalid, match=r"pixels|type"):
        clean(bomb(*size), "image/png")


INVALID = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "html": b"<html><script>alert(1)</script></html>",
    "empty": b"",
    "a header alone": picture()[:20],
    "cut short": picture()[:-4000],
    "gif": picture("GIF"),
    "tiff": picture("TIFF"),
    "another type": picture("PNG"),
    "noise": random.Random(0).randbytes(5000),
}


@pytest.mark.parametrize("kind", INVALID)
def test_c13_a_file_that_is_not_a_picture_of_its_type_is_rejected(kind: str) -> None:
    with pytest.raises(PictureInvalid, match="type"):
        clean(INVALID[kind], "image/jpeg")


def test_c13_a_file_appended_to_the_picture_is_removed() -> None:
    polyglot = picture() + b"PK\x03\x04<script>alert(1)</script>" + SECRET
    cleaned = clean(polyglot, "image/jpeg")
    assert SECRET not in cleaned.data
    assert b"PK\x03\x04" not in cleaned.data


def test_c13_animations_become_still_and_huge_pictures_are_scaled_down() -> None:
    frames, out = [Image.new("RGB", (50, 50), color) for color in ("red", "blue")], io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    assert getattr(Image.open(io.BytesIO(clean(out.getvalue(), "image/webp").data)), "n_frames", 1) == 1
    assert clean(picture(size=(6000, 1000)), "image/jpeg").width == 4096


def test_c13_transparency_is_preserved() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(clean(out.getvalue(), "image/png").data)).mode == "RGBA"
