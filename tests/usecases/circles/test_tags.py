"""Interests: found by any of their names, counted exactly, merged without loss."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.repository import tags as repository
from services.circles.taxonomy import fold, taxonomy
from services.shared.kernel.errors import Forbidden
from services.shared.table.port import Attr
from simulation.setup.circles import (
    changes_of,
    circle_with,
    follow,
    post,
)
from simulation.setup.common import OPERATOR
from simulation.simulation import World, person

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
TEN_BILLION = 10**10


def found(world: World, text: str, category: str = "") -> list[str]:
    return [tag.slug for tag in circles.search_tags(world.circles, text, category, 100, None)[0]]


def test_c15_there_are_2500_tags_in_categories_and_each_is_whole() -> None:
    tags = taxonomy().tags.values()
    assert len(tags) >= 2_500
    assert len({tag.category for tag in tags}) >= 20
    for tag in tags:
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", tag.slug), tag
        assert re.fullmatch("[a-z0-9]+", tag.pinyin), tag
        assert len(tag.zh) == len(tag.traditional), tag
        assert tag.en, tag
        assert tag.zh, tag


def test_c15_every_name_leads_to_one_tag() -> None:
    by_name: dict[str, set[str]] = {}
    for tag in taxonomy().tags.values():
        for name in tag.names:
            by_name.setdefault(fold(name), set()).add(tag.slug)
    assert {name: slugs for name, slugs in by_name.items() if len(slugs) > 1} == {}
    for tag in taxonomy().tags.values():
        assert all(taxonomy().named(name) is tag for name in tag.names), tag


@pytest.mark.parametrize(
    "text", ["观鸟", "觀鳥", "guanniao", "Guan Niao", "birdwatching", "ＢＩＲＤＷＡＴＣＨＩＮＧ", "birding", " 观 鸟 "]
)
def test_c15_a_tag_is_found_by_chinese_in_either_script_pinyin_english_and_alias(text: str) -> None:
    assert found(World(), text)[0] == "birdwatching"


def test_c15_pages_of_a_search_neither_lose_nor_repeat() -> None:
    world = World()
    whole = found(world, "摄影")
    seen, start = [], None
    while True:
        page, start = circles.search_tags(world.circles, "摄影", "", 3, start)
        seen += [tag.slug for tag in page]
        if start is None:
            break
    assert seen == whole
    assert len(seen) == len(set(seen)) > 10
    assert {taxonomy().tags[slug].category for slug in found(world, "摄影", "photography")} == {"photography"}


def test_c15_notes_carry_known_tags_by_their_one_name_and_no_others() -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    note = post(world, circle_id, LIN, tags=("觀鳥", "birding", "#观鸟"))
    assert note.content.tags == ("观鸟",)
    with pytest.raises(errors.TagsUnknown) as refused:
        post(world, circle_id, LIN, tags=("观鸟", "加微信 abc123"))
    assert [field.at for field in refused.value.fields] == ["/tags/1"]


def test_c15_a_merge_of_two_tags_keeps_their_counts() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    notes = [post(world, circle_id, LIN, tags=(tag,)) for tag in ("观鸟", "观鸟", "手冲咖啡")]
    circles.record_views(world.circles, MEI, circle_id, [note.id for note in notes])
    follow(world)
    with pytest.raises(Forbidden):
        circles.merge_tags(world.circles, LIN, "pour-over-coffee", "birdwatching")
    merged = circles.merge_tags(world.circles, OPERATOR, "pour-over-coffee", "birdwatching")
    assert (merged.tag.slug, merged.notes, merged.views) == ("birdwatching", 3, 3)
    assert found(world, "手冲咖啡") == ["birdwatching"]
    assert circles.get_tag(world.circles, "pour-over-coffee") == merged
    post(world, circle_id, LIN, tags=("手冲咖啡",))  # what still comes under the old name counts too
    follow(world)
    assert circles.get_tag(world.circles, "birdwatching").notes == 4
    with pytest.raises(errors.TagsUnknown):
        circles.merge_tags(world.circles, OPERATOR, "birdwatching", "pour-over-coffee")


def test_c15_merges_of_operators_at_once_never_lead_around_in_a_circle() -> None:
    world = World()
    pairs = [("birdwatching", "pour-over-coffee"), ("pour-over-coffee", "birdwatching")] * 8

    def merge(pair: tuple[str, str]) -> None:
        try:
            circles.merge_tags(world.circles, OPERATOR, *pair)
        except errors.TagsUnknown:
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(merge, pairs))
    assert len({circles.get_tag(world.circles, slug).tag.slug for slug in pairs[0]}) == 1


def test_c15_a_tag_that_is_not_there_is_not_found() -> None:
    with pytest.raises(errors.TagNotFound):
        circles.get_tag(World().circles, "no-such-tag")


@pytest.mark.parametrize("sizes", [(3, 3), (2, 7), (7, 2), (1, 30), (49, 49)])
def test_c16_counters_are_exact_although_the_stream_comes_again_in_other_groups(sizes: tuple[int, int]) -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    notes = [post(world, circle_id, LIN, tags=("观鸟", "手冲咖啡")[: 1 + number % 2]) for number in range(6)]
    for reader in (MEI, HAO):
        for start in (0, 3):
            circles.record_views(world.circles, reader, circle_id, [note.id for note in notes[start : start + 3]])
        world.clock.advance(days=1)
        circles.record_views(world.circles, reader, circle_id, [notes[0].id])
    circles.update_note(world.circles, LIN, circle_id, notes[0].id, "改了", ("手冲咖啡",))
    circles.remove_note(world.circles, LIN, circle_id, notes[1].id)
    changes, at = changes_of(world), 0
    while at < len(changes):
        circles.handle_changes(world.circles, changes[at : at + sizes[0]])
        circles.handle_changes(world.circles, changes[at : at + sizes[1]])  # as if the first answer was lost
        at += max(sizes)
    birds, coffee = (circles.get_tag(world.circles, slug) for slug in ("birdwatching", "pour-over-coffee"))
    assert (birds.notes, coffee.notes) == (4, 3)
    assert (birds.views, coffee.views) == (14, 6)


def test_c16_a_replay_of_the_record_gives_the_same_sum() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    notes = [post(world, circle_id, LIN) for _ in range(5)]
    for _ in range(4):
        world.clock.advance(days=1)
        circles.record_views(world.circles, MEI, circle_id, [note.id for note in notes])
        follow(world)
        follow(world)
    metrics = circles.get_tag(world.circles, "birdwatching")
    assert (metrics.notes, metrics.views) == (5, 20)
    assert circles.recount_tags(world.circles) == {"birdwatching": {"notes": 5, "views": 20}}


def test_c16_counters_are_exact_past_ten_billion() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    for shard in range(repository.SHARDS):
        key = repository.shard_key("birdwatching", shard)
        world.circles_table.update(key, add={"views": TEN_BILLION - 1}, when=Attr("pk").not_exists())
    notes = [post(world, circle_id, LIN) for _ in range(9)]
    circles.record_views(world.circles, MEI, circle_id, [note.id for note in notes])
    follow(world)
    assert circles.get_tag(world.circles, "birdwatching").views == repository.SHARDS * (TEN_BILLION - 1) + 9


def test_c16_many_tags_in_one_group_are_counted_in_several_transactions() -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    names = [tag.zh for tag in list(taxonomy().tags.values())[:200]]
    for start in range(0, 200, 5):
        post(world, circle_id, LIN, tags=tuple(names[start : start + 5]))
    follow(world)
    follow(world)
    recounted = circles.recount_tags(world.circles)
    assert len(recounted) == 200
    assert {moved["notes"] for moved in recounted.values()} == {1}
