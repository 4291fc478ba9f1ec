"""Editing notes, and the earlier revisions of edited notes."""

from __future__ import annotations

from collections.abc import Sequence

from services.circles.domain import Action, Comment, ContentState, Note, Revision
from services.circles.domain.note import require_newcomer_limits
from services.circles.errors import NoteNotFound, RoleNotAllowed
from services.circles.repository import notes
from services.circles.repository import revisions as repository
from services.circles.repository.comments import comment_changes, find_comment
from services.circles.usecases.guardrails import publish_post
from services.circles.usecases.notes import NoteView, change_note, to_note_views
from services.circles.usecases.permissions import require_permission, require_permission_and_writable
from services.circles.usecases.ports import Ports
from services.circles.usecases.tags import require_known_tags
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed


def update_note(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, request: ChangeRequest, text: str, tags: Sequence[str]
) -> NoteView:
    """Replace the text and tags of the caller's note, and return it.

    The stream stores the earlier revision. An edit that adds products is judged as a new post is.
    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, RoleNotAllowed (another author), CallerMuted, CircleNotActive, CircleReadOnly,
    NewcomerLimitExceeded, TagsUnknown, NoteNotFound, PreconditionFailed (another version than the caller read),
    SellingNotOpen, GuardrailReached, KeyReused, RateLimitReached.
    """
    member = require_permission_and_writable(ports, caller, circle_id, Action.POST_NOTE)
    require_newcomer_limits(member, text)
    known_tags = require_known_tags(tags)

    def change(note: Note) -> Note | Changed[Note]:
        edited = note.edit(member, text, known_tags, at=ports.clock())
        return note if edited == note else publish_post(ports, edited, before=note)

    note = change_note(ports, circle_id, note_id, change, request)
    return to_note_views(ports, caller, circle_id, [note])[0]


def list_revisions(ports: Ports, caller: Caller, circle_id: str, note_id: str, page: PageRequest) -> Page[Revision]:
    """Return a page of a note's earlier revisions, newest first.

    Moderators can read the revisions of every note, also of a removed one; authors those of their own visible notes. Those
    of a note that its author deleted, or that is down, do not exist.
    Raises: CircleNotFound, RoleNotAllowed, NoteNotFound.
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    note = notes.get_note_in_any_state(ports.table, circle_id, note_id)
    if note.state is ContentState.DELETED or note.take_downs.is_down:
        raise NoteNotFound
    if not member.can(Action.READ_REVISIONS):
        note.require_visible()
        if note.author != caller.user_id:
            raise RoleNotAllowed
    revisions = repository.list_revisions(ports.table, circle_id, note_id, page)
    return revisions.map(lambda revision: revision.without_pictures(note.hidden_picture_ids))


def update_revisions(ports: Ports, changes: Sequence[Change]) -> None:
    """Store the earlier revisions of what these changes edited, and delete those of what its author deleted.

    A comment that was removed has its text as its last revision. A repeat stores nothing more. An edit that is processed after
    the deletion, as a record that was set aside, leaves no text: what is stored now decides.
    """
    edits = [change for change in changes if change.old and change.new]
    images: list[tuple[Note | Comment | None, Note | Comment | None]] = [
        *((change.before, change.after) for change in notes.note_changes(edits)),
        *((change.before, change.after) for change in comment_changes(edits)),
    ]
    for before, after in images:
        if before is None or after is None or after.revision == 1:
            continue
        if before.revision < after.revision:
            repository.put_revision(ports.table, before.as_revision)
        if _is_deleted(ports, after):
            note_id, comment_id = (after.note_id, after.id) if isinstance(after, Comment) else (after.id, "")
            repository.delete_revisions(ports.table, after.circle_id, note_id, comment_id)


def _is_deleted(ports: Ports, content: Note | Comment) -> bool:
    """Return whether the note or comment is deleted now. Cost: 1 read unit, unless this change deleted it."""
    if content.state is ContentState.DELETED:
        return True
    if isinstance(content, Comment):
        now: Note | Comment | None = find_comment(ports.table, content.circle_id, content.note_id, content.id)
    else:
        now = notes.find_note_in_any_state(ports.table, content.circle_id, content.id)
    return now is None or now.state is ContentState.DELETED
