"""Comments on notes: adding, listing, editing, deleting, removing and reporting them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from services.circles.domain import Action, Comment, ContentState, Revision
from services.circles.domain.note import require_newcomer_limits
from services.circles.errors import NoteNotFound, RoleNotAllowed
from services.circles.repository import comments as repository
from services.circles.repository import notes, revisions
from services.circles.settings import settings
from services.circles.usecases.blocks import require_not_blocked
from services.circles.usecases.guardrails import publish_post
from services.circles.usecases.notes import get_author, is_unblocked_author
from services.circles.usecases.permissions import require_permission, require_permission_and_writable, require_writable
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import CommentChanged, NoteReported
from services.shared.security.auth import Caller
from services.shared.table.creating import create_in_order
from services.shared.table.reports import ReportInput, ReportSubject, put_report
from services.shared.table.versioned import Changed, Versioned, update


def add_comment(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, key: IdempotencyKey, *, text: str, parent_id: str | None
) -> Comment:
    """Add a comment to a note, or a reply to a visible comment, and return it.

    Its id and its time are the server's. A retry returns the stored comment, also if it was edited or deleted since.
    Cost: 2 write units (1 each for the slot with the id and the comment) and 3 read units.
    Raises: CircleNotFound, CallerMuted, CircleNotActive, CircleReadOnly, NewcomerLimitExceeded, NoteNotFound,
    BlockedByAuthor, SellingNotOpen, GuardrailReached, KeyReused, RateLimitReached.
    """
    member = require_permission(ports, caller, circle_id, Action.COMMENT)

    def build(comment_id: str, at: datetime) -> Comment | Changed[Comment]:
        require_writable(ports, circle_id)
        require_newcomer_limits(member, text)
        note = notes.get_note(ports.table, circle_id, note_id)
        parents = [repository.get_comment(ports.table, circle_id, note_id, parent_id)] if parent_id else []
        require_not_blocked(ports, caller, note.author, *(parent.author for parent in parents))
        comment = Comment(comment_id, circle_id, note_id, caller.user_id, text, at, next_version(0, at), parent_id)
        parent_author = "".join(parent.author for parent in parents)
        return publish_post(ports, replace(comment, note_author=note.author, parent_author=parent_author))

    comment_key = partial(repository.comment_key, circle_id, note_id)
    rate, store = settings().rate("comment"), repository.COMMENTS
    return create_in_order(ports, key, rate, "com", store, comment_key, build, CommentChanged)


def list_comments(ports: Ports, caller: Caller, circle_id: str, note_id: str, page: PageRequest) -> Page[Comment]:
    """Return a page of a note's comments as the caller sees them, oldest first, without those by blocked users.

    Tombstones are listed, by a blocked user too: a block must not reveal the author of one.
    Cost: 3.5 read units for 20.
    Raises: CircleNotFound, NoteNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    notes.get_note(ports.table, circle_id, note_id)
    is_unblocked = is_unblocked_author(ports, caller)

    def is_listed(comment: Comment) -> bool:
        return not comment.is_visible or is_unblocked(comment.author)

    comments = repository.list_comments(ports.table, circle_id, note_id, page, is_listed)
    return comments.map(lambda comment: comment.as_seen_by(caller.user_id))


def update_comment(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, comment_id: str, request: ChangeRequest, text: str
) -> Comment:
    """Replace the text of the caller's comment, and return it. The stream stores the earlier text.

    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, RoleNotAllowed (another author), CallerMuted, CircleNotActive, CircleReadOnly,
    NewcomerLimitExceeded, NoteNotFound (also for a tombstone), PreconditionFailed, SellingNotOpen, GuardrailReached, KeyReused,
    RateLimitReached.
    """
    member = require_permission_and_writable(ports, caller, circle_id, Action.COMMENT)
    require_newcomer_limits(member, text)
    notes.get_note(ports.table, circle_id, note_id)

    def load() -> Versioned[Comment]:
        # Before the ETag is compared: a deletion that came first is a 404, not a 412 that invites another try.
        loaded = repository.load_comment(ports.table, circle_id, note_id, comment_id)
        loaded.entity.require_visible()
        return loaded

    def change(comment: Comment) -> Comment | Changed[Comment]:
        edited = comment.edit(member, text, at=ports.clock())
        return comment if edited == comment else publish_post(ports, edited, before=comment)

    return update(ports, load, change, request=request)


