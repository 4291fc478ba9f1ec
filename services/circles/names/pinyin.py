"""The pinyin of names, by which a list of members is in order and is searched.

The readings are in `readings.txt`, which is derived (infra/lexicons.py): loading the library with its phrases would take half a
second of CPU time. The file takes 10 ms, and only a Chinese name or query loads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

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


def name_key(name: str) -> str:
    """Return the text that puts a name in order: pinyin for Chinese, lower case, without blanks, tones and punctuation."""
    return _key(normalize_for_search(name))[:MAX_KEY]


def name_key_prefixes(query: str) -> list[str]:
    """Return in order the prefixes of the keys of all names that can begin with the query, at most 4.

    In Chinese there is one more where the end of the query can be the beginning of a phrase with another reading: 重 is
    `zhong`, in 重庆 `chong`. None is a prefix of another.
    """
    text = normalize_for_search(query.replace("ü", "v"))
    keys = list(dict.fromkeys([_key(text), *_straddled(text)]))[:MAX_PREFIXES]
    return sorted(key[:MAX_KEY] for key in keys if not any(key != other and key.startswith(other) for other in keys))


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
