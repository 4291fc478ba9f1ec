"""Editing notes, and the earlier revisions of edited notes."""

from __future__ import annotations

from collections.abc import Sequence

from services.circles.domain import Action, Note, Revision
from services.circles.domain.note import require_newcomer_limits
from services.circles.errors import RoleNotAllowed
from services.circles.repository import notes
from services.circles.repository import revisions as repository
from services.circles.usecases.notes import NoteView, change_note, to_note_views
from services.circles.usecases.permissions import require_permission, require_permission_and_writable
from services.circles.usecases.ports import Ports
from services.circles.usecases.tags import require_known_tags
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.table.entities import EntityChange


def update_note(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, request: ChangeRequest, text: str, tags: Sequence[str]
) -> NoteView:
    """Replace the text and tags of the caller's note, and return it.

    The stream stores the earlier revision.
    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, RoleNotAllowed (another author), CallerMuted, CircleNotActive, CircleReadOnly,
    NewcomerLimitExceeded, TagsUnknown, NoteNotFound, PreconditionFailed (another version than the caller read), KeyReused,
    RateLimitReached.
    """
    member = require_permission_and_writable(ports, caller, circle_id, Action.POST_NOTE)
    require_newcomer_limits(member, text)
    known_tags = require_known_tags(tags)
    note = change_note(ports, circle_id, note_id, lambda note: note.edit(member, text, known_tags, at=ports.clock()), request)
    return to_note_views(ports, caller, circle_id, [note])[0]


def list_revisions(ports: Ports, caller: Caller, circle_id: str, note_id: str, page: PageRequest) -> Page[Revision]:
    """Return a page of a note's earlier revisions, newest first.

    Moderators can read the revisions of every note, also of a removed one; authors those of their own visible notes.
    Raises: CircleNotFound, RoleNotAllowed, NoteNotFound.
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    note = notes.get_note_in_any_state(ports.table, circle_id, note_id)
    if not member.can(Action.READ_REVISIONS):
        note.require_visible()
        if note.author != caller.user_id:
            raise RoleNotAllowed
    return repository.list_revisions(ports.table, circle_id, note_id, page)


def put_earlier_revision(ports: Ports, change: EntityChange[Note]) -> None:
    """Store the earlier revision of a note if this change edited it. A repeat stores nothing more."""
    if change.before and change.after and change.before.revision < change.after.revision:
        repository.put_revision(ports.table, change.before.as_revision)
