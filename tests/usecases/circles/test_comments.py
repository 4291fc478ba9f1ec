"""A10: comments and notes are edited and deleted by their author, and removed by moderators with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Comment, ContentState, Role
from services.circles.domain.export import ExportKind, Phase
from services.circles.repository.comments import COMMENTS, comment_key
from services.circles.repository.export_lines import EXPORTED, get_export_page
from services.circles.repository.notes import NOTES, note_key
from services.circles.usecases.health import measure_circle_health
from services.circles.usecases.stream import handle_changes
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.pages import PageRequest
from services.shared.security.audit import verify_chain
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed
from services.shared.table.reports import ReportInput
from services.shared.table.versioned import save
from simulation.setup.circles import create_circle, post_note, set_role
from simulation.setup.events import content_reports
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_all_changes, handle_new_changes
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))
PAGE = PageRequest(50)
REASON = "人身攻击。"
SPAM = ReportInput("spam")


class Thread:
    """A note of Mei in Lin's circle with Mei, Hao and Yan; Yan is a moderator."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.ports = self.simulation.circles
        self.circle_id = create_circle(self.simulation, LIN, MEI, HAO, YAN)
        set_role(self.simulation, LIN, self.circle_id, YAN.user_id, Role.MODERATOR)
        self.note = post_note(self.simulation, self.circle_id, MEI)
        self.at = (self.ports, self.circle_id, self.note.id)

    def add(self, by: Caller, text: str = "好", parent_id: str | None = None) -> Comment:
        self.simulation.clock.advance(seconds=1)
        key = new_key(by, now=self.simulation.clock.now)
        return circles.add_comment(self.ports, by, self.circle_id, self.note.id, key, text=text, parent_id=parent_id)

    def call(self, use_case: Callable[..., Any], by: Caller, comment: Comment, *arguments: Any) -> Any:
        self.simulation.clock.advance(seconds=1)
        return use_case(self.ports, by, self.circle_id, self.note.id, comment.id, *arguments)

    def shown(self, by: Caller = HAO) -> list[Comment]:
        return circles.list_comments(self.ports, by, self.circle_id, self.note.id, PAGE).items

    def texts(self, by: Caller, comment: Comment) -> list[str]:
        return [revision.content.text for revision in self.call(circles.list_comment_revisions, by, comment, PAGE).items]

    def count(self) -> int:
        handle_new_changes(self.simulation, "circles")
        return circles.get_note(self.ports, LIN, self.circle_id, self.note.id).note.comments

    def items(self) -> list[Any]:
        return self.simulation.memory("circles").all_items()

    def stored(self, comment: Comment) -> Any:
        return self.simulation.circles_table.get(comment_key(self.circle_id, self.note.id, comment.id))


def test_a10_an_author_edits_a_comment_and_earlier_texts_are_kept() -> None:
    thread = Thread()
    first = thread.add(HAO, "第一版")
    request = change(first.version, "edit 1")
    second = thread.call(circles.update_comment, HAO, first, request, "第二版")
    assert (second.text, second.edited_at, second.version > first.version) == ("第二版", thread.simulation.clock.now, True)
    assert thread.call(circles.update_comment, HAO, first, request, "第二版") == second, "a repeat returns its result"
    assert thread.call(circles.update_comment, HAO, first, change(second.version), "第二版") == second, "the same text"
    with pytest.raises(PreconditionFailed):
        thread.call(circles.update_comment, HAO, first, change(first.version, "edit 2"), "第三版")
    assert thread.count() == 1
    assert thread.texts(HAO, first) == thread.texts(YAN, first) == ["第一版"]
    with pytest.raises(errors.RoleNotAllowed):
        thread.texts(MEI, first)
    with pytest.raises(errors.RoleNotAllowed):
        thread.call(circles.update_comment, MEI, first, change(second.version), "别人改的")
    assert [comment.text for comment in thread.shown()] == ["第二版"]


