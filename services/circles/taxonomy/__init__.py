"""The interests that circles and notes are tagged with: data, a file a category, and the search over it.

A line of a file is slug, Chinese name, English name, pinyin, traditional form, aliases. The slug is for good: counters and
merges go by it. Loaded when first asked for (some 15 ms)."""

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
    slug: str
    zh: str
    en: str
    pinyin: str
    traditional: str
    aliases: tuple[str, ...]
    category: str

    @property
    def names(self) -> tuple[str, ...]:
        """What names exactly this tag."""
        return (self.zh, self.traditional, self.en, self.slug, *self.aliases)


@dataclass(frozen=True)
class Taxonomy:
    tags: Mapping[str, Tag]

    @cached_property
    def _by_name(self) -> dict[str, Tag]:
        return {_plain(name): tag for tag in self.tags.values() for name in tag.names}

    @cached_property
    def _searched(self) -> list[tuple[Tag, tuple[str, ...]]]:
        """By slug, each with all that finds it."""
        return [(tag, (*map(_plain, tag.names), tag.pinyin)) for _, tag in sorted(self.tags.items())]

    def named(self, name: str) -> Tag | None:
        """The tag of exactly this name, in any of its forms."""
        plain = _plain(name).removeprefix("#")
        return self._by_name.get(plain) or self._by_name.get(fold(plain))

    def slugs(self, names: Iterable[str]) -> list[str]:
        return [tag.slug for tag in map(self.named, names) if tag]

    def search(self, text: str, category: str = "") -> Iterator[tuple[int, Tag]]:
        """Each tag that the text finds, with its rank: 0 the name itself, 1 its beginning, 2 a part of it. Best first, then
        by slug; the order never changes for the same data."""
        wanted = fold(text)
        ranked = []
        for tag, names in self._searched:
            rank = min((_rank(wanted, name) for name in names), default=3)
            if rank < 3 and category in ("", tag.category):
                ranked.append((rank, tag))
        yield from sorted(ranked, key=lambda pair: (pair[0], pair[1].slug))


def _rank(wanted: str, name: str) -> int:
    if wanted == name:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if len(wanted) > 1 and wanted in name else 3


def fold(text: str) -> str:
    """Text as it is compared and searched: without regard to width, case, blanks, and simplified or traditional script."""
    return str(_converter().convert(_plain(text)))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def _converter() -> Any:
    from opencc import OpenCC  # loaded when something is searched (20 ms)

    return OpenCC("t2s")


@cache
def taxonomy() -> Taxonomy:
    tags = [tag for path in sorted(FOLDER.glob("*.tsv")) for tag in _read(path)]
    return Taxonomy({tag.slug: tag for tag in tags})


def _read(path: Path) -> Iterator[Tag]:
    for line in path.read_text(encoding="utf-8").splitlines():
        slug, zh, en, pinyin, traditional, aliases = line.split("\t")
        yield Tag(slug, zh, en, pinyin, traditional, tuple(filter(None, aliases.split(","))), path.stem)
