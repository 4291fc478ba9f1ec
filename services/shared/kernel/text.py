"""The one rule for all text that people type. What a text means, such as a passcode in it, is checked elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from services.shared.kernel.errors import ValueInvalid

MAX_COMBINING_MARKS = 8  # of one base; the longest stack of Tibetan mantras has 8
# Code points per visible character: Tibetan and Thai need fewer; only some emoji have more. In a long text not every character
# needs as many, and its size in the table is its cost.
CODE_POINTS_PER_CHARACTER, MAX_CODE_POINTS = 4, 2000

LINE_BREAKS = re.compile(r"\r\n|[\r\x85\u2028\u2029]")
# Control characters, separators, formats that reorder text so that it reads differently from what it is, surrogates and
# noncharacters (SQS rejects a message that has U+FFFE, also an event about the text).
NOT_ALLOWED = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff" + "".join(
    rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17)
)
NOT_IN_TEXT, NOT_IN_LINE = re.compile(f"[{NOT_ALLOWED}]"), re.compile(rf"[\t\n{NOT_ALLOWED}]")
DIRECTIONS, PAGE_BREAKS = re.compile("[\u202a-\u202e\u2066-\u2069]"), re.compile("[\x0b\x0c]")
# Unicode's Default_Ignorable_Code_Point, which the standard library lacks, and the interlinear annotation characters.
IGNORABLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    r"\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Characters of other categories that are drawn as nothing: Braille blank, object replacement, null notehead, blank hieroglyphs.
BLANK = frozenset("\u2800\ufffc\U0001d159\U00013441\U00013442")
JOINER, JOINERS = "\u200d", "\u200c\u200d"
# Scripts that joiners shape: Hebrew to Vedic without Hangul, Devanagari Extended to Meetei Mayek, Kharoshthi to Makasar, Adlam.
SCRIPT = r"\u0590-\u10ff\u1200-\u1cff\ua800-\uabff\U00010a00-\U00011fff\U0001e900-\U0001e95f"
EMOJI = r"\u00a9\u00ae\u203c\u2049\u2100-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
# An ignorable character between its neighbours, where it shapes visible text.
SHAPING = re.compile(
    rf"[{SCRIPT}][{JOINERS}][{SCRIPT}]"
    rf"|[{EMOJI}\ufe0f]{JOINER}[{EMOJI}]"
    r"|[\u1820-\u18aa][\u180b-\u180f]"  # Mongolian
    r"|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\U000e0100-\U000e01ef]"  # variants of Chinese characters
)
FLAG = re.compile(r"\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")  # such as England's


def normalize_text(text: str, *, is_line: bool = False) -> str:
    """Return the text in NFC, without invisible characters and without blanks at both ends.

    Joiners, variation selectors and tags stay where they shape visible text: in emoji and in scripts that need them. Every line
    break is a newline.

    Raises: ValueInvalid (characters that are not allowed: control except newline and tab, bidi override, unpaired surrogate,
    noncharacter, in a line also line break and tab; more than 8 combining marks on one character; nothing visible).
    """
    if not is_line:
        text = LINE_BREAKS.sub("\n", text)
    if found := (NOT_IN_LINE if is_line else NOT_IN_TEXT).search(text):
        raise ValueInvalid("character-not-allowed", character=f"U+{ord(found[0]):04X}")
    text, before = unicodedata.normalize("NFC", text).strip(), ""
    while text != before:  # a removed character can bring marks together, whose new order leaves another one without effect
        text, before = unicodedata.normalize("NFC", _without_invisible(text)).strip(), text
    _require_few_marks(text)
    if not any(map(_is_visible, text)):
        raise ValueInvalid("must-not-be-blank")
    return text


def count_characters(text: str) -> int:
    """Return the number of visible characters (grapheme clusters): a family emoji is one."""
    import regex  # only a text of more code points than its limit needs it: no cold start loads it

    return len(regex.findall(r"\X", text))


def shorten(text: str, maximum: int) -> str:
    """Return the beginning of a text, at most `maximum` code points, cut between visible characters."""
    if len(text) <= maximum:
        return text
    import regex  # as above

    # One visible character of more code points than that, such as a chain of emoji, is cut itself.
    end = max((found.end() for found in regex.finditer(r"\X", text[: maximum + 1]) if found.end() <= maximum), default=maximum)
    return text[:end]


@dataclass(frozen=True)
class Text:
    """The type of a request's field that people type: `Annotated[str, Text(500)]`.

    maximum: the most visible characters. limit: the setting that can lower it. is_line: without line breaks and tabs.
    can_be_empty: another field can replace the text.
    is_pasted: only a program reads the text, so the direction marks that phones put around what is copied are removed.
    max_code_points: bounds the size in the table; one code point has at most 4 bytes.
    """

    maximum: int
    limit: Callable[[], int] | None = None
    is_line: bool = False
    is_pasted: bool = False
    can_be_empty: bool = False

    @property
    def max_code_points(self) -> int:
        return max(self.maximum, min(CODE_POINTS_PER_CHARACTER * self.maximum, MAX_CODE_POINTS))

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self.normalize, core_schema.str_schema(min_length=0 if self.can_be_empty else 1, max_length=self.max_code_points)
        )

    def normalize(self, text: str) -> str:
        if self.can_be_empty and not text:
            return text
        if self.is_pasted:
            text = PAGE_BREAKS.sub("\n", DIRECTIONS.sub("", text))
        text = normalize_text(text, is_line=self.is_line)
        maximum = min(self.maximum, self.limit()) if self.limit else self.maximum
        # Checked again: in NFC, one code point can become three.
        if len(text) > self.max_code_points or (len(text) > maximum and count_characters(text) > maximum):
            raise PydanticKnownError("string_too_long", {"max_length": maximum})
        return text


Line = Annotated[str, Text(80, is_line=True)]
Paragraph = Annotated[str, Text(2000)]


def _without_invisible(text: str) -> str:
    if not IGNORABLE.search(text):
        return text
    in_flags = {index for flag in FLAG.finditer(text) for index in range(*flag.span())}
    kept = ""  # what stays decides: so the same text results from a second pass
    for index, character in enumerate(text):
        after = text[index + 1 : index + 2]
        if index in in_flags or not IGNORABLE.match(character) or _shapes(kept[-1:], character, after):
            kept += character
    return kept


def _shapes(before: str, character: str, after: str) -> bool:
    """Return whether an ignorable character shapes the visible text around it."""
    if not before or before in JOINERS:
        return False
    if "\ufe00" <= character <= "\ufe0f":
        return _is_visible(before) and not (before.isascii() and before.isalpha())
    if IGNORABLE.match(after):
        after = ""
    if character == JOINER and (unicodedata.combining(before) == 9 or unicodedata.bidirectional(before) == "AL"):
        return True  # also at the end of a word: half forms, old Malayalam chillus, the Persian abbreviation of Hijri
    return SHAPING.fullmatch(before + character + after) is not None or SHAPING.fullmatch(before + character) is not None


def _require_few_marks(text: str) -> None:
    marks = 0
    for character in unicodedata.normalize("NFD", text):
        if character not in JOINERS:  # a joiner does not begin another character
            marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks > MAX_COMBINING_MARKS:
            raise ValueInvalid("too-many-combining-marks", limit=MAX_COMBINING_MARKS)


def _is_visible(character: str) -> bool:
    """Return whether a character is drawn on its own. One that this Python does not know yet can be a new emoji."""
    category = unicodedata.category(character)
    drawn = category[0] in "LNPS" or category == "Cn"
    return drawn and character not in BLANK and not IGNORABLE.match(character)
