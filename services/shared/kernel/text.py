"""Normalization of text from users. What a text means, such as a passcode in it, is checked elsewhere."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from services.shared.kernel.errors import ValueInvalid

# Formatting characters that reorder text, so that it reads differently from what it is. The zero-width joiner and
# non-joiner are allowed: emoji and scripts need them.
FORBIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NOT_IN_XML = frozenset("\ufffe\uffff")  # not characters; SQS rejects a message that has them, also an event about the text
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
MAX_COMBINING_MARKS = 8


def normalize_text(text: str) -> str:
    """Return the text in NFC, without zero-width fillers and without blanks at both ends.

    Raises: ValueInvalid (control, bidi override or unpaired surrogate characters, U+FFFE, U+FFFF; more than 8 combining marks
    in a row).
    """
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if character in FORBIDDEN | NOT_IN_XML or category == "Cs" or (category == "Cc" and character not in "\n\t"):
            raise ValueInvalid("character-not-allowed", character=f"U+{ord(character):04X}")
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MAX_COMBINING_MARKS:
            raise ValueInvalid("too-many-combining-marks", limit=MAX_COMBINING_MARKS)
    return unicodedata.normalize("NFC", text).translate(INVISIBLE).strip()


def require_not_blank(text: str) -> str:
    if not text:
        raise ValueInvalid("must-not-be-blank")
    return text


_normalized, _not_blank = AfterValidator(normalize_text), AfterValidator(require_not_blank)
Line = Annotated[str, StringConstraints(min_length=1, max_length=80), _normalized, _not_blank]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=4000), _normalized, _not_blank]
