"""The data files that are derived from libraries agree with them, and every tag is found by its pinyin."""

from __future__ import annotations

from collections import defaultdict

import pytest
from pypinyin import Style, pinyin

from infra import lexicons
from services.circles.taxonomy import SEARCH_NAMES, TONE, Tag, normalize_for_search, taxonomy
from services.shared.kernel import links

TAGS = list(taxonomy().tags.values())
STYLES = {"tone marks": Style.TONE, "numbers of tones": Style.TONE3, "without tones": Style.NORMAL}
LINES = [line.split("\t") for line in SEARCH_NAMES.read_text(encoding="utf-8").splitlines()]
SPELLINGS = {slug: set(names) for slug, *names in LINES}  # a search compares the query with these: see the last test


def readings_of(tag: Tag, style: Style) -> list[str]:
    """Return the reading of each Chinese name in a dictionary with phrases."""
    return [" ".join(readings[0] for readings in pinyin(name, style=style)) for name in (tag.zh, *tag.aliases)]


def test_the_files_are_as_derived() -> None:
    assert lexicons.top_level_domains() == links.FILE.read_text(encoding="utf-8"), "run: .venv/bin/python -m infra.lexicons"
    assert lexicons.search_names() == SEARCH_NAMES.read_text(encoding="utf-8"), "run: .venv/bin/python -m infra.lexicons"


def test_c15_a_name_belongs_to_one_tag_however_it_is_spelled() -> None:
    slugs = defaultdict(set)
    for tag in TAGS:
        for name in tag.names:
            slugs[normalize_for_search(name)].add(tag.slug)
            assert normalize_for_search(name) in SPELLINGS[tag.slug]
    assert [name for name, owners in slugs.items() if len(owners) > 1] == []


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_c15_every_tag_and_alias_is_found_by_the_reading_of_a_dictionary_with_phrases(style: Style) -> None:
    found = [
        (reading, TONE.sub("", normalize_for_search(reading)) in SPELLINGS[tag.slug] or reading in tag.names)
        for tag in TAGS
        for reading in readings_of(tag, style)
    ]
    assert len(found) > len(TAGS) > 2_500
    assert [reading for reading, is_found in found if not is_found] == []


def test_c15_a_search_finds_a_tag_by_each_of_its_spellings() -> None:
    for tag in TAGS[::25]:
        readings = (*readings_of(tag, Style.TONE), *readings_of(tag, Style.TONE3))
        texts = {*tag.names, tag.pinyin, *SPELLINGS[tag.slug] - {""}, *readings}
        for text in texts:
            assert (0, tag) in list(taxonomy().search(text)), text


def test_c15_the_shown_pinyin_is_a_reading_of_the_name() -> None:
    def is_reading(tag: Tag) -> bool:
        return tag.pinyin in (lexicons.spellings_of(tag.zh) or [normalize_for_search(tag.zh)])

    assert [(tag.zh, tag.pinyin) for tag in TAGS if not is_reading(tag)] == []


def test_no_name_has_more_readings_than_are_derived() -> None:
    names = {name for tag in TAGS for name in (tag.zh, *tag.aliases)}
    assert max(len(lexicons.spellings_of(name)) for name in names) < lexicons.MAX_READINGS
