"""The pinyin of names, by which a list of members is in order and is searched.

The readings are in `readings.txt`, which is derived (infra/lexicons.py): loading the library with its phrases would take half a
second of CPU time. The file takes 10 ms, and only a Chinese name or query loads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from services.circles.domain.profile import Name
from services.circles.taxonomy.normalizing import normalize_for_search

FILE = Path(__file__).with_name("readings.txt")
MAX_KEY = 160  # characters: 20 Chinese ones have at most 120, and a sort key of the table 1,024 bytes
MAX_PREFIXES = 4  # of one query; a character has at most as many readings in phrases
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


class _Readings(NamedTuple):
    """syllables: by character. phrases: whose syllables differ from those of their characters. longest: of these."""

    syllables: dict[str, str]
    phrases: dict[str, list[str]]
    longest: int


def name_of(text: str) -> Name:
    """Return a name with its key: pinyin for Chinese, lower case, without blanks, tones and punctuation."""
    return Name(text, _key(normalize_for_search(text))[:MAX_KEY])


@dataclass(frozen=True, slots=True)
class NameQuery:
    """The beginning of a name, in either Chinese script or in pinyin.

    prefixes: what the key of such a name begins with, in order; none is a prefix of another. In Chinese there is one more where
    the end of the query can begin a phrase with another reading: 重 is `zhong`, in 重庆 `chong`.
    """

    text: str
    prefixes: tuple[str, ...]

    @classmethod
    def parse(cls, query: str) -> NameQuery:
        text = normalize_for_search(query.replace("ü", "v"))
        keys = list(dict.fromkeys([_key(text), *_straddled(text)]))[:MAX_PREFIXES]
        distinct = {key for key in keys if not any(key != other and key.startswith(other) for other in keys)}
        return cls(text, tuple(sorted(key[:MAX_KEY] for key in distinct)))

    def matches(self, name: Name) -> bool:
        """Return whether a name begins with the query. A query in Chinese matches its characters, not their sound."""
        if _CHINESE.search(self.text):
            return normalize_for_search(name.text).startswith(self.text)
        return name.key.startswith(self.prefixes)


def _straddled(text: str) -> Iterator[str]:
    """Yield the keys of a query whose last characters begin a phrase that goes on behind it."""
    if not _CHINESE.search(text):
        return
    readings = _readings()
    for length in range(min(readings.longest - 1, len(text)), 0, -1):
        end, before = text[-length:], _key(text[:-length])
        for phrase, syllables in readings.phrases.items():
            if len(phrase) > length and phrase.startswith(end):
                yield before + "".join(syllables[:length])


def _key(text: str) -> str:
    if not _CHINESE.search(text):
        return text
    readings, parts, start = _readings(), list[str](), 0
    while start < len(text):
        phrase = next((text[start:end] for end in _ends(text, start) if text[start:end] in readings.phrases), text[start])
        parts += readings.phrases.get(phrase) or [readings.syllables.get(phrase, phrase)]
        start += len(phrase)
    return "".join(parts)


def _ends(text: str, start: int) -> range:
    """Return where a phrase that starts here can end, the longest first."""
    return range(min(start + _readings().longest, len(text)), start + 1, -1)


@cache
def _readings() -> _Readings:
    lines, _, phrases = FILE.read_text(encoding="utf-8").partition("\n\n")
    syllables = {character: syllable for syllable, of in map(str.split, lines.splitlines()) for character in of}
    by_phrase = {phrase: read.split() for phrase, _, read in (line.partition(" ") for line in phrases.splitlines())}
    return _Readings(syllables, by_phrase, max(map(len, by_phrase)))
