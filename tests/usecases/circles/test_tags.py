"""Tags: found by any of their names, counted exactly, merged without loss."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.repository import tags as repository
from services.circles.taxonomy import normalize_for_search, taxonomy
from services.shared.kernel.errors import OperatorRequired
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.remaining_time import always
from services.shared.table.items import Attr
from simulation.setup.applications import OPERATOR
from simulation.setup.circles import create_circle, post_note
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_all_changes, handle_new_changes
from simulation.users import caller

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
TEN_BILLION = 10**10


def pass_night(simulation: Simulation) -> None:
    """Handle the stream, and let the nightly recount publish the counters of tags."""
    handle_new_changes(simulation, "circles")
    simulation.clock.advance(days=1)
    for _ in range(2):
        circles.recount_tags(simulation.circles, always)


def create_circles(simulation: Simulation, number: int) -> list[str]:
    """Create circles with the members Mei and Hao, each in another group of circles."""
    by_group: dict[str, str] = {}
    while len(by_group) < number:
        circle_id = create_circle(simulation, caller(f"owner-{simulation.new_id('usr')}"), MEI, HAO)
        by_group.setdefault(repository.circle_group(f"CIRCLE#{circle_id}"), circle_id)
    return list(by_group.values())


def exact_counts(simulation: Simulation, slug: str) -> dict[str, int]:
    return repository.get_counts(simulation.circles_table, slug, consistent_read=True)


def search(simulation: Simulation, text: str, category: str = "") -> list[str]:
    return [tag.slug for tag in circles.search_tags(simulation.circles, text, category, PageRequest(100)).items]


def test_c15_there_are_2500_complete_tags_in_categories() -> None:
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
            by_name.setdefault(normalize_for_search(name), set()).add(tag.slug)
    assert {name: slugs for name, slugs in by_name.items() if len(slugs) > 1} == {}
    for tag in taxonomy().tags.values():
        assert all(taxonomy().find_by_name(name) is tag for name in tag.names), tag


@pytest.mark.parametrize(
    "text", ["观鸟", "觀鳥", "guanniao", "Guan Niao", "birdwatching", "ＢＩＲＤＷＡＴＣＨＩＮＧ", "birding", " 观 鸟 "]
)
def test_c15_a_tag_is_found_by_chinese_in_either_script_pinyin_english_and_alias(text: str) -> None:
    assert search(Simulation(), text)[0] == "birdwatching"


def test_c15_pages_of_a_search_neither_skip_nor_repeat_a_tag() -> None:
    simulation = Simulation()
    whole = search(simulation, "摄影")
    seen, start = [], None
    while True:
        page, start = circles.search_tags(simulation.circles, "摄影", "", PageRequest(3, start))
        seen += [tag.slug for tag in page]
        if start is None:
            break
    assert seen == whole
    assert len(seen) == len(set(seen)) > 10
    assert {taxonomy().tags[slug].category for slug in search(simulation, "摄影", "photography")} == {"photography"}


def test_c15_notes_have_known_tags_by_their_canonical_names() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    note = post_note(simulation, circle_id, LIN, tags=("觀鳥", "birding", "#观鸟"))
    assert note.content.tags == ("观鸟",)
    with pytest.raises(errors.TagsUnknown) as error:
        post_note(simulation, circle_id, LIN, tags=("观鸟", "加微信 abc123"))
    assert [field.at for field in error.value.fields] == ["/tags/1"]


def test_c15_a_merge_of_two_tags_keeps_their_counts() -> None:
    simulation = Simulation()
    for circle_id in create_circles(simulation, 5):
        notes = [post_note(simulation, circle_id, MEI, tags=(tag,)) for tag in ("观鸟", "观鸟", "手冲咖啡") for _ in range(2)]
        circles.record_views(simulation.circles, HAO, circle_id, [note.id for note in notes])
    pass_night(simulation)
    with pytest.raises(OperatorRequired):
        circles.merge_tags(simulation.circles, LIN, "pour-over-coffee", "birdwatching")
    merged = circles.merge_tags(simulation.circles, OPERATOR, "pour-over-coffee", "birdwatching")
    assert (merged.tag.slug, merged.notes, merged.views) == ("birdwatching", 30, 30)
    assert search(simulation, "手冲咖啡") == ["birdwatching"]
    assert circles.get_tag(simulation.circles, "pour-over-coffee") == merged
    for _ in range(10):  # a note with the merged name counts too
        post_note(simulation, circle_id, MEI, tags=("手冲咖啡",))
    pass_night(simulation)
    assert circles.get_tag(simulation.circles, "birdwatching").notes == 40
    with pytest.raises(errors.TagsUnknown):
        circles.merge_tags(simulation.circles, OPERATOR, "birdwatching", "pour-over-coffee")


def test_c15_concurrent_merges_never_form_a_cycle() -> None:
    simulation = Simulation()
    pairs = [("birdwatching", "pour-over-coffee"), ("pour-over-coffee", "birdwatching")] * 8

    def merge(pair: tuple[str, str]) -> None:
        try:
            circles.merge_tags(simulation.circles, OPERATOR, *pair)
        except errors.TagsUnknown:
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(merge, pairs))
    assert len({circles.get_tag(simulation.circles, slug).tag.slug for slug in pairs[0]}) == 1


def test_c15_an_unknown_tag_is_not_found() -> None:
    with pytest.raises(errors.TagNotFound):
        circles.get_tag(Simulation().circles, "no-such-tag")


@pytest.mark.parametrize("sizes", [(3, 3), (2, 7), (7, 2), (1, 30), (49, 49)])
def test_c16_counters_are_exact_although_the_stream_is_redelivered_in_other_groups(sizes: tuple[int, int]) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    notes = [post_note(simulation, circle_id, LIN, tags=("观鸟", "手冲咖啡")[: 1 + number % 2]) for number in range(6)]
    for reader in (MEI, HAO):
        for start in (0, 3):
            circles.record_views(simulation.circles, reader, circle_id, [note.id for note in notes[start : start + 3]])
        simulation.clock.advance(days=1)
        circles.record_views(simulation.circles, reader, circle_id, [notes[0].id])
    circles.update_note(simulation.circles, LIN, circle_id, notes[0].id, change(notes[0].version), "改了", ("手冲咖啡",))
    circles.delete_note(simulation.circles, LIN, circle_id, notes[1].id)
    changes, at = all_changes(simulation, "circles"), 0
    while at < len(changes):
        circles.handle_changes(simulation.circles, changes[at : at + sizes[0]])
        circles.handle_changes(simulation.circles, changes[at : at + sizes[1]])  # as if the first response was lost
        at += max(sizes)
    assert exact_counts(simulation, "birdwatching") == {"notes": 4, "views": 14}
    assert exact_counts(simulation, "pour-over-coffee") == {"notes": 3, "views": 6}


def test_c16_a_recount_from_the_records_gives_the_same_counters() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    notes = [post_note(simulation, circle_id, LIN) for _ in range(5)]
    for _ in range(4):
        simulation.clock.advance(days=1)
        circles.record_views(simulation.circles, MEI, circle_id, [note.id for note in notes])
        handle_all_changes(simulation, "circles")
        handle_all_changes(simulation, "circles")
    assert exact_counts(simulation, "birdwatching") == {"notes": 5, "views": 20}
    assert circles.sum_counted_changes(simulation.circles) == {"birdwatching": {"notes": 5, "views": 20}}


def test_c16_counters_are_exact_past_ten_billion() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    for shard in range(repository.SHARDS):
        key = repository.shard_key("birdwatching", shard)
        simulation.circles_table.update(key, add={"views": TEN_BILLION - 1}, when=Attr("pk").not_exists())
    notes = [post_note(simulation, circle_id, LIN) for _ in range(9)]
    circles.record_views(simulation.circles, MEI, circle_id, [note.id for note in notes])
    handle_all_changes(simulation, "circles")
    assert exact_counts(simulation, "birdwatching")["views"] == repository.SHARDS * (TEN_BILLION - 1) + 9


def test_c16_many_tags_in_one_group_are_counted_in_several_transactions() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    names = [tag.zh for tag in list(taxonomy().tags.values())[:200]]
    for start in range(0, 200, 5):
        post_note(simulation, circle_id, LIN, tags=tuple(names[start : start + 5]))
    handle_all_changes(simulation, "circles")
    handle_all_changes(simulation, "circles")
    recounted = circles.sum_counted_changes(simulation.circles)
    assert len(recounted) == 200
    assert {moved["notes"] for moved in recounted.values()} == {1}
