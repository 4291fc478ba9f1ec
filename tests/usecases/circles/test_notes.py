"""Notes with pictures, comments and likes."""

from __future__ import annotations

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.repository.notes import thread
from services.circles.schemas import NoteRequest
from services.shared.kernel.errors import KeyReused
from services.shared.kernel.ids import new_id
from services.shared.messaging.stream import Change
from services.shared.table.port import Key
from simulation.setup.circles import changes_of, circle_with, post
from simulation.setup.common import open_circle
from simulation.simulation import World, person, wish

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


def test_c13_nineteen_pictures_are_too_many() -> None:
    NoteRequest(text="x", pictures=[new_id("pic")] * 18)
    with pytest.raises(ValueError, match="pictures"):
        NoteRequest(text="x", pictures=[new_id("pic")] * 19)


def test_c13_posting_twice_with_one_key_is_one_note() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    key = wish(MEI, body={"text": "a"})
    first = circles.post_note(world.circles, MEI, circle_id, key, circles.Words("a"))
    assert circles.post_note(world.circles, MEI, circle_id, key, circles.Words("a")) == first
    other = wish(MEI, body={"text": "b"}, value=key.value)
    with pytest.raises(KeyReused):
        circles.post_note(world.circles, MEI, circle_id, other, circles.Words("b"))


def test_c13_only_author_and_moderators_remove_a_note() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    first, second = post(world, circle_id, MEI), post(world, circle_id, MEI)
    with pytest.raises(errors.NotAllowed):
        circles.remove_note(world.circles, HAO, circle_id, first.id)
    circles.remove_note(world.circles, MEI, circle_id, first.id)
    circles.remove_note(world.circles, LIN, circle_id, second.id)
    for note in (first, second):
        with pytest.raises(errors.NoteNotFound):
            circles.get_note(world.circles, HAO, circle_id, note.id)
    assert circles.list_notes(world.circles, HAO, circle_id, 10, None)[0] == []


def test_c14_pages_neither_lose_nor_repeat_under_inserts() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    posted = [post(world, circle_id, MEI).id for _ in range(9)]
    seen, start = [], None
    while True:
        page, start = circles.list_notes(world.circles, MEI, circle_id, 2, start)
        seen += [one.note.id for one in page]
        post(world, circle_id, MEI, text="在翻页时插入")
        if start is None or len(seen) >= len(posted):
            break
    assert seen[: len(posted)] == posted[::-1]


def test_c14_comments_page_in_order_and_answer_each_other() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    note = post(world, circle_id, MEI)
    made = []
    for number in range(5):
        world.clock.advance(milliseconds=1)
        key = wish(HAO, now=world.clock.now)
        parent = made[0] if made else None
        comment = circles.add_comment(world.circles, HAO, circle_id, note.id, key, text=str(number), parent_id=parent)
        made.append(comment.id)
    first, start = circles.list_comments(world.circles, MEI, circle_id, note.id, 3, None)
    rest, end = circles.list_comments(world.circles, MEI, circle_id, note.id, 3, start)
    assert [comment.id for comment in first + rest] == made
    assert end is None
    with pytest.raises(errors.NoteNotFound):
        circles.add_comment(world.circles, HAO, circle_id, note.id, wish(HAO), text="x", parent_id=new_id("com"))


def test_c14_likes_are_a_set() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    note = post(world, circle_id, MEI)
    for _ in range(3):
        circles.like_note(world.circles, HAO, circle_id, note.id)
    assert circles.get_note(world.circles, HAO, circle_id, note.id).liked
    assert not circles.get_note(world.circles, MEI, circle_id, note.id).liked
    for _ in range(2):
        circles.unlike_note(world.circles, HAO, circle_id, note.id)
    assert not circles.get_note(world.circles, HAO, circle_id, note.id).liked


def test_c14_comments_and_likes_need_a_note_of_this_circle() -> None:
    world = World()
    mine, other = circle_with(world, LIN, MEI), open_circle(world, HAO)
    note = post(world, other, HAO)
    for attempt in (
        lambda: circles.like_note(world.circles, MEI, mine, note.id),
        lambda: circles.add_comment(world.circles, MEI, mine, note.id, wish(MEI), text="x", parent_id=None),
        lambda: circles.list_comments(world.circles, MEI, mine, note.id, 10, None),
    ):
        with pytest.raises(errors.NoteNotFound):
            attempt()


@pytest.mark.parametrize("sizes", [(3, 3), (2, 5), (5, 2), (1, 9)])
def test_c14_counters_are_exact_although_the_stream_comes_twice_in_other_groups(sizes: tuple[int, int]) -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    note = post(world, circle_id, MEI)
    for caller in (MEI, HAO, LIN):
        circles.like_note(world.circles, caller, circle_id, note.id)
    circles.unlike_note(world.circles, LIN, circle_id, note.id)
    for _ in range(2):
        world.clock.advance(milliseconds=1)
        key = wish(HAO, now=world.clock.now)
        circles.add_comment(world.circles, HAO, circle_id, note.id, key, text="好", parent_id=None)
    moves = [change for change in changes_of(world) if change.key.sk.startswith(("LIKE#", "COMMENT#"))]
    at = 0
    while at < len(moves):
        circles.handle_changes(world.circles, moves[at : at + sizes[0]])
        circles.handle_changes(world.circles, moves[at : at + sizes[1]])  # as if the first answer was lost
        at += max(sizes)
    counted = circles.get_note(world.circles, MEI, circle_id, note.id).note
    assert (counted.likes, counted.comments) == (2, 2)


def test_c14_counts_for_a_note_that_is_not_there_are_dropped() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    note_id = new_id("note")
    row = {"pk": thread(circle_id, note_id), "sk": f"COMMENT#{new_id('com')}", "circle_id": circle_id, "note_id": note_id}
    circles.handle_changes(world.circles, [Change("1", Key.of(row), None, row)])
    assert world.circles_table.get(Key(f"CIRCLE#{circle_id}", f"NOTE#{note_id}")) is None


@pytest.mark.parametrize("first", [1, 2, 3])
def test_c14_a_repeat_that_reaches_further_and_cancels_out_counts_right(first: int) -> None:
    """The first answer was lost; the stream comes again with what undid it."""
    world = World()
    circle_id = circle_with(world, LIN, MEI, HAO)
    note = post(world, circle_id, LIN)
    for caller in (MEI, HAO):
        circles.like_note(world.circles, caller, circle_id, note.id)
    for caller in (MEI, HAO):
        circles.unlike_note(world.circles, caller, circle_id, note.id)
    moves = [change for change in changes_of(world) if change.key.sk.startswith("LIKE#")]
    circles.handle_changes(world.circles, moves[:first])
    circles.handle_changes(world.circles, moves)
    assert circles.get_note(world.circles, LIN, circle_id, note.id).note.likes == 0
