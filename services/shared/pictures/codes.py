"""The QR codes of a picture, as the camera of a phone reads them. A code counts as its text would. See decision 100."""

from __future__ import annotations

from collections.abc import Iterator

import zxingcpp
from PIL import Image

from services.shared.kernel.links import has_link
from services.shared.kernel.product_links import OUTSIDE, find_products
from services.shared.pictures.upload import Codes

MAX_PRODUCTS = 3  # of one picture, as a note has cards; without a limit its item has room for thousands of ids
# Other kinds of matrix codes take five times as long.
_KINDS = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.MicroQRCode, zxingcpp.BarcodeFormat.RMQRCode]
_QR = zxingcpp.BarcodeFormats(_KINDS)


def find_codes(picture: Image.Image) -> Codes:
    """Return what the QR codes of a picture lead to: also turned, mirrored, inverted, at an angle, with a logo in the middle.

    More than 3 products count as the first 3, and as one that the circle does not know.
    Cost: 0.1 seconds of CPU time for 12 million pixels, 0.01 for 2 million; five times as much for a transparent picture.
    """
    texts = list(dict.fromkeys(code.text for shown in _grey(picture) for code in _read(shown)))
    products = tuple(dict.fromkeys(product for text in texts for product in find_products(text)))
    rest = (OUTSIDE,) if len(products) > MAX_PRODUCTS and OUTSIDE not in products[:MAX_PRODUCTS] else ()
    return Codes(products[:MAX_PRODUCTS] + rest, any(map(has_link, texts)))


def _read(grey: Image.Image) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(grey, formats=_QR, text_mode=zxingcpp.TextMode.Plain)


def _grey(picture: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture as an app shows it: one that is transparent somewhere on white and on black."""
    if "A" not in picture.getbands() or picture.getchannel("A").getextrema() == (255, 255):
        yield picture.convert("L")
        return
    transparent = picture.convert("RGBA")
    for background in ("white", "black"):
        shown = Image.new("RGBA", picture.size, background)
        shown.alpha_composite(transparent)
        yield shown.convert("L")