def test_a10_a_deleted_comment_is_a_tombstone_that_keeps_its_replies_in_place() -> None:
    thread = Thread()
    first = thread.add(HAO, "第一版")
    edited = thread.call(circles.update_comment, HAO, first, change(first.version), "第二版")
    reply = thread.add(MEI, "回复", first.id)
    assert thread.count() == 2
    for _ in range(3):
        thread.call(circles.delete_comment, HAO, first)
    assert thread.count() == 1, "a repeat counts once"
    for reader in (LIN, MEI, YAN):
        tombstone, shown = thread.shown(reader)
        assert (tombstone.id, tombstone.created_at, tombstone.state) == (first.id, first.created_at, ContentState.DELETED)
        assert (tombstone.text, tombstone.author, tombstone.edited_at, tombstone.removal) == ("", "", None, None)
        assert shown == reply
        assert shown.parent_id == first.id
    assert thread.shown(HAO)[0].author == HAO.user_id
    for reader in (HAO, YAN):
        with pytest.raises(errors.NoteNotFound):
            thread.texts(reader, first)
    assert not [item for item in thread.items() if any(text in str(item) for text in ("第一版", "第二版"))], "no text stays"
    for denied in (
        lambda: thread.call(circles.update_comment, HAO, first, change(edited.version), "再改"),
        lambda: thread.add(MEI, "回复", first.id),
        lambda: thread.call(circles.report_comment, MEI, first, SPAM),
        lambda: thread.call(circles.remove_comment, YAN, first, REASON),
        lambda: thread.call(circles.delete_comment, MEI, first),
    ):
        with pytest.raises(errors.NoteNotFound):
            denied()


def test_a10_a_moderator_removes_a_comment_and_its_author_alone_reads_the_reason() -> None:
    thread = Thread()
    rude = thread.add(HAO, "骂人的话")
    thread.call(circles.remove_comment, YAN, rude, REASON)
    thread.call(circles.remove_comment, YAN, rude, "另一个理由")
    assert thread.count() == 0
    own, others = thread.shown(HAO)[0], thread.shown(MEI)[0]
    assert own.removal
    assert (own.author, own.text, own.removal.reason) == (HAO.user_id, "", REASON), "the first reason stays"
    assert (others.author, others.text, others.state, others.removal) == ("", "", ContentState.REMOVED, None)
    assert thread.texts(LIN, rude) == ["骂人的话"], "moderators can read what was removed"
    with pytest.raises(errors.NoteNotFound):
        thread.texts(HAO, rude)
    thread.call(circles.delete_comment, HAO, rude)
    assert thread.shown(HAO)[0].state is ContentState.REMOVED, "the removal stays"
    assert verify_chain(thread.simulation.circles_table, thread.stored(rude)).state == "intact"
    assert REASON not in str([item for item in thread.items() if item["pk"].startswith("AUDIT#")])


@pytest.mark.parametrize(
    ("by", "author", "is_allowed"),
    [(LIN, YAN, True), (YAN, HAO, True), (YAN, LIN, False), (YAN, YAN, False), (LIN, LIN, False), (MEI, HAO, False)],
)
def test_a10_a_moderator_removes_what_lower_ranks_wrote(by: Caller, author: Caller, is_allowed: bool) -> None:
    thread = Thread()
    comment, note = thread.add(author), post_note(thread.simulation, thread.circle_id, author)
    removals: list[Callable[[], Any]] = [
        lambda: thread.call(circles.remove_comment, by, comment, REASON),
        lambda: circles.remove_note(thread.ports, by, thread.circle_id, note.id, REASON),
    ]
    for remove in removals:
        if is_allowed:
            remove()
            continue
        with pytest.raises(errors.RoleNotAllowed):
            remove()
    assert thread.shown()[0].is_visible is not is_allowed


