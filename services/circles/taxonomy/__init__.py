"""The tags of circles and notes: data, one file per category, and the search in them.

A line has slug, Chinese name, English name, pinyin, traditional Chinese name, aliases. A slug never changes: counters and
merges refer to it. The files are loaded at first use (about 15 ms).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Tag:
    """A tag; `zh` is its canonical name."""

    slug: str
    zh: str
    en: str
    pinyin: str
    traditional: str
    aliases: tuple[str, ...]
    category: str

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of this tag."""
        return (self.zh, self.traditional, self.en, self.slug, *self.aliases)


@dataclass(frozen=True)
class Taxonomy:
    """All tags, by slug."""

    tags: Mapping[str, Tag]

    @cached_property
    def _by_name(self) -> dict[str, Tag]:
        return {_plain(name): tag for tag in self.tags.values() for name in tag.names}

    @cached_property
    def _search_names(self) -> list[tuple[Tag, tuple[str, ...]]]:
        """All tags, sorted by slug, with the names that the search compares."""
        return [(tag, (*map(_plain, tag.names), tag.pinyin)) for _, tag in sorted(self.tags.items())]

    def find_by_name(self, name: str) -> Tag | None:
        """Return the tag with exactly this name, with or without `#`, in either Chinese script."""
        plain = _plain(name).removeprefix("#")
        return self._by_name.get(plain) or self._by_name.get(normalize_for_search(plain))

    def slugs(self, names: Iterable[str]) -> list[str]:
        return [tag.slug for tag in map(self.find_by_name, names) if tag]

    def search(self, text: str, category: str = "") -> Iterator[tuple[int, Tag]]:
        """Yield the matching tags with their rank: 0 for a whole name, 1 for its beginning, 2 for a part of it.

        Sorted by rank, then by slug: the order never changes for the same data, so pages neither lose nor repeat tags.
        """
        query = normalize_for_search(text)
        ranked = []
        for tag, names in self._search_names:
            rank = min((_rank(query, name) for name in names), default=3)
            if rank < 3 and category in ("", tag.category):
                ranked.append((rank, tag))
        yield from sorted(ranked, key=lambda pair: (pair[0], pair[1].slug))


def _rank(query: str, name: str) -> int:
    if query == name:
        return 0
    if name.startswith(query):
        return 1
    return 2 if len(query) > 1 and query in name else 3


def normalize_for_search(text: str) -> str:
    """Return text for comparison: one width, lower case, no spaces, simplified Chinese."""
    return str(_converter().convert(_plain(text)))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def _converter() -> Any:
    from opencc import OpenCC  # takes 20 ms, so only a search loads it

    return OpenCC("t2s")


@cache
def taxonomy() -> Taxonomy:
    tags = [tag for path in sorted(FOLDER.glob("*.tsv")) for tag in _read(path)]
    return Taxonomy({tag.slug: tag for tag in tags})


def _read(path: Path) -> Iterator[Tag]:
    for line in path.read_text(encoding="utf-8").splitlines():
        slug, zh, en, pinyin, traditional, aliases = line.split("\t")
        yield Tag(slug, zh, en, pinyin, traditional, tuple(filter(None, aliases.split(","))), path.stem)
