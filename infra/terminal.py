"""Text of people in a terminal, where a control character is a command and a bidi override changes what is read."""

from __future__ import annotations

import unicodedata
from typing import Any

DRAWN = frozenset("\n\t\u200c\u200d")  # joiners: emoji and scripts need them


def escape_controls(value: Any) -> Any:
    """Return a JSON value with the control, format, separator and unassigned characters of its texts escaped."""
    if isinstance(value, str):
        return "".join(map(_escaped, value))
    if isinstance(value, list):
        return [escape_controls(part) for part in value]
    if isinstance(value, dict):
        return {escape_controls(name): escape_controls(part) for name, part in value.items()}
    return value


def _escaped(character: str) -> str:
    category = unicodedata.category(character)
    is_drawn = character in DRAWN or not (category[0] == "C" or category in ("Zl", "Zp"))
    return character if is_drawn else f"\\u{{{ord(character):04x}}}"
