"""The choice of a language from Accept-Language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.shared.http.languages import LANGUAGES, choose_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-TW", "zh"),
        ("ZH-hans-cn", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW,en;q=0.5", "zh"),
        ("en;q=0.1, zh-TW", "zh"),
        ("fr, en;q=0.4, zh;q=0.9", "zh"),
        ("en;q=0.5, zh;q=0.5", "en"),
        ("zh;q=0.5, en;q=0.5", "zh"),
        ("zh ; q=0.8 , en;Q=0.7", "zh"),
        ("zh;q=1.000", "zh"),
        (",zh,,", "zh"),
        ("fr", "en"),
        ("zhx, zha-Hans", "en"),
        ("x-zh", "en"),
        ("zh;q=0", "en"),
        ("zh;q=0.000, fr", "en"),
        ("zh;q=0, *", "en"),
        ("zh-TW;q=0, zh", "zh"),
        ("zh;q=0, zh-TW", "en"),
        ("en;q=0", "zh"),
        ("en;q=0, *", "zh"),
        ("*", "en"),
        ("*, zh;q=0.5", "zh"),  # lookup skips the wildcard: it says nothing about which language
        ("*;q=0", "en"),
        ("zh;q=2", "en"),
        ("zh;q=0.1234", "en"),
        ("zh;q=", "en"),
        ("zh;level=1", "en"),
        ("zh;;q=1", "en"),
        ("zh_CN", "en"),
        ("zh, \u202ezh", "en"),
        ("zh, toolongasubtag", "en"),
        ("zh," + "a," * 500, "en"),
    ],
)
def test_the_language_that_the_reader_prefers(header: str, language: str) -> None:
    assert choose_language(header) == language


@given(st.text(alphabet="zhenfr*-;q=01.9, \t", max_size=60))
def test_any_header_has_a_language(header: str) -> None:
    assert choose_language(header) in LANGUAGES
