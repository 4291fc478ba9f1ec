"""The links of an application contain only what a reviewer can read and open."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from services.review.schemas.links import Link, normalize_link

LINK: TypeAdapter[str] = TypeAdapter(Link)
GOOD = {
    "https://example.org/night-climbs?a=1&b=%E9%B8%9F#x": "https://example.org/night-climbs?a=1&b=%E9%B8%9F#x",
    "https://zh.wikipedia.org/wiki/观鸟": "https://zh.wikipedia.org/wiki/%E8%A7%82%E9%B8%9F",
    "https://例子.中国:8443/鸟?q=鸟": "https://xn--fsqu00a.xn--fiqs8s:8443/%E9%B8%9F?q=%E9%B8%9F",
}
BAD = [
    *(
        f"https://example.org/{bad}"
        for bad in ("\x1b[2J", "\x1b]0;a\x07", "\u202egnp", "a b", "\u2028", "\u200b", "\U000e0041", "\x7f")
    ),
    *(
        "https://",
        "https://bank.example@example.org/",
        "https:///path",
        "http://example.org",
        "https://a..b\u4e2d/",
        "https://" + "鸟" * 80,
        "https://e.org/" + "鸟" * 200,
    ),
]


@pytest.mark.parametrize("link", GOOD)
def test_a_link_is_stored_in_printable_ascii(link: str) -> None:
    assert LINK.validate_python(link) == GOOD[link]
    assert normalize_link(GOOD[link]) == GOOD[link]


@pytest.mark.parametrize("link", BAD, ids=ascii)
def test_a_link_with_anything_else_is_an_error(link: str) -> None:
    with pytest.raises(ValidationError):
        LINK.validate_python(link)
