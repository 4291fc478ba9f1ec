"""The one rule for text that people type: what passes unchanged, what is removed, and what is an error."""

from __future__ import annotations

import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.shared.kernel.text import IGNORABLE, Line, Paragraph, count_characters, normalize_text

UNCHANGED = {
    "families": "👨‍👩‍👧‍👦 👩🏽‍🚀 🧑🏿‍🤝‍🧑🏻 ❤️‍🔥 🏴‍☠️ 🏳️‍⚧️ 🙂‍↔️ 👁️‍🗨️",
    "flags": "🇨🇳🇭🇰 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "keycaps": "1️⃣ #️⃣ ☎︎ ©️ ℹ️",
    "thai": "ที่นี่น้ำใจผู้ให้",
    "devanagari": "क्षत्रिय क्‍ष र्‍य क्‌ष हिन्दी",
    "bengali": "র‍্যাব",
    "malayalam": "അവന്‍ വന്നു",
    "sinhala": "ශ්‍රී ලංකා",
    "arabic": "مُحَمَّدٌ رَسُولُ ٱللَّٰهِ ۝١",
    "persian": "می‌خواهم کتاب‌ها ۱۴۰۰ ه‍",
    "hebrew": "בְּרֵאשִׁ֖ית",
    "hangul": "한국어 ㅋㅋㅋ ㅠㅠ",
    "tibetan": "བོད་སྐད། ཧྐྵྨླྺྼྻྂ",
    "burmese": "ကျွန်ုပ်တို့",
    "khmer": "ខ្ញុំស្រឡាញ់",
    "mongolian": "ᠮᠣᠩᠭᠣᠯ ᠪᠠᠭ᠎ᠠ",
    "chinese": "葛\U000e0100飾区 葛󠄁城 𠮷野家，观鸟　圈",
    "vietnamese": "Tiếng Việt được",
    "symbols": "(╯°□°)╯︵ ┻━┻ ¯\\_(ツ)_/¯ ★",
}
INVISIBLE = [
    *"\u3164\uffa0\u115f\u1160\u2800\u200b\u200c\u200d\u200e\u200f\u061c\u2060\u2063\ufeff\u00ad\u034f\u180e\ufe0f\u17b4\u0301\ufffc",
    *("\U000e0041", "\U000e0100", "\U0001d159", "\U0001d173", "\U00013441", "\u3000\u00a0\u2003"),
]
ZALGO = [
    "e" + "\u0301" * 9,
    "e" + "\u0301\u200b" * 1599,
    "e" + "\u0301\u200d" * 9,
    "é" + "\u0301" * 8,
    "क" + "\u0903\u0301" * 5,
]


@pytest.mark.parametrize("text", UNCHANGED.values(), ids=UNCHANGED)
def test_emoji_and_scripts_pass_unchanged(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert normalize_text(text, is_line=True) == composed
    assert normalize_text(text) == composed


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_a_text_has_something_visible(text: str) -> None:
    for invisible in (text, text * 3, f" {text}\n\u200b{text}"):
        with pytest.raises(ValueError, match=r"must-not-be-blank"):
            normalize_text(invisible)


def test_every_character_that_unicode_ignores_is_invisible_alone_and_removed_inside_a_word() -> None:
    ignorable = [character for character in map(chr, range(sys.maxunicode + 1)) if regex.match(r"\p{DI}", character)]
    assert len(ignorable) > 4000
    for character in ignorable:
        assert IGNORABLE.match(character), ascii(character)
        with pytest.raises(ValueError, match=r"must-not-be-blank|character-not-allowed"):
            normalize_text(character)
        try:
            assert normalize_text(f"a{character}b") == "ab", ascii(character)
        except ValueError as error:
            assert str(error) == "character-not-allowed"


@pytest.mark.parametrize(
    "text", ["a\u200db", "观\u200d鸟", "a\ufe0fb", "ab\u200d", "a\u200c\u200db", "\U000e0061ab", "a\u200eb\u200f"]
)
def test_what_shapes_nothing_is_removed(text: str) -> None:
    assert normalize_text(text) == "".join(character for character in text if not IGNORABLE.match(character))


def test_hidden_text_behind_an_emoji_is_removed() -> None:
    assert normalize_text("😀" + "".join(chr(0xE0100 + byte) for byte in b"hidden")) == "😀"
    assert normalize_text("😀" + "\ufe0f" * 9) == "😀\ufe0f"
    assert normalize_text("🏴" + "\U000e0061" * 50) == "🏴"


@pytest.mark.parametrize("text", ZALGO, ids=range(len(ZALGO)))
def test_combining_marks_are_counted_after_the_removal(text: str) -> None:
    with pytest.raises(ValueError, match=r"too-many-combining-marks"):
        normalize_text(text)


@pytest.mark.parametrize("separator", ["\r\n", "\r", "\u0085", "\u2028", "\u2029", "\n"], ids=ascii)
def test_a_separator_is_a_newline_and_no_line_has_one(separator: str) -> None:
    assert normalize_text(f"a{separator}b") == "a\nb"
    with pytest.raises(ValidationError, match=r"character-not-allowed"):
        TypeAdapter(Line).validate_python(f"a{separator}b")


@pytest.mark.parametrize("bad", ["\x1b[2Ja", "\x1b]0;a", "a\x9b", "a\u202eb", "a\u2066b", "a\ufdd0", "a\U0001ffff"], ids=ascii)
def test_commands_of_terminals_overrides_and_noncharacters_are_an_error(bad: str) -> None:
    with pytest.raises(ValueError, match=r"character-not-allowed"):
        normalize_text(bad)


def test_lengths_count_what_is_visible() -> None:
    family = "👨‍👩‍👧"
    line = TypeAdapter(Line)
    assert count_characters(family * 3) == 3
    assert line.validate_python(family * 60) == family * 60
    assert line.validate_python("नि" * 80)
    for long in ("鸟" * 81, "नि" * 81, "a" * 81, family * 70):
        with pytest.raises(ValidationError, match=r"at most"):
            line.validate_python(long)
    assert line.validate_python("a" + "\u200b" * 100 + "b") == "ab"
    with pytest.raises(ValidationError, match=r"at most"):
        TypeAdapter(Paragraph).validate_python("鸟" * 4001)


BASES = "aé\u094dकക\u0301یᠠ葛👩🏴\u1100\u1161 \n\u2028"
IGNORED = "\u200c\u200d\ufe0f\u180b\u180e\u3164\u200b\u00ad\U000e0100\U000e0061\U000e007f"


@given(st.text(BASES + IGNORED, max_size=12))
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    try:
        once = normalize_text(text)
    except ValueError:
        return
    assert normalize_text(once) == once
