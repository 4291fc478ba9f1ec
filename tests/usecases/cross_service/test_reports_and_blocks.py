"""C27: what was reported stays in evidence, whatever becomes of it; who is blocked is not seen and does not get through."""

from __future__ import annotations

from functools import partial

import pytest

from services.chat import usecases as chat
from services.chat.domain import Kind
from services.chat.errors import CircleNotFound, MessageNotFound
from services.chat.publications import PUBLICATIONS as OF_CHAT
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Comment
from services.circles.domain.blocks import MAX_BLOCKS
from services.circles.publications import PUBLICATIONS as OF_CIRCLES
from services.circles.usecases.notes import ShownNote
from services.review import usecases as review
from services.review.domain import Outcome
from services.review.errors import NotEnrolled
from services.shared.kernel.errors import Invalid
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportIn, ReportReason
from simulation.setup.chat import Room
from simulation.setup.common import (
    enrolled,
    join,
    open_circle,
    told,
)
from simulation.simulation import World, person, wish

LIN, MEI, HAO, YAN = (person(name) for name in ("lin", "mei", "hao", "yan"))
FRAUD = ReportIn(reason=ReportReason.FRAUD)


def circle_of_four(world: World) -> str:
    circle_id = open_circle(world, LIN)
    for who in (MEI, HAO, YAN):
        join(world, who, LIN, circle_id)
    return circle_id


def post(world: World, who: Caller, circle_id: str, text: str) -> str:
    world.clock.advance(seconds=1)
    return circles.post_note(world.circles, who, circle_id, wish(who, now=world.clock.now), circles.Words(text)).note.id


def comment(world: World, who: Caller, circle_id: str, note_id: str, parent_id: str | None = None) -> Comment:
    key = wish(who, now=world.clock.now)
    return circles.add_comment(world.circles, who, circle_id, note_id, key, text="好", parent_id=parent_id)


def texts(found: list[ShownNote]) -> list[str]:
    return [one.note.content.text for one in found]


def test_c27_what_was_reported_is_in_evidence_after_an_edit_and_after_it_was_taken_back_for_reviewers_alone() -> None:
    world = World()
    circle_id = circle_of_four(world)
    note_id = post(world, HAO, circle_id, "转账到这个账号")
    circles.report_note(world.circles, MEI, circle_id, note_id, FRAUD)
    circles.update_note(world.circles, HAO, circle_id, note_id, "今天天气真好", ())
    circles.remove_note(world.circles, HAO, circle_id, note_id)
    for event in told(world.circles_table, OF_CIRCLES):
        review.file_report(world.review, event)
    (case,), _ = review.list_cases(world.review, enrolled(world, "rui"), 20, None)
    assert case.evidence["text"] == "转账到这个账号"
    review.decide_case(world.review, enrolled(world, "rui"), case.id, Outcome.UPHELD, "已核实。")
    assert review.get_case(world.review, enrolled(world, "rui"), case.id).evidence["text"] == "转账到这个账号"
    for who in (LIN, MEI, HAO):
        with pytest.raises(NotEnrolled):
            review.get_case(world.review, who, case.id)


def test_c27_whoever_is_blocked_is_not_shown_in_any_circle_to_who_blocked_them_and_to_others_is() -> None:
    world = World()
    for circle_id in (circle_of_four(world), circle_of_four(world)):
        mine, theirs = post(world, MEI, circle_id, "我的"), post(world, HAO, circle_id, "他的")
        comment(world, HAO, circle_id, mine)
        comment(world, YAN, circle_id, mine)
        for note_id in (mine, theirs):
            circles.pin_note(world.circles, LIN, circle_id, note_id)
    circles.block_user(world.circles, MEI, HAO.user_id)
    for reader, seen, said in ((MEI, ["我的"], 1), (YAN, ["他的", "我的"], 2), (HAO, ["他的", "我的"], 2)):
        assert texts(circles.list_notes(world.circles, reader, circle_id, 20, None)[0]) == seen
        assert texts(circles.list_pins(world.circles, reader, circle_id)) == seen
        assert len(circles.list_comments(world.circles, reader, circle_id, mine, 20, None)[0]) == said
    assert circles.get_recap(world.circles, MEI, circle_id).missed == 0
    assert circles.get_recap(world.circles, YAN, circle_id).missed == 2
    circles.unblock_user(world.circles, MEI, HAO.user_id)
    assert texts(circles.list_notes(world.circles, MEI, circle_id, 20, None)[0]) == ["他的", "我的"]
    assert circles.get_recap(world.circles, MEI, circle_id).missed == 1


