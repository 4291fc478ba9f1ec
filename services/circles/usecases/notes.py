"""Notes, comments and likes."""

from __future__ import annotations

from services.circles.domain import Action, Comment, Member, Note
from services.circles.repository import notes as repository
from services.circles.repository.circles import look_at_circle, require_member
from services.circles.usecases.pictures import attach_pictures
from services.circles.usecases.ports import Ports
from services.shared.auth import Caller
from services.shared.clock import next_version
from services.shared.events import NoteReported
from services.shared.ids import IdempotencyKey
from services.shared.reports import ReportIn, Subject, keep_report
from services.shared.stored import create_once
from services.shared.table import ConditionFailed, Item


def post_note(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    key: IdempotencyKey,
    *,
    text: str,
    tags: tuple[str, ...],
    picture_ids: tuple[str, ...],
) -> Note:
    """Post a note with pictures that its author has uploaded. One write unit."""
    _may_write(ports, caller, circle_id, Action.POST_NOTE)
    pictures = attach_pictures(ports, circle_id, caller.user_id, picture_ids)
    at = ports.clock()
    note = Note(key.id("not"), circle_id, caller.user_id, text, tags, pictures, at, next_version(0, at))
    return repository.note_from(create_once(ports.table, repository.note_to(note), key))


def read_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> tuple[Note, bool]:
    """A note, and whether the reader likes it."""
    _may(ports, caller, circle_id, Action.READ)
    note = repository.find_note(ports.table, circle_id, note_id)
    return note, bool(repository.liked(ports.table, circle_id, caller.user_id, [note]))


def list_notes(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[tuple[Note, bool]], Item | None]:
    """A page of the feed, newest first, each note with whether the reader likes it. Removed notes are passed over."""
    _may(ports, caller, circle_id, Action.READ)
    page = repository.list_notes(ports.table, circle_id, limit, start)
    notes = [repository.note_from(item) for item in page.items if item["state"] == "visible"]
    liked = repository.liked(ports.table, circle_id, caller.user_id, notes)
    return [(note, note.id in liked) for note in notes], page.next


def remove_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Take a note out of sight: its author may, and who keeps order."""
    member = _may(ports, caller, circle_id, Action.READ)
    note = repository.find_note(ports.table, circle_id, note_id)
    try:
        repository.remove(ports.table, note.remove(member, at=ports.clock()))
    except ConditionFailed:
        return  # removed meanwhile


def add_comment(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, key: IdempotencyKey, *, text: str, parent_id: str | None
) -> Comment:
    _may_write(ports, caller, circle_id, Action.COMMENT)
    repository.find_note(ports.table, circle_id, note_id)
    if parent_id:
        repository.find_comment(ports.table, circle_id, note_id, parent_id)
    comment = Comment(key.id("com"), note_id, caller.user_id, text, ports.clock(), parent_id)
    return repository.comment_from(create_once(ports.table, repository.comment_to(comment, circle_id), key))


def list_comments(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, limit: int, start: Item | None
) -> tuple[list[Comment], Item | None]:
    """A page of a note's comments, oldest first."""
    _may(ports, caller, circle_id, Action.READ)
    repository.find_note(ports.table, circle_id, note_id)
    page = repository.list_comments(ports.table, circle_id, note_id, limit, start)
    return [repository.comment_from(item) for item in page.items], page.next


def report_note(ports: Ports, caller: Caller, circle_id: str, note_id: str, body: ReportIn) -> None:
    """Report a note to the platform, as it looks now."""
    _may(ports, caller, circle_id, Action.READ)
    note = repository.find_note(ports.table, circle_id, note_id)
    evidence = {"text": note.text, "tags": list(note.tags), "pictures": [one.id for one in note.pictures]}
    subject = Subject("note", note.id, circle_id, note.author, evidence)
    keep_report(ports.table, NoteReported, subject, caller.user_id, body, ports.clock(), ports.new_id)


def report_comment(ports: Ports, caller: Caller, circle_id: str, note_id: str, comment_id: str, body: ReportIn) -> None:
    """Report a comment to the platform, as it looks now."""
    _may(ports, caller, circle_id, Action.READ)
    repository.find_note(ports.table, circle_id, note_id)
    comment = repository.find_comment(ports.table, circle_id, note_id, comment_id)
    subject = Subject("comment", comment.id, circle_id, comment.author, {"text": comment.text, "note_id": note_id})
    keep_report(ports.table, NoteReported, subject, caller.user_id, body, ports.clock(), ports.new_id)


def like_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    """Likes are a set: the second like of a person changes nothing."""
    _may(ports, caller, circle_id, Action.LIKE)
    repository.find_note(ports.table, circle_id, note_id)
    repository.add_like(ports.table, circle_id, note_id, caller.user_id)


def unlike_note(ports: Ports, caller: Caller, circle_id: str, note_id: str) -> None:
    _may(ports, caller, circle_id, Action.LIKE)
    repository.find_note(ports.table, circle_id, note_id)
    repository.drop_like(ports.table, circle_id, note_id, caller.user_id)


def _may_write(ports: Ports, caller: Caller, circle_id: str, action: Action) -> None:
    """To say something one needs a role that may, a voice on the platform and here, and a circle that is not read-only."""
    member = _may(ports, caller, circle_id, action)
    caller.require_voice()
    member.require_voice(ports.clock())
    look_at_circle(ports.table, circle_id).require_writable(ports.clock())


def _may(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Member:
    member = require_member(ports.table, circle_id, caller.user_id)
    member.require(action)
    return member
