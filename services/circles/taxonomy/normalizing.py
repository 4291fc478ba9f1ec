"""One form for texts that are searched: the query and what it is compared with pass the same function."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

_ACCENTS = re.compile("[\u0300-\u036f]")  # of Latin, Greek and Cyrillic; the marks of kana make other syllables
_LATIN = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ɡ": "g", "ɑ": "a"}
_MEANINGFUL = "#&@%"  # two names can differ by these alone, as in C# or B&B
_CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
# Variants of Chinese characters that OpenCC leaves as they are, because they have another use as well.
_VARIANTS = str.maketrans(
    "薰揹著鍊煖姪鉋籐蔴煑砲碁菓蹓倣毬苺粧兎鎗鬪饍搾鱻銲姊妳蕃黏", "熏背着链暖侄刨藤麻煮炮棋果遛仿球莓妆兔枪斗膳榨鲜焊姐你番粘"
)


def normalize_for_search(text: str) -> str:
    """Return a text for comparison: one width, lower case, simplified Chinese, without accents, blanks and punctuation.

    A text of punctuation alone keeps it. Cost: 0.02 ms for a name; 20 ms for the first Chinese text of a process.
    """
    plain = normalize_spelling(text)
    return str(_converter().convert(plain)).translate(_VARIANTS) if _CHINESE.search(plain) else plain


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


@cache
def _converter() -> Any:
    from opencc import OpenCC  # takes 20 ms, so only a search loads it

    return OpenCC("t2s")
