"""Two small pictures of a dawn over reeds, drawn here so that the repository carries no files."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageChops


def dawn(width: int = 96, height: int = 64, warmth: int = 0) -> bytes:
    """A PNG: a sky that brightens downwards, and reeds in front of it."""
    rows = b"".join(b"\x00" + b"".join(_pixel(x, y, width, height, warmth) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _pixel(x: int, y: int, width: int, height: int, warmth: int) -> bytes:
    if y > height * 2 // 3 - (x * 7 % 11):
        return bytes((40, 56 + x % 9, 38))
    light = 255 * y // height
    return bytes((min(255, 120 + light // 2 + warmth), 90 + light // 2, 140))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def is_same(one: bytes, other: bytes) -> bool:
    """Whether two files show the same pixels, however they are encoded."""
    pictures = [Image.open(io.BytesIO(data)).convert("RGB") for data in (one, other)]
    return pictures[0].size == pictures[1].size and ImageChops.difference(*pictures).getbbox() is None