def test_a10_notes_are_deleted_with_their_comments_and_removed_with_a_reason() -> None:
    thread = Thread()
    ports, circle_id = thread.ports, thread.circle_id
    thread.add(HAO)
    circles.update_note(ports, MEI, circle_id, thread.note.id, change(thread.note.version), "第二版", ())
    other = post_note(thread.simulation, circle_id, MEI, "广告")
    handle_new_changes(thread.simulation, "circles")
    with pytest.raises(errors.RoleNotAllowed):
        circles.delete_note(ports, YAN, circle_id, thread.note.id)
    for _ in range(2):
        circles.delete_note(ports, MEI, circle_id, thread.note.id)
        circles.remove_note(ports, YAN, circle_id, other.id, REASON)
    handle_new_changes(thread.simulation, "circles")
    assert circles.list_notes(ports, HAO, circle_id, PAGE).items == []
    for reader in (MEI, HAO, YAN):
        with pytest.raises(errors.NoteNotFound):
            circles.get_note(ports, reader, circle_id, thread.note.id)
        with pytest.raises(errors.NoteNotFound):
            thread.shown(reader)
        with pytest.raises(errors.NoteNotFound):
            circles.list_revisions(ports, reader, circle_id, thread.note.id, PAGE)
    own = circles.get_note(ports, MEI, circle_id, other.id).note
    assert own.removal
    assert (own.state, own.content.text, own.removal.reason) == (ContentState.REMOVED, "广告", REASON)
    for reader in (HAO, YAN, LIN):
        with pytest.raises(errors.NoteNotFound):
            circles.get_note(ports, reader, circle_id, other.id)
    circles.delete_note(ports, MEI, circle_id, other.id)
    assert circles.get_note(ports, MEI, circle_id, other.id).note == own, "the removal stays"
    with pytest.raises(errors.NoteNotFound):
        circles.remove_note(ports, YAN, circle_id, thread.note.id, REASON)
    stored = NOTES.get(thread.simulation.circles_table, note_key(circle_id, thread.note.id))
    assert (stored.content.text, stored.content.tags) == ("", ())


def test_a10_tombstones_are_listed_by_a_blocked_user_too_and_visible_comments_are_not() -> None:
    """Otherwise a block would reveal who wrote the deleted comment."""
    thread = Thread()
    deleted, shown = thread.add(HAO), thread.add(HAO)
    thread.call(circles.delete_comment, HAO, deleted)
    circles.block_user(thread.ports, MEI, HAO.user_id)
    assert [comment.id for comment in thread.shown(MEI)] == [deleted.id]
    assert [comment.id for comment in thread.shown(YAN)] == [deleted.id, shown.id]


def test_a10_the_evidence_of_a_report_stays_and_an_edited_comment_can_be_reported_again() -> None:
    thread = Thread()
    comment = thread.add(HAO, "加我看更多")
    for _ in range(2):
        thread.call(circles.report_comment, MEI, comment, SPAM)
    thread.call(circles.update_comment, HAO, comment, change(comment.version), "没什么")
    thread.call(circles.report_comment, MEI, comment, SPAM)
    thread.call(circles.delete_comment, HAO, comment)
    reports = content_reports(thread.simulation, "circles")
    assert [report.data.evidence["text"] for report in reports][-1] == "没什么"
    assert [item["evidence"]["text"] for item in thread.items() if "evidence" in item] == ["没什么"]


def test_a10_counters_and_recount_agree_when_the_stream_is_delivered_twice() -> None:
    thread = Thread()
    comments = [thread.add(HAO) for _ in range(4)]
    thread.call(circles.update_comment, HAO, comments[3], change(comments[3].version), "改")
    thread.call(circles.delete_comment, HAO, comments[0])
    thread.call(circles.remove_comment, YAN, comments[1], REASON)
    changes = [one for one in all_changes(thread.simulation, "circles") if one.key.sk.startswith("COMMENT#")]
    for start in range(0, len(changes), 2):
        handle_changes(thread.ports, changes[start : start + 2])
        handle_changes(thread.ports, changes[start : start + 3])
    counted = circles.get_note(thread.ports, LIN, thread.circle_id, thread.note.id).note.comments
    assert counted == len([comment for comment in thread.shown() if comment.is_visible]) == 2
    circles.plan_recount(thread.ports, thread.circle_id)
    circles.recount_counters(thread.ports)
    assert circles.get_note(thread.ports, LIN, thread.circle_id, thread.note.id).note.comments == 2


