"""M18: what the QR codes of a picture lead to counts, in every way that a phone's camera reads them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from services.circles.settings import settings
from services.shared.kernel.product_links import OUTSIDE
from services.shared.pictures.codes import find_codes
from services.shared.pictures.upload import NO_CODES, Codes
from simulation.settings import overridden
from tests.support.imaging import clean
from tests.support.qr_codes import SHOP, coded_png, qr_code, to_png

LISTING = "lst_01J5ZK8Y0G7Q4E2M9V3B6N1D8F"
LEADS_OUT = Codes((OUTSIDE,), has_link=True)
LANDSCAPE = (1000, 750)


def on_photograph(code: Image.Image, at: tuple[int, int] = (300, 200), size: tuple[int, int] = LANDSCAPE) -> Image.Image:
    picture = Image.effect_noise(size, 60).filter(ImageFilter.GaussianBlur(2)).convert("RGB")
    picture.paste(code, at, code)
    return picture


def seen_at_an_angle(code: Image.Image) -> Image.Image:
    """Return the code as a camera above its lower edge sees it: its upper edge is half as long."""
    side = code.width
    # A point (x, y) shows ((2x + y/2 - side/2) / (y/side + 1), 2y / (y/side + 1)) of the code: the lower edge stays in place.
    across, down, depth = (2, 0.5, -side / 2), (0, 2, 0), (0, 1 / side)
    return code.transform(code.size, Image.Transform.PERSPECTIVE, [*across, *down, *depth], Image.Resampling.BICUBIC)


def with_logo(code: Image.Image) -> Image.Image:
    middle, half = code.width // 2, code.width // 12
    ImageDraw.Draw(code).rectangle((middle - half, middle - half, middle + half, middle + half), fill="blue")
    return code


CODES: dict[str, Callable[[], Image.Image]] = {
    "plain": qr_code,
    "a small part of the picture": lambda: qr_code(scale=2),
    "large": lambda: qr_code(scale=12),
    "upside down": lambda: qr_code().rotate(180),
    "turned a little": lambda: qr_code().rotate(17, expand=True, resample=Image.Resampling.BICUBIC),
    "at an angle": lambda: seen_at_an_angle(qr_code()),
    "mirrored": lambda: ImageOps.mirror(qr_code()),
    "light on dark": lambda: qr_code(dark="white", light="black"),
    "in colours": lambda: qr_code(dark="#a02030", light="#f5e6c8"),
    "pale": lambda: qr_code(dark="#777777", light="#bbbbbb"),
    "out of focus": lambda: qr_code().filter(ImageFilter.GaussianBlur(2)),
    "with a logo": lambda: with_logo(qr_code()),
}


@pytest.mark.parametrize("name", CODES)
def test_m18_a_code_in_a_photograph_is_read(name: str) -> None:
    picture = on_photograph(CODES[name]())
    assert find_codes(picture) == LEADS_OUT
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60)
    assert find_codes(Image.open(out)) == LEADS_OUT


@pytest.mark.parametrize(("dark", "light"), [("black", None), ("white", None)])
def test_m18_a_code_on_a_transparent_background_is_read(dark: str, light: str | None) -> None:
    """An app shows it on its own background, white or black; without transparency, all its pixels can have one colour."""
    code = qr_code(dark=dark, light=light)
    flat = Image.new("RGBA", code.size, dark)
    flat.putalpha(code.getchannel("A"))
    assert find_codes(flat) == LEADS_OUT


def test_m18_each_code_of_a_picture_counts_and_each_product_once() -> None:
    picture = Image.new("RGB", (1200, 500), "white")
    texts = [LISTING, f"https://x.example/{LISTING}", "tb.cn/h.5a", SHOP, "早上好"]
    for index, text in enumerate(texts):
        picture.paste(qr_code(text, scale=4), (20 + 230 * index, 100))
    codes = find_codes(picture)
    assert (sorted(codes.products), codes.has_link) == ([LISTING, OUTSIDE], True)


def test_m18_a_sheet_of_codes_counts_as_3_products_and_an_unknown_one() -> None:
    ids = [f"lst_01J5ZK8Y0G7Q4E2M9V3B6N{number:04}" for number in range(100)]
    picture = Image.new("RGB", (1500, 1500), "white")
    picture.paste(qr_code(" ".join(ids[:50]), scale=4), (20, 20))
    picture.paste(qr_code(" ".join(ids[50:]), scale=4), (760, 760))
    (first, *more), has_link = find_codes(picture).products, find_codes(picture).has_link
    assert (first in ids, len(more), more[-1], has_link) == (True, 3, OUTSIDE, False)


def test_m18_decoys_hide_no_code() -> None:
    """Combinations of corner squares are limited in the library: 63 codes more are read, a hundred are not (decision 100)."""
    picture = Image.new("RGB", (1640, 1640), "white")
    for index in range(64):
        text = SHOP if index == 27 else f"https://a.example/{index:025d}"
        picture.paste(qr_code(text, scale=4).resize((200, 200), Image.Resampling.LANCZOS), (index % 8 * 205, index // 8 * 205))
    assert OUTSIDE in find_codes(picture).products


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("观鸟记录", NO_CODES),
        ("WIFI:S:birds;T:WPA;P:heron;;", NO_CODES),
        ("6901028315456", NO_CODES),
        (LISTING, Codes((LISTING,))),
        ("https://example.org/birds", Codes(has_link=True)),
        ("weixin://dl/business/?t=1", Codes(has_link=True)),
        ("淘宝 ｔａｏｂａｏ。ｃｏｍ", LEADS_OUT),
    ],
)
def test_m18_a_code_counts_as_its_text_would(text: str, codes: Codes) -> None:
    assert find_codes(qr_code(text)) == codes


def test_m18_photographs_without_a_code_lead_nowhere() -> None:
    pictures = [
        Image.effect_noise(LANDSCAPE, sigma).filter(ImageFilter.GaussianBlur(sigma / 20)) for sigma in range(20, 120, 10)
    ]
    assert [find_codes(picture) for picture in pictures] == [NO_CODES] * len(pictures)


@pytest.mark.parametrize("type", ["image/png", "image/jpeg", "image/webp"])
def test_m18_the_worker_reads_what_its_readers_load(type: str) -> None:
    out = io.BytesIO()
    on_photograph(qr_code()).save(out, type.removeprefix("image/"))
    assert clean(out.getvalue(), type).codes == LEADS_OUT


def test_m18_a_code_that_no_reader_can_load_does_not_count() -> None:
    """The stored picture is scaled down so far that its code has no modules left."""
    data = to_png(on_photograph(qr_code(scale=1), size=(2000, 1500)))
    with overridden(settings, picture_pixels=512):
        assert clean(data, "image/png").codes == NO_CODES
    assert clean(data, "image/png").codes == LEADS_OUT


def test_m18_the_codes_of_an_avatar_are_not_read() -> None:
    assert clean(coded_png(), "image/png", square=256).codes == NO_CODES