def test_c27_whoever_is_blocked_neither_comments_on_nor_answers_nor_likes_what_they_said() -> None:
    world = World()
    circle_id = circle_of_four(world)
    mine, other = post(world, MEI, circle_id, "我的"), post(world, YAN, circle_id, "别人的")
    under = comment(world, MEI, circle_id, other)
    circles.block_user(world.circles, MEI, HAO.user_id)
    with pytest.raises(errors.Blocked):
        comment(world, HAO, circle_id, mine)
    with pytest.raises(errors.Blocked):
        comment(world, HAO, circle_id, other, under.id)
    with pytest.raises(errors.Blocked):
        circles.like_note(world.circles, HAO, circle_id, mine)
    comment(world, HAO, circle_id, other)
    circles.like_note(world.circles, HAO, circle_id, other)
    assert circles.get_note(world.circles, MEI, circle_id, mine).note.comments == 0
    circles.unblock_user(world.circles, MEI, HAO.user_id)
    comment(world, HAO, circle_id, mine)


def test_c27_a_comment_that_stood_before_the_block_answers_its_retry() -> None:
    world = World()
    circle_id = circle_of_four(world)
    mine = post(world, MEI, circle_id, "我的")
    say = partial(circles.add_comment, world.circles, HAO, circle_id, mine, wish(HAO), text="好", parent_id=None)
    first = say()
    circles.block_user(world.circles, MEI, HAO.user_id)
    assert say() == first


def test_c27_blocks_are_a_short_list_of_others_and_twice_is_once() -> None:
    world = World()
    with pytest.raises(Invalid):
        circles.block_user(world.circles, MEI, MEI.user_id)
    people = [person(f"other-{number}").user_id for number in range(MAX_BLOCKS)]
    for user_id in (*people, people[0]):
        circles.block_user(world.circles, MEI, user_id)
    assert circles.list_blocks(world.circles, MEI) == tuple(people)
    with pytest.raises(errors.TooManyBlocks):
        circles.block_user(world.circles, MEI, HAO.user_id)
    circles.unblock_user(world.circles, MEI, people[3])
    circles.unblock_user(world.circles, MEI, people[3])
    circles.block_user(world.circles, MEI, HAO.user_id)
    assert circles.list_blocks(world.circles, MEI) == (*people[:3], *people[4:], HAO.user_id)
    assert circles.list_blocks(world.circles, HAO) == ()


def test_c27_who_keeps_order_acts_on_what_they_do_not_see() -> None:
    world = World()
    circle_id = circle_of_four(world)
    theirs = post(world, HAO, circle_id, "他的")
    circles.block_user(world.circles, LIN, HAO.user_id)
    circles.block_user(world.circles, HAO, LIN.user_id)
    assert circles.get_note(world.circles, LIN, circle_id, theirs).note.author == HAO.user_id
    circles.remove_note(world.circles, LIN, circle_id, theirs)
    assert circles.list_notes(world.circles, YAN, circle_id, 20, None)[0] == []


def test_c27_a_message_is_reported_as_it_was_said_by_who_is_in_the_room() -> None:
    room = Room()
    said = room.say(HAO, "加我看更多")
    for _ in range(2):
        chat.report_message(room.world.chat, MEI, room.circle_id, room.id, said.seq, FRAUD)
    (event,) = told(room.world.chat_table, OF_CHAT)
    review.file_report(room.world.review, event)
    (case,), _ = review.list_cases(room.world.review, enrolled(room.world, "rui"), 20, None)
    assert (case.subject["kind"], case.author) == ("message", HAO.user_id)
    assert case.evidence["text"] == "加我看更多"
    with pytest.raises(CircleNotFound):
        chat.report_message(room.world.chat, YAN, room.circle_id, room.id, said.seq, FRAUD)


def test_c27_a_number_that_nobody_said_anything_under_cannot_be_reported() -> None:
    room = Room()
    dead = room.die_between_writes()
    room.say(HAO)
    room.world.clock.advance(seconds=60)
    assert [message.kind for message in room.read()] == [Kind.VOID, Kind.TEXT]
    for seq in (dead, 99):
        with pytest.raises(MessageNotFound):
            chat.report_message(room.world.chat, MEI, room.circle_id, room.id, seq, FRAUD)
    assert told(room.world.chat_table, OF_CHAT) == []
