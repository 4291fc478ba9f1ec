"""Pins, and the archive of a circle's best with its search."""

from __future__ import annotations

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from simulation.setup.circles import circle_with, follow, post
from simulation.simulation import World, person

LIN, MEI = person("lin"), person("mei")


def archived(world: World, circle_id: str, text: str = "", reader: Caller = MEI, limit: int = 20) -> list[str]:
    """The texts of what the archive shows, over all pages."""
    found: list[str] = []
    start: Item | None = None
    while True:
        page, start = circles.list_highlights(world.circles, reader, circle_id, text, limit, start)
        assert len(page) <= limit
        found += [one.note.content.text for one in page]
        if start is None:
            return found


def test_c17_five_notes_are_pinned_newest_first_and_a_removed_one_leaves() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    notes = [post(world, circle_id, MEI, f"第{number}篇") for number in range(6)]
    for note in notes[:5]:
        circles.pin_note(world.circles, LIN, circle_id, note.id)
    circles.pin_note(world.circles, LIN, circle_id, notes[0].id)  # again: the same
    with pytest.raises(errors.TooManyPins):
        circles.pin_note(world.circles, LIN, circle_id, notes[5].id)
    with pytest.raises(errors.NotAllowed):
        circles.pin_note(world.circles, MEI, circle_id, notes[5].id)
    shown = [one.note.id for one in circles.list_pins(world.circles, MEI, circle_id)]
    assert shown == [note.id for note in reversed(notes[:5])]
    circles.remove_note(world.circles, MEI, circle_id, notes[4].id)
    assert [one.note.id for one in circles.list_pins(world.circles, MEI, circle_id)] == shown[1:]
    circles.unpin_note(world.circles, LIN, circle_id, notes[4].id)
    circles.pin_note(world.circles, LIN, circle_id, notes[5].id)
    assert circles.list_pins(world.circles, MEI, circle_id)[0].note.id == notes[5].id


def test_c17_the_archive_holds_what_was_put_in_until_it_is_taken_back() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    first, second, _ = (post(world, circle_id, MEI, text) for text in ("第一篇", "第二篇", "第三篇"))
    for note in (first, second):
        assert circles.highlight_note(world.circles, LIN, circle_id, note.id, on=True).archived_at
    with pytest.raises(errors.NotAllowed):
        circles.highlight_note(world.circles, MEI, circle_id, first.id, on=True)
    follow(world)
    assert archived(world, circle_id) == ["第二篇", "第一篇"]
    circles.remove_note(world.circles, MEI, circle_id, second.id)
    assert archived(world, circle_id) == ["第一篇"], "at once, before the stream has told of it"
    follow(world)
    assert archived(world, circle_id) == ["第一篇"]
    circles.highlight_note(world.circles, LIN, circle_id, first.id, on=False)
    follow(world)
    assert archived(world, circle_id) == []


@pytest.mark.parametrize("text", ["上海", "東方大葦鶯", "东方大苇莺", "观鸟", "ＳＨ 鸟会"])
def test_c17_the_archive_is_searched_in_either_script(text: str) -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    wanted = post(world, circle_id, MEI, "我家在上海东边，看到东方大苇莺。SH鸟会也在。")
    other = post(world, circle_id, MEI, "手冲一杯。", tags=("手冲咖啡",))
    for note in (wanted, other):
        circles.highlight_note(world.circles, LIN, circle_id, note.id, on=True)
    follow(world)
    assert archived(world, circle_id, text) == [wanted.content.text]


def test_c17_a_search_follows_edits_and_pages_without_loss() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    notes = [post(world, circle_id, LIN, f"{'白鹭' if number % 3 else '苍鹭'}{number}") for number in range(130)]
    for note in notes:
        circles.highlight_note(world.circles, LIN, circle_id, note.id, on=True)
    circles.update_note(world.circles, LIN, circle_id, notes[0].id, "白鹭改", ())
    follow(world)
    wanted = [note.content.text for note in reversed(notes) if note.content.text.startswith("白鹭")]
    assert archived(world, circle_id, "白鹭", limit=7) == [*wanted, "白鹭改"]


def test_c17_nobody_outside_reads_pins_or_archive() -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    for attempt in (
        lambda: circles.list_pins(world.circles, MEI, circle_id),
        lambda: circles.list_highlights(world.circles, MEI, circle_id, "", 20, None),
    ):
        with pytest.raises(errors.CircleNotFound):
            attempt()


def test_c17_pins_of_notes_that_are_gone_give_way() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    notes = [post(world, circle_id, MEI, f"第{number}篇") for number in range(6)]
    for note in notes[:5]:
        circles.pin_note(world.circles, LIN, circle_id, note.id)
        circles.remove_note(world.circles, MEI, circle_id, note.id)
    circles.pin_note(world.circles, LIN, circle_id, notes[5].id)
    assert [one.note.id for one in circles.list_pins(world.circles, MEI, circle_id)] == [notes[5].id]


def test_c14_likes_are_shown_where_the_notes_are_far_apart() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    notes = [post(world, circle_id, LIN, f"第{number}篇") for number in range(30)]
    for note in notes:
        circles.like_note(world.circles, MEI, circle_id, note.id)
    for note in (notes[0], notes[29]):
        circles.pin_note(world.circles, LIN, circle_id, note.id)
    assert [one.liked for one in circles.list_pins(world.circles, MEI, circle_id)] == [True, True]
    assert [one.liked for one in circles.list_pins(world.circles, LIN, circle_id)] == [False, False]


def test_c17_a_long_note_is_found_by_its_tags() -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    note = post(world, circle_id, LIN, "长" * 4000)
    circles.highlight_note(world.circles, LIN, circle_id, note.id, on=True)
    follow(world)
    assert len(archived(world, circle_id, "观鸟", reader=LIN)) == 1
