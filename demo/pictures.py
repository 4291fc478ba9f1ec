"""Small pictures of a dawn over reeds, and of QR codes, drawn by code, so the repository contains no picture files."""

from __future__ import annotations

import io
import struct
import zlib

import segno
from PIL import Image, ImageChops


def dawn(width: int = 96, height: int = 64, warmth: int = 0) -> bytes:
    """Return a PNG: a sky that brightens downwards, and reeds in front of it. Another warmth gives another picture."""
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


def qr_code(text: str) -> bytes:
    """Return a PNG with the QR code of a text."""
    out = io.BytesIO()
    segno.make_qr(text).save(out, kind="png", scale=6)
    return out.getvalue()


def has_same_pixels(first: bytes, second: bytes) -> bool:
    """Whether two picture files have the same pixels; the encoding can differ."""
    pictures = [Image.open(io.BytesIO(data)).convert("RGB") for data in (first, second)]
    return pictures[0].size == pictures[1].size and ImageChops.difference(*pictures).getbbox() is None
