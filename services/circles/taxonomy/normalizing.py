"""One form for texts that are searched: the query and what it is compared with pass the same function."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from services.shared.kernel.names.chinese import to_simplified

_ACCENTS = re.compile("[\u0300-\u036f]")  # of Latin, Greek and Cyrillic; the marks of kana make other syllables
_LATIN = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ɡ": "g", "ɑ": "a"}
_MEANINGFUL = "#&@%"  # two names can differ by these alone, as in C# or B&B


def normalize_for_search(text: str) -> str:
    """Return a text for comparison: one width, lower case, simplified Chinese, without accents, blanks and punctuation.

    A text of punctuation alone keeps it. Cost: 0.02 ms for a name; 20 ms for the first Chinese text of a process.
    """
    return to_simplified(normalize_spelling(text))


def normalize_spelling(text: str) -> str:
    """Return a text as `normalize_for_search` does, but in its own Chinese script."""
    spelled = _ACCENTS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()))
    compact = unicodedata.normalize("NFC", spelled.translate(_Spelling()))
    return compact or "".join(spelled.split())


class _Spelling:
    """A table for `str.translate` that knows every character."""

    def __getitem__(self, code_point: int) -> str:
        return _spelling_of(chr(code_point))


@lru_cache(maxsize=10_000)
def _spelling_of(character: str) -> str:
    category = unicodedata.category(character)
    is_separator = category[0] in "PZC" or character.isspace() or character in "ʼˈ`"
    return "" if is_separator and character not in _MEANINGFUL else _LATIN.get(character, character)