def delete_comment(ports: Ports, caller: Caller, circle_id: str, note_id: str, comment_id: str) -> None:
    """Erase the text of the caller's comment. A tombstone stays, so that its replies keep their place.

    The stream deletes the earlier texts. It can be down. Unchanged if it is deleted, or if a moderator has removed it.
    Cost: 1 write unit and 2.5 read units.
    Raises: CircleNotFound, NoteNotFound, RoleNotAllowed (another author).
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    notes.get_note(ports.table, circle_id, note_id)
    load = partial(repository.load_comment, ports.table, circle_id, note_id, comment_id)
    update(ports, load, lambda comment: comment.delete(member, at=ports.clock()), CommentChanged)


def remove_comment(ports: Ports, caller: Caller, circle_id: str, note_id: str, comment_id: str, reason: str) -> None:
    """Hide a comment, as a moderator whose rank is above its author's. Its author reads the reason.

    A tombstone stays. The stream writes the audit entry, and stores the text for moderators to read.
    Unchanged if it is removed: the first reason stays.
    Cost: 1 write unit and 3.5 read units.
    Raises: CircleNotFound, NoteNotFound, CallerMuted, RoleNotAllowed.
    """
    by = require_permission(ports, caller, circle_id, Action.REMOVE_NOTE)
    notes.get_note(ports.table, circle_id, note_id)
    author = get_author(ports, repository.get_comment_in_any_state(ports.table, circle_id, note_id, comment_id))

    def change(comment: Comment) -> Comment:
        return comment.remove(by, author, reason, ports.new_id("salt"), at=ports.clock())

    update(ports, partial(repository.load_comment, ports.table, circle_id, note_id, comment_id), change, CommentChanged)


def list_comment_revisions(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, comment_id: str, page: PageRequest
) -> Page[Revision]:
    """Return a page of a comment's earlier texts, newest first.

    Moderators can read those of each comment, also of a removed one; authors those of their own visible comments. Those of a
    comment that its author deleted, or that is down, do not exist.
    Cost: 2.5 read units.
    Raises: CircleNotFound, RoleNotAllowed, NoteNotFound.
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    notes.get_note(ports.table, circle_id, note_id)
    comment = repository.get_comment_in_any_state(ports.table, circle_id, note_id, comment_id)
    if comment.state is ContentState.DELETED or comment.take_downs.is_down:
        raise NoteNotFound
    if not member.can(Action.READ_REVISIONS):
        comment.require_visible()
        if comment.author != caller.user_id:
            raise RoleNotAllowed
    return revisions.list_revisions(ports.table, circle_id, note_id, page, comment_id)


def report_comment(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, comment_id: str, report_input: ReportInput
) -> None:
    """Report a comment to the platform, with its current content as evidence.

    Unchanged if the caller reported this revision before. An edited comment can be reported again. The evidence stays when
    the comment is deleted or removed.
    Raises: CircleNotFound, CallerMuted, NoteNotFound (also for a tombstone), RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.REPORT)
    notes.get_note(ports.table, circle_id, note_id)
    comment = repository.get_comment(ports.table, circle_id, note_id, comment_id)
    evidence = {"text": comment.text, "note_id": note_id}
    subject = ReportSubject("comment", comment.id, circle_id, comment.author, evidence, comment.revision)
    put_report(ports, NoteReported, subject, caller.user_id, report_input, settings().rate("report"))
