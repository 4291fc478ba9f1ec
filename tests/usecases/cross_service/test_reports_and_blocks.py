"""C27: reported content stays as evidence; blocked users are hidden from their blocker and cannot react to them."""

from __future__ import annotations

from functools import partial

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageKind
from services.chat.errors import CircleNotFound, MessageNotFound
from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Comment
from services.circles.settings import CirclesSettings
from services.circles.usecases.notes import NoteView
from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.review.errors import ReviewerNotEnrolled
from services.shared.kernel.errors import Invalid
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.setup.applications import enrol_reviewer
from simulation.setup.chat import Lobby
from simulation.setup.circles import join_circle, open_circle
from simulation.setup.events import content_reports
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))
FRAUD = ReportInput("fraud")


def circle_of_four(simulation: Simulation) -> str:
    circle_id = open_circle(simulation, LIN)
    for user in (MEI, HAO, YAN):
        join_circle(simulation, user, LIN, circle_id)
    return circle_id


def post(simulation: Simulation, user: Caller, circle_id: str, text: str) -> str:
    simulation.clock.advance(seconds=1)
    return circles.post_note(
        simulation.circles, user, circle_id, new_key(user, now=simulation.clock.now), circles.NoteInput(text)
    ).note.id


def comment(simulation: Simulation, user: Caller, circle_id: str, note_id: str, parent_id: str | None = None) -> Comment:
    key = new_key(user, now=simulation.clock.now)
    return circles.add_comment(simulation.circles, user, circle_id, note_id, key, text="好", parent_id=parent_id)


def texts(views: list[NoteView]) -> list[str]:
    return [view.note.content.text for view in views]


def test_c27_reviewers_see_the_reported_content_after_an_edit_and_a_removal() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    note_id = post(simulation, HAO, circle_id, "转账到这个账号")
    circles.report_note(simulation.circles, MEI, circle_id, note_id, FRAUD)
    version = circles.get_note(simulation.circles, HAO, circle_id, note_id).note.version
    circles.update_note(simulation.circles, HAO, circle_id, note_id, change(version), "今天天气真好", ())
    circles.delete_note(simulation.circles, HAO, circle_id, note_id)
    for event in content_reports(simulation, "circles"):
        review.apply_content_reported(simulation.review, event)
    (case,), _ = review.list_cases(simulation.review, enrol_reviewer(simulation, "rui"), PageRequest(20))
    assert case.evidence["text"] == "转账到这个账号"
    rui, violation = enrol_reviewer(simulation, "rui"), Violation.FRAUD
    review.decide_case(simulation.review, rui, case.id, CaseOutcome.UPHELD, "已核实。", violation=violation)
    assert review.get_case(simulation.review, enrol_reviewer(simulation, "rui"), case.id).evidence["text"] == "转账到这个账号"
    for user in (LIN, MEI, HAO):
        with pytest.raises(ReviewerNotEnrolled):
            review.get_case(simulation.review, user, case.id)


def test_c27_a_blocked_user_is_hidden_from_the_blocker_in_every_circle_and_visible_to_others() -> None:
    simulation = Simulation()
    for circle_id in (circle_of_four(simulation), circle_of_four(simulation)):
        own_note_id, blocked_note_id = post(simulation, MEI, circle_id, "我的"), post(simulation, HAO, circle_id, "他的")
        comment(simulation, HAO, circle_id, own_note_id)
        comment(simulation, YAN, circle_id, own_note_id)
        for note_id in (own_note_id, blocked_note_id):
            circles.pin_note(simulation.circles, LIN, circle_id, note_id)
    circles.block_user(simulation.circles, MEI, HAO.user_id)
    for reader, visible_texts, comments in ((MEI, ["我的"], 1), (YAN, ["他的", "我的"], 2), (HAO, ["他的", "我的"], 2)):
        assert texts(circles.list_notes(simulation.circles, reader, circle_id, PageRequest(20))[0]) == visible_texts
        assert texts(circles.list_pins(simulation.circles, reader, circle_id).items) == visible_texts
        assert len(circles.list_comments(simulation.circles, reader, circle_id, own_note_id, PageRequest(20))[0]) == comments
    assert circles.get_recap(simulation.circles, MEI, circle_id).missed == 0
    assert circles.get_recap(simulation.circles, YAN, circle_id).missed == 2
    circles.unblock_user(simulation.circles, MEI, HAO.user_id)
    assert texts(circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(20))[0]) == ["他的", "我的"]
    assert circles.get_recap(simulation.circles, MEI, circle_id).missed == 1


