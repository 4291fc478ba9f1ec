"""The tags of circles and notes: data, one file per category, and the search in them.

A line has slug, Chinese name, English name, pinyin, traditional Chinese name, aliases. A slug never changes: counters and
merges refer to it. The files are loaded at first use (about 15 ms).

`search_names.txt` is derived from them by `infra/lexicons.py`: a line per tag, sorted by slug, with the slug, its names as
`normalize_for_search` returns them, an empty field, and the spellings of their pinyin.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.circles.taxonomy.normalizing import normalize_for_search as normalize_for_search
from services.circles.taxonomy.normalizing import normalize_spelling

FOLDER = Path(__file__).parent
SEARCH_NAMES = FOLDER / "search_names.txt"
TONE = re.compile(r"(?<=[a-z])[0-5]")


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
class SearchNames:
    """The names and spellings of all tags in one text, and where the line of each tag ends in it."""

    text: str
    slugs: tuple[str, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> SearchNames:
        slugs = tuple(line.partition("\t")[0] for line in text.splitlines())
        return cls(text, slugs, tuple(line.end() for line in re.finditer("\n", text)))

    def slugs_with(self, part: str) -> Iterator[str]:
        """Yield the slug of each line that contains this text, in order, each once."""
        at = self.text.find(part)
        while 0 <= at < len(self.text):
            line = bisect_right(self.ends, at)
            yield self.slugs[line]
            at = self.text.find(part, self.ends[line])

    def by_name(self) -> Iterator[tuple[str, str]]:
        """Yield every name with its slug."""
        for line in self.text.splitlines():
            slug, *names = line.partition("\t\t")[0].split("\t")
            yield from ((name, slug) for name in names)


@dataclass(frozen=True)
class Taxonomy:
    """All tags, by slug."""

    tags: Mapping[str, Tag]

    def find_by_name(self, name: str) -> Tag | None:
        """Return the tag with exactly this name, with or without `#`, in either Chinese script."""
        plain = normalize_spelling(name).removeprefix("#")
        slug = _slug_by_name().get(plain) or _slug_by_name().get(normalize_for_search(plain))
        return self.tags[slug] if slug else None

    def slugs(self, names: Iterable[str]) -> list[str]:
        return [tag.slug for tag in map(self.find_by_name, names) if tag]

    def search(self, text: str, category: str = "") -> Iterator[tuple[int, Tag]]:
        """Yield the matching tags with their rank: 0 for a whole name, 1 for its beginning, 2 for a part of it.

        Pinyin matches with any reading of the characters that have several, with tone marks, and with numbers of tones if
        nothing matches otherwise. Sorted by rank, then by slug: the order never changes for the same data, so pages neither
        lose nor repeat tags. Cost: 1 ms at most, plus that of `normalize_for_search`.
        """
        query = normalize_for_search(text).removeprefix("#")
        ranks = (_ranks(query) or _ranks(TONE.sub("", query))) if query else dict.fromkeys(self.tags, 0)
        for rank, slug in sorted((rank, slug) for slug, rank in ranks.items()):
            tag = self.tags[slug]
            if category in ("", tag.category):
                yield rank, tag


def _ranks(query: str) -> dict[str, int]:
    """Return the best rank of each tag that matches. A whole name is between two tabs, a beginning is after one."""
    ranks: dict[str, int] = {}
    for rank, part in enumerate((f"\t{query}\t", f"\t{query}", query)):
        for slug in _search_names().slugs_with(part):
            ranks.setdefault(slug, rank)
    return ranks


@cache
def _search_names() -> SearchNames:
    return SearchNames.of(SEARCH_NAMES.read_text(encoding="utf-8"))


@cache
def _slug_by_name() -> Mapping[str, str]:
    return dict(_search_names().by_name())


@cache
def taxonomy() -> Taxonomy:
    tags = [tag for path in sorted(FOLDER.glob("*.tsv")) for tag in _read(path)]
    return Taxonomy({tag.slug: tag for tag in tags})


def _read(path: Path) -> Iterator[Tag]:
    for line in path.read_text(encoding="utf-8").splitlines():
        slug, zh, en, pinyin, traditional, aliases = line.split("\t")
        yield Tag(slug, zh, en, pinyin, traditional, tuple(filter(None, aliases.split(","))), path.stem)
