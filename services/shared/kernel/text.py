"""Text that people send: normalised, and free of what hides or breaks."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

# Formatting characters that reorder or hide text. The zero-width joiner and non-joiner stay: emoji and scripts need them.
FORBIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
MAX_MARKS = 8


def clean(text: str) -> str:
    """NFC, without zero-width fillers and outer blanks; ValueError for control, bidi-override and unpaired surrogate
    characters and for more than 8 combining marks in a row."""
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if character in FORBIDDEN or category == "Cs" or (category == "Cc" and character not in "\n\t"):
            raise ValueError(f"holds a character that is not allowed: U+{ord(character):04X}")
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MAX_MARKS:
            raise ValueError(f"holds more than {MAX_MARKS} combining marks in a row")
    return unicodedata.normalize("NFC", text).translate(INVISIBLE).strip()


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("must not be blank")
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(clean), AfterValidator(_not_blank)]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(clean), AfterValidator(_not_blank)]