def test_c27_a_blocked_user_cannot_comment_reply_or_like() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    own_note_id, other = post(simulation, MEI, circle_id, "我的"), post(simulation, YAN, circle_id, "别人的")
    comment_on_other = comment(simulation, MEI, circle_id, other)
    circles.block_user(simulation.circles, MEI, HAO.user_id)
    with pytest.raises(errors.BlockedByAuthor):
        comment(simulation, HAO, circle_id, own_note_id)
    with pytest.raises(errors.BlockedByAuthor):
        comment(simulation, HAO, circle_id, other, comment_on_other.id)
    with pytest.raises(errors.BlockedByAuthor):
        circles.like_note(simulation.circles, HAO, circle_id, own_note_id)
    comment(simulation, HAO, circle_id, other)
    circles.like_note(simulation.circles, HAO, circle_id, other)
    assert circles.get_note(simulation.circles, MEI, circle_id, own_note_id).note.comments == 0
    circles.unblock_user(simulation.circles, MEI, HAO.user_id)
    comment(simulation, HAO, circle_id, own_note_id)


def test_c27_a_retry_returns_the_comment_made_before_the_block() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    own_note_id = post(simulation, MEI, circle_id, "我的")
    add_comment = partial(
        circles.add_comment, simulation.circles, HAO, circle_id, own_note_id, new_key(HAO), text="好", parent_id=None
    )
    first = add_comment()
    circles.block_user(simulation.circles, MEI, HAO.user_id)
    assert add_comment() == first


def test_c27_blocks_are_limited_and_contain_each_user_once() -> None:
    simulation = Simulation()
    with pytest.raises(Invalid):
        circles.block_user(simulation.circles, MEI, MEI.user_id)
    user_ids = [caller(f"other-{number}").user_id for number in range(CirclesSettings().max_blocks)]
    for user_id in (*user_ids, user_ids[0]):
        circles.block_user(simulation.circles, MEI, user_id)
    assert circles.list_blocks(simulation.circles, MEI).items == user_ids
    with pytest.raises(errors.BlockLimitReached):
        circles.block_user(simulation.circles, MEI, HAO.user_id)
    circles.unblock_user(simulation.circles, MEI, user_ids[3])
    circles.unblock_user(simulation.circles, MEI, user_ids[3])
    circles.block_user(simulation.circles, MEI, HAO.user_id)
    assert circles.list_blocks(simulation.circles, MEI).items == [*user_ids[:3], *user_ids[4:], HAO.user_id]
    assert circles.list_blocks(simulation.circles, HAO) == ([], None)


def test_c27_a_moderator_can_act_on_notes_of_blocked_users() -> None:
    simulation = Simulation()
    circle_id = circle_of_four(simulation)
    blocked_note_id = post(simulation, HAO, circle_id, "他的")
    circles.block_user(simulation.circles, LIN, HAO.user_id)
    circles.block_user(simulation.circles, HAO, LIN.user_id)
    assert circles.get_note(simulation.circles, LIN, circle_id, blocked_note_id).note.author == HAO.user_id
    circles.remove_note(simulation.circles, LIN, circle_id, blocked_note_id, "公布了巢址。")
    assert circles.list_notes(simulation.circles, YAN, circle_id, PageRequest(20))[0] == []


def test_c27_a_member_reports_a_message_with_its_text_as_evidence() -> None:
    room = Lobby()
    said = room.send(HAO, "加我看更多")
    for _ in range(2):
        chat.report_message(room.simulation.chat, MEI, room.circle_id, room.id, said.seq, FRAUD)
    (event,) = content_reports(room.simulation, "chat")
    review.apply_content_reported(room.simulation.review, event)
    (case,), _ = review.list_cases(room.simulation.review, enrol_reviewer(room.simulation, "rui"), PageRequest(20))
    assert (case.subject["kind"], case.author) == ("message", HAO.user_id)
    assert case.evidence["text"] == "加我看更多"
    with pytest.raises(CircleNotFound):
        chat.report_message(room.simulation.chat, YAN, room.circle_id, room.id, said.seq, FRAUD)


def test_c27_a_void_sequence_number_cannot_be_reported() -> None:
    room = Lobby()
    dead = room.abandon_send()
    room.send(HAO)
    room.simulation.clock.advance(seconds=60)
    assert [message.kind for message in room.list_messages()] == [MessageKind.VOID, MessageKind.TEXT]
    for seq in (dead, 99):
        with pytest.raises(MessageNotFound):
            chat.report_message(room.simulation.chat, MEI, room.circle_id, room.id, seq, FRAUD)
    assert content_reports(room.simulation, "chat") == []
