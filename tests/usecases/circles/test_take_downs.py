"""A4: what the platform took down is denied to all users but its author, and is as before when the take-down ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Comment, ContentState, Note
from services.circles.domain.export import ExportKind
from services.circles.schemas import CommentResponse, NoteResponse
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.ids import new_id
from services.shared.security.violations import Violation
from simulation.setup.events import CASE, take_down_changed
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_all_changes
from simulation.users import caller
from tests.usecases.circles.down_thread import (
    CASES,
    COMMENTED,
    HAO,
    LIN,
    MEI,
    OTHERS,
    PAGE,
    SPAM,
    TEXT,
    YAN,
    Thread,
    edit,
    note_or_none,
)


def test_a4_a_comment_that_is_down_is_a_tombstone_that_keeps_its_replies() -> None:
    thread = Thread()
    thread.apply(thread.comment, violation="spam")
    for by in OTHERS.values():
        tombstone = CommentResponse.of(thread.shown(by))
        assert (tombstone.state, tombstone.text, tombstone.author) == (ContentState.TAKEN_DOWN, "", None)
        assert (tombstone.violation, tombstone.edited_at, tombstone.removal_reason) == (None, None, None)
        assert [c.parent_id for c in circles.list_comments(thread.ports, by, *thread.at, PAGE).items] == [
            None,
            thread.comment.id,
        ]
    own = CommentResponse.of(thread.shown(MEI))
    assert (own.state, own.text, own.author) == (ContentState.TAKEN_DOWN, COMMENTED, MEI.user_id)
    assert own.violation and (own.violation.code, own.violation.zh_cn) == (Violation.SPAM, "垃圾广告或引流")
    for denied in (
        lambda: thread.add(HAO, "再回复", thread.comment.id),
        lambda: circles.report_comment(thread.ports, HAO, *thread.at, thread.comment.id, SPAM),
        lambda: circles.remove_comment(thread.ports, YAN, *thread.at, thread.comment.id, "人身攻击。"),
        lambda: circles.update_comment(thread.ports, MEI, *thread.at, thread.comment.id, change(thread.comment.version), "改"),
    ):
        with pytest.raises(errors.NoteNotFound):
            denied()


def test_a4_the_author_alone_reads_the_note_that_is_down_with_the_rule_that_it_breaks() -> None:
    thread = Thread()
    thread.apply(thread.note, violation="harassment")
    response = NoteResponse.of(circles.get_note(thread.ports, MEI, *thread.at), circles.picture_addresses(thread.ports))
    assert (response.state, response.text, response.pictures) == (ContentState.TAKEN_DOWN, TEXT, [])
    assert response.violation and response.violation.code == Violation.HARASSMENT
    assert (response.violation.en, response.violation.zh_cn) == ("Harassment of another person", "骚扰、辱骂他人")
    for user in OTHERS.values():
        with pytest.raises(errors.NoteNotFound):
            thread.get(user)
    with pytest.raises(errors.CircleNotFound):
        thread.get(caller("stranger"))
    for denied in (
        lambda: circles.remove_note(thread.ports, LIN, *thread.at, "公布了巢址。"),
        lambda: circles.report_note(thread.ports, HAO, *thread.at, SPAM),
        lambda: circles.pin_note(thread.ports, LIN, *thread.at),
        lambda: circles.highlight_note(thread.ports, LIN, *thread.at),
        lambda: circles.unlike_note(thread.ports, HAO, *thread.at),
        lambda: circles.list_revisions(thread.ports, MEI, *thread.at, PAGE),
        lambda: edit(thread),
    ):
        with pytest.raises(errors.NoteNotFound):
            denied()
    thread.end(thread.note)
    response = NoteResponse.of(circles.get_note(thread.ports, MEI, *thread.at), circles.picture_addresses(thread.ports))
    assert (response.state, response.violation, response.highlighted, response.likes) == (ContentState.VISIBLE, None, True, 1)


def test_a4_content_is_down_while_one_of_its_cases_takes_it_down() -> None:
    thread = Thread()
    for content in (thread.note, thread.comment):
        for case_id in CASES:
            thread.apply(content, case_id=case_id)
        for case_id in CASES:
            assert thread.stored(content)["take_downs"][case_id][1] is True
            thread.end(content, case_id=case_id)
            assert thread.shown(HAO).is_visible is (case_id == CASES[-1]) if content is thread.comment else True
            assert note_or_none(thread, HAO) == (None if content is thread.note and case_id != CASES[-1] else TEXT)


@pytest.mark.parametrize("name", ["note", "comment"])
def test_a4_events_of_a_case_give_one_state_repeated_late_and_in_any_order(name: str) -> None:
    orders = ([1, 2, 3], [3, 2, 1], [2, 1, 1, 3, 2], [3, 1, 2, 3])
    states = set()
    for order in orders:
        thread = Thread()
        content: Note | Comment = getattr(thread, name)
        for version in order:
            thread.apply(content, is_active=version != 2, version=version, violation="spam" if version == 1 else "fraud")
        states.add(str(thread.stored(content)["take_downs"]))
        handle_all_changes(thread.simulation, "circles")
        assert (thread.count() == 1) is (name == "comment")
    assert states == {str({CASE: [3, True, "fraud"]})}


def delete(thread: Thread) -> None:
    circles.delete_note(thread.ports, MEI, *thread.at)


def remove(thread: Thread) -> None:
    circles.remove_note(thread.ports, LIN, *thread.at, "公布了巢址。")


@pytest.mark.parametrize(("before", "meanwhile"), [(delete, None), (remove, None), (None, delete), (remove, delete)])
def test_a4_what_was_deleted_or_removed_meanwhile_stays_so(
    before: Callable[[Thread], None] | None, meanwhile: Callable[[Thread], None] | None
) -> None:
    thread = Thread()
    if before:
        before(thread)
    thread.apply(thread.note)
    if meanwhile:
        meanwhile(thread)
    thread.end(thread.note)
    is_removed = before is remove  # a removal is final: the author deletes nothing more
    assert thread.stored(thread.note)["state"] == (ContentState.REMOVED if is_removed else ContentState.DELETED)
    assert (note_or_none(thread, HAO), note_or_none(thread, MEI)) == (None, TEXT if is_removed else None)


def test_a4_an_author_deletes_what_is_down() -> None:
    thread = Thread()
    thread.apply(thread.comment)
    circles.delete_comment(thread.ports, MEI, *thread.at, thread.comment.id)
    thread.run_stream()
    assert (thread.shown(HAO).state, thread.shown(MEI).shown_state) == (ContentState.DELETED, ContentState.DELETED)
    assert thread.stored(thread.comment)["text"] == ""
    thread.apply(thread.note)
    circles.delete_note(thread.ports, MEI, *thread.at)
    assert thread.stored(thread.note)["text"] == ""
    with pytest.raises(errors.NoteNotFound):
        thread.get(MEI)
    thread.end(thread.note)
    thread.end(thread.comment)
    assert (thread.count(), thread.stored(thread.comment)["state"]) == (1, "deleted")


def test_a4_an_own_export_has_the_texts_that_are_down_and_an_owners_export_has_not() -> None:
    thread = Thread()
    for content in (thread.note, thread.comment):
        thread.apply(content)
    own = [(line["kind"], line["text"], line["state"]) for line in thread.export(MEI, ExportKind.OWN)]
    assert own == [("note", TEXT, "taken_down"), ("comment", COMMENTED, "taken_down")]
    assert [line["kind"] for line in thread.export(LIN, ExportKind.CIRCLE)] == ["circle"]


@pytest.mark.parametrize(
    ("service", "kind"), [("chat", "note"), ("commerce", "comment"), ("circles", "circle"), ("circles", "later")]
)
def test_a4_cases_of_other_services_and_unknown_kinds_change_nothing(service: str, kind: str) -> None:
    thread = Thread()
    event = take_down_changed(thread.simulation, service, kind, thread.note.id, thread.circle_id)
    before = thread.simulation.memory("circles").all_items()
    deliver(thread.simulation, "circles", event)
    assert thread.simulation.memory("circles").all_items() == before


@pytest.mark.parametrize("kind", ["note", "comment"])
def test_a4_an_event_of_content_that_is_deleted_with_its_circle_creates_nothing(kind: str) -> None:
    simulation = Simulation()
    ids = (new_id({"note": "note", "comment": "com"}[kind]), new_id("cir"))
    deliver(simulation, "circles", take_down_changed(simulation, "circles", kind, *ids))
    assert simulation.memory("circles").all_items() == []


def test_a4_a_rule_of_a_later_release_takes_down_too() -> None:
    thread = Thread()
    thread.apply(thread.note, violation="a_later_rule")
    assert thread.get(MEI).take_downs.violation is Violation.OTHER


@pytest.mark.parametrize("is_edit_first", [True, False])
def test_a4_of_an_edit_and_a_take_down_in_flight_the_take_down_stays(is_edit_first: bool) -> None:
    thread = Thread()
    note = thread.get(MEI)
    request = change(note.version)
    if is_edit_first:
        circles.update_note(thread.ports, MEI, *thread.at, request, "改过的", ())
    thread.apply(note)
    if not is_edit_first:
        with pytest.raises(errors.NoteNotFound):
            circles.update_note(thread.ports, MEI, *thread.at, request, "改过的", ())
    assert note_or_none(thread, HAO) is None
    thread.end(note)
    assert note_or_none(thread, HAO) == ("改过的" if is_edit_first else TEXT)
    with pytest.raises(PreconditionFailed):
        circles.update_note(thread.ports, MEI, *thread.at, change(note.version, "later"), "再改", ())
