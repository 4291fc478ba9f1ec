"""Pictures with QR codes, as an author makes them."""

from __future__ import annotations

import io

import segno
from PIL import Image

SHOP = "https://item.taobao.com/item.htm?id=123456789012"


def qr_code(text: str = SHOP, *, scale: int = 6, dark: str = "black", light: str | None = "white") -> Image.Image:
    """Return the code of a text, with a fifth of it redundant. light: None for a transparent background."""
    out = io.BytesIO()
    segno.make_qr(text, error="q").save(out, kind="png", scale=scale, border=4, dark=dark, light=light)
    return Image.open(out).convert("RGBA")


def to_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def coded_png(text: str = SHOP) -> bytes:
    """Return a PNG with the code of a text in the corner of a photograph."""
    picture = Image.linear_gradient("L").resize((480, 360)).convert("RGB")
    picture.paste(qr_code(text, scale=4).convert("RGB"), (20, 30))
    return to_png(picture)
