"""Notes with pictures, comments and likes."""

from __future__ import annotations

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.repository.notes import thread_pk
from services.circles.schemas import NoteRequest
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.stream import Change
from services.shared.table.items import Key
from simulation.setup.circles import create_circle, open_circle, post_note
from simulation.simulation import Simulation
from simulation.streams import all_changes
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


def test_c13_a_note_has_at_most_18_pictures() -> None:
    NoteRequest.model_validate({"text": "x", "pictures": [new_id("pic")] * 18})
    with pytest.raises(ValueError, match="pictures"):
        NoteRequest.model_validate({"text": "x", "pictures": [new_id("pic")] * 19})


def test_c13_posting_twice_with_one_key_creates_one_note() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    key = new_key(MEI, body={"text": "a"})
    first = circles.post_note(simulation.circles, MEI, circle_id, key, circles.NoteInput("a"))
    assert circles.post_note(simulation.circles, MEI, circle_id, key, circles.NoteInput("a")) == first
    other = new_key(MEI, body={"text": "b"}, value=key.value)
    with pytest.raises(KeyReused):
        circles.post_note(simulation.circles, MEI, circle_id, other, circles.NoteInput("b"))


def test_c13_only_the_author_and_moderators_can_remove_a_note() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    first, second = post_note(simulation, circle_id, MEI), post_note(simulation, circle_id, MEI)
    with pytest.raises(errors.RoleNotAllowed):
        circles.delete_note(simulation.circles, HAO, circle_id, first.id)
    circles.delete_note(simulation.circles, MEI, circle_id, first.id)
    circles.remove_note(simulation.circles, LIN, circle_id, second.id, "公布了巢址。")
    for note in (first, second):
        with pytest.raises(errors.NoteNotFound):
            circles.get_note(simulation.circles, HAO, circle_id, note.id)
    assert circles.list_notes(simulation.circles, HAO, circle_id, PageRequest(10))[0] == []


def test_c14_pages_neither_lose_nor_repeat_notes_while_notes_are_added() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    posted = [post_note(simulation, circle_id, MEI).id for _ in range(9)]
    seen, start = [], None
    while True:
        page, start = circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(2, start))
        seen += [view.note.id for view in page]
        post_note(simulation, circle_id, MEI, text="在翻页时插入")
        if start is None or len(seen) >= len(posted):
            break
    assert seen[: len(posted)] == posted[::-1]


def test_c14_comments_are_paged_in_order_and_can_reply_to_each_other() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    note = post_note(simulation, circle_id, MEI)
    comment_ids: list[str] = []
    for number in range(5):
        simulation.clock.advance(milliseconds=1)
        key = new_key(HAO, now=simulation.clock.now)
        parent = comment_ids[0] if comment_ids else None
        comment = circles.add_comment(simulation.circles, HAO, circle_id, note.id, key, text=str(number), parent_id=parent)
        comment_ids.append(comment.id)
    first, start = circles.list_comments(simulation.circles, MEI, circle_id, note.id, PageRequest(3))
    rest, end = circles.list_comments(simulation.circles, MEI, circle_id, note.id, PageRequest(3, start))
    assert [comment.id for comment in first + rest] == comment_ids
    assert end is None
    with pytest.raises(errors.NoteNotFound):
        circles.add_comment(simulation.circles, HAO, circle_id, note.id, new_key(HAO), text="x", parent_id=new_id("com"))


def test_c14_a_user_likes_a_note_at_most_once() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    note = post_note(simulation, circle_id, MEI)
    for _ in range(3):
        circles.like_note(simulation.circles, HAO, circle_id, note.id)
    assert circles.get_note(simulation.circles, HAO, circle_id, note.id).liked
    assert not circles.get_note(simulation.circles, MEI, circle_id, note.id).liked
    for _ in range(2):
        circles.unlike_note(simulation.circles, HAO, circle_id, note.id)
    assert not circles.get_note(simulation.circles, HAO, circle_id, note.id).liked


def test_c14_comments_and_likes_require_a_note_of_this_circle() -> None:
    simulation = Simulation()
    joined, other = create_circle(simulation, LIN, MEI), open_circle(simulation, HAO)
    note = post_note(simulation, other, HAO)
    for attempt in (
        lambda: circles.like_note(simulation.circles, MEI, joined, note.id),
        lambda: circles.add_comment(simulation.circles, MEI, joined, note.id, new_key(MEI), text="x", parent_id=None),
        lambda: circles.list_comments(simulation.circles, MEI, joined, note.id, PageRequest(10)),
    ):
        with pytest.raises(errors.NoteNotFound):
            attempt()


@pytest.mark.parametrize("sizes", [(3, 3), (2, 5), (5, 2), (1, 9)])
def test_c14_counters_are_exact_if_the_stream_is_delivered_twice_in_other_groups(sizes: tuple[int, int]) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    note = post_note(simulation, circle_id, MEI)
    for user in (MEI, HAO, LIN):
        circles.like_note(simulation.circles, user, circle_id, note.id)
    circles.unlike_note(simulation.circles, LIN, circle_id, note.id)
    for _ in range(2):
        simulation.clock.advance(milliseconds=1)
        key = new_key(HAO, now=simulation.clock.now)
        circles.add_comment(simulation.circles, HAO, circle_id, note.id, key, text="好", parent_id=None)
    changes = [change for change in all_changes(simulation, "circles") if change.key.sk.startswith(("LIKE#", "COMMENT#"))]
    at = 0
    while at < len(changes):
        circles.handle_changes(simulation.circles, changes[at : at + sizes[0]])
        circles.handle_changes(simulation.circles, changes[at : at + sizes[1]])  # as after a lost response
        at += max(sizes)
    note = circles.get_note(simulation.circles, MEI, circle_id, note.id).note
    assert (note.likes, note.comments) == (2, 2)


def test_c14_counts_for_a_note_that_does_not_exist_are_discarded() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    note_id = new_id("note")
    item = {"pk": thread_pk(circle_id, note_id), "sk": f"COMMENT#{new_id('com')}", "circle_id": circle_id, "note_id": note_id}
    circles.handle_changes(simulation.circles, [Change("1", Key.of(item), None, item)])
    assert simulation.circles_table.get(Key(f"CIRCLE#{circle_id}", f"NOTE#{note_id}")) is None


@pytest.mark.parametrize("first", [1, 2, 3])
def test_c14_a_longer_repeat_whose_changes_cancel_out_is_counted_correctly(first: int) -> None:
    """The response to the likes is lost; the stream is delivered again together with the unlikes."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    note = post_note(simulation, circle_id, LIN)
    for user in (MEI, HAO):
        circles.like_note(simulation.circles, user, circle_id, note.id)
    for user in (MEI, HAO):
        circles.unlike_note(simulation.circles, user, circle_id, note.id)
    changes = [change for change in all_changes(simulation, "circles") if change.key.sk.startswith("LIKE#")]
    circles.handle_changes(simulation.circles, changes[:first])
    circles.handle_changes(simulation.circles, changes)
    assert circles.get_note(simulation.circles, LIN, circle_id, note.id).note.likes == 0
