"""Pinned notes, and highlights with their search."""

from __future__ import annotations

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.shared.kernel.pages import PageRequest, Position
from services.shared.security.auth import Caller
from simulation.setup.circles import create_circle, post_note
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes
from simulation.users import caller

LIN, MEI = caller("lin"), caller("mei")


def highlighted_texts(
    simulation: Simulation, circle_id: str, text: str = "", reader: Caller = MEI, limit: int = 20
) -> list[str]:
    """Return the texts of the highlights, over all pages."""
    texts: list[str] = []
    start: Position | None = None
    while True:
        page, start = circles.list_highlights(simulation.circles, reader, circle_id, text, PageRequest(limit, start))
        assert len(page) <= limit
        texts += [view.note.content.text for view in page]
        if start is None:
            return texts


def test_c17_five_notes_are_pinned_newest_first_and_a_removed_one_disappears() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    notes = [post_note(simulation, circle_id, MEI, f"第{number}篇") for number in range(6)]
    for note in notes[:5]:
        circles.pin_note(simulation.circles, LIN, circle_id, note.id)
    circles.pin_note(simulation.circles, LIN, circle_id, notes[0].id)  # a repeat changes nothing
    with pytest.raises(errors.PinLimitReached):
        circles.pin_note(simulation.circles, LIN, circle_id, notes[5].id)
    with pytest.raises(errors.RoleNotAllowed):
        circles.pin_note(simulation.circles, MEI, circle_id, notes[5].id)
    shown = [view.note.id for view in circles.list_pins(simulation.circles, MEI, circle_id).items]
    assert shown == [note.id for note in reversed(notes[:5])]
    circles.delete_note(simulation.circles, MEI, circle_id, notes[4].id)
    assert [view.note.id for view in circles.list_pins(simulation.circles, MEI, circle_id).items] == shown[1:]
    circles.unpin_note(simulation.circles, LIN, circle_id, notes[4].id)
    circles.pin_note(simulation.circles, LIN, circle_id, notes[5].id)
    assert circles.list_pins(simulation.circles, MEI, circle_id).items[0].note.id == notes[5].id


def test_c17_a_note_is_listed_from_highlighting_to_unhighlighting() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    first, second, _ = (post_note(simulation, circle_id, MEI, text) for text in ("第一篇", "第二篇", "第三篇"))
    for note in (first, second):
        assert circles.highlight_note(simulation.circles, LIN, circle_id, note.id).highlighted_at
    with pytest.raises(errors.RoleNotAllowed):
        circles.highlight_note(simulation.circles, MEI, circle_id, first.id)
    handle_all_changes(simulation, "circles")
    assert highlighted_texts(simulation, circle_id) == ["第二篇", "第一篇"]
    circles.delete_note(simulation.circles, MEI, circle_id, second.id)
    assert highlighted_texts(simulation, circle_id) == ["第一篇"], (
        "a removed note disappears at once, before its stream record is handled"
    )
    handle_all_changes(simulation, "circles")
    assert highlighted_texts(simulation, circle_id) == ["第一篇"]
    circles.unhighlight_note(simulation.circles, LIN, circle_id, first.id)
    handle_all_changes(simulation, "circles")
    assert highlighted_texts(simulation, circle_id) == []


@pytest.mark.parametrize("text", ["上海", "東方大葦鶯", "东方大苇莺", "观鸟", "ＳＨ 鸟会"])
def test_c17_highlights_are_searched_in_either_script(text: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    wanted = post_note(simulation, circle_id, MEI, "我家在上海东边，看到东方大苇莺。SH鸟会也在。")
    other = post_note(simulation, circle_id, MEI, "手冲一杯。", tags=("手冲咖啡",))
    for note in (wanted, other):
        circles.highlight_note(simulation.circles, LIN, circle_id, note.id)
    handle_all_changes(simulation, "circles")
    assert highlighted_texts(simulation, circle_id, text) == [wanted.content.text]


def test_c17_a_search_reflects_edits_and_no_page_skips_a_note() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    notes = [post_note(simulation, circle_id, LIN, f"{'白鹭' if number % 3 else '苍鹭'}{number}") for number in range(130)]
    for note in notes:
        circles.highlight_note(simulation.circles, LIN, circle_id, note.id)
    version = circles.get_note(simulation.circles, LIN, circle_id, notes[0].id).note.version
    circles.update_note(simulation.circles, LIN, circle_id, notes[0].id, change(version), "白鹭改", ())
    handle_all_changes(simulation, "circles")
    wanted = [note.content.text for note in reversed(notes) if note.content.text.startswith("白鹭")]
    assert highlighted_texts(simulation, circle_id, "白鹭", limit=7) == [*wanted, "白鹭改"]


def test_c17_a_stranger_reads_neither_pins_nor_highlights() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    with pytest.raises(errors.CircleNotFound):
        circles.list_pins(simulation.circles, MEI, circle_id)
    with pytest.raises(errors.CircleNotFound):
        circles.list_highlights(simulation.circles, MEI, circle_id, "", PageRequest(20))


def test_c17_pins_of_removed_notes_are_replaced() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    notes = [post_note(simulation, circle_id, MEI, f"第{number}篇") for number in range(6)]
    for note in notes[:5]:
        circles.pin_note(simulation.circles, LIN, circle_id, note.id)
        circles.delete_note(simulation.circles, MEI, circle_id, note.id)
    circles.pin_note(simulation.circles, LIN, circle_id, notes[5].id)
    assert [view.note.id for view in circles.list_pins(simulation.circles, MEI, circle_id).items] == [notes[5].id]


def test_c14_own_likes_are_shown_although_the_notes_are_far_apart() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    notes = [post_note(simulation, circle_id, LIN, f"第{number}篇") for number in range(30)]
    for note in notes:
        circles.like_note(simulation.circles, MEI, circle_id, note.id)
    for note in (notes[0], notes[29]):
        circles.pin_note(simulation.circles, LIN, circle_id, note.id)
    assert [view.liked for view in circles.list_pins(simulation.circles, MEI, circle_id).items] == [True, True]
    assert [view.liked for view in circles.list_pins(simulation.circles, LIN, circle_id).items] == [False, False]


def test_c17_a_long_note_is_found_by_its_tags() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    note = post_note(simulation, circle_id, LIN, "长" * 4000)
    circles.highlight_note(simulation.circles, LIN, circle_id, note.id)
    handle_all_changes(simulation, "circles")
    assert len(highlighted_texts(simulation, circle_id, "观鸟", reader=LIN)) == 1