def test_a10_health_and_exports_leave_deleted_comments_out() -> None:
    thread = Thread()
    _, deleted = thread.add(HAO, "留下的"), thread.add(HAO, "删掉的")
    removed = thread.add(HAO, "撤下的")
    thread.call(circles.delete_comment, HAO, deleted)
    thread.call(circles.remove_comment, YAN, removed, REASON)
    handle_all_changes(thread.simulation, "circles")
    circle = circles.get_circle(thread.ports, LIN, thread.circle_id).circle
    assert measure_circle_health(thread.ports, circle, thread.simulation.clock()).posts == 2
    for by, kind, texts in (
        (HAO, ExportKind.OWN, [("comment", "留下的"), ("comment", ""), ("comment", ""), ("revision", "撤下的")]),
        (LIN, ExportKind.CIRCLE, [("note", "清晨的苇莺"), ("comment", "留下的")]),
    ):
        lines = exported(thread.simulation, by, thread.circle_id, kind)
        assert [(line["kind"], line["text"]) for line in lines if "text" in line] == texts
        assert all(set(line) <= {"kind", *EXPORTED[line["kind"]]} for line in lines)


def exported(simulation: Simulation, by: Caller, circle_id: str, kind: ExportKind) -> list[dict[str, Any]]:
    """Return the lines of notes and their threads in an export."""
    export = circles.create_export(simulation.circles, by, circle_id, new_key(by, now=simulation.clock.now), kind)
    return get_export_page(simulation.circles_table, replace(export, phase=Phase.NOTES)).lines


@pytest.mark.parametrize("is_edit", [True, False])
def test_a10_of_an_edit_and_a_deletion_in_flight_exactly_one_is_stored(is_edit: bool) -> None:
    """The one has loaded the comment when the other is stored."""
    thread = Thread()
    comment = thread.add(HAO, "原文")
    member = circles.get_circle(thread.ports, HAO, thread.circle_id).member
    loaded = COMMENTS.load(thread.simulation.circles_table, comment_key(thread.circle_id, thread.note.id, comment.id))
    at = thread.simulation.clock()
    late = loaded.entity.edit(member, "改过的", at=at) if is_edit else loaded.entity.delete(member, at=at)
    if is_edit:
        thread.call(circles.delete_comment, HAO, comment)
    else:
        thread.call(circles.update_comment, HAO, comment, change(comment.version), "改过的")
    with pytest.raises(ConditionFailed):
        save(thread.ports, loaded, late)
    assert thread.stored(comment)["text"] == ("" if is_edit else "改过的")


def test_a10_a_deleted_note_is_not_edited_by_a_late_request() -> None:
    thread = Thread()
    circles.delete_note(thread.ports, MEI, thread.circle_id, thread.note.id)
    with pytest.raises(errors.NoteNotFound):
        circles.update_note(thread.ports, MEI, thread.circle_id, thread.note.id, change(thread.note.version), "再改", ())


def test_a10_an_edit_whose_record_is_processed_after_the_deletion_leaves_no_text() -> None:
    thread = Thread()
    comment = thread.add(HAO, "第一版")
    thread.call(circles.update_comment, HAO, comment, change(comment.version), "第二版")
    thread.call(circles.delete_comment, HAO, comment)
    circles.update_note(thread.ports, MEI, thread.circle_id, thread.note.id, change(thread.note.version), "笔记二", ())
    circles.delete_note(thread.ports, MEI, thread.circle_id, thread.note.id)
    changes = [one for one in all_changes(thread.simulation, "circles") if one.key.sk.startswith(("COMMENT#", "NOTE#"))]
    for one in reversed(changes):
        handle_changes(thread.ports, [one])
    assert not [item for item in thread.items() if "REVISION#" in item["sk"]]
