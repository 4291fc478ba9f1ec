"""Drafts of notes: created, changed, deleted, and published as notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from services.circles.domain import Action, Draft, Note
from services.circles.domain.note import require_newcomer_limits
from services.circles.errors import DraftNotFound
from services.circles.repository import drafts as repository
from services.circles.repository import notes
from services.circles.repository.circles import require_member
from services.circles.usecases.notes import NoteInput, NoteView, require_valid_content, to_new_note_view
from services.circles.usecases.permissions import require_permission, require_unmuted_and_writable, require_writer
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.ids import IdempotencyKey, deterministic_id
from services.shared.security.auth import Caller
from services.shared.table.port import ABSENT, Item, Put
from services.shared.table.versioned import create_if_absent, retry_on_write_conflict, return_earlier_result, update_entity


def create_draft(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, note_input: NoteInput) -> Draft:
    """Save a draft that only its author can read, and return it.

    A retry returns the stored draft; if the draft was published, with the content of its note.
    Cost: 1 write unit per KB and 1.5 read units.
    Raises: the errors of post_note, DraftNotFound (a retry after the draft was deleted).
    """
    member = require_permission(ports, caller, circle_id, Action.POST_NOTE)

    def attempt() -> Item:
        require_unmuted_and_writable(ports, caller, member)
        content = require_valid_content(ports, member, note_input)
        at = ports.clock()
        draft = Draft(key.id("drf"), circle_id, caller.user_id, content, at, next_version(0, at))
        return create_if_absent(ports.table, repository.draft_to_item(draft), key)

    draft_key = repository.draft_key(circle_id, caller.user_id, key.id("drf"))
    draft = repository.draft_from_item(return_earlier_result(ports.table, draft_key, key, attempt))
    if draft.note_id:
        return replace(draft, content=notes.get_note_in_any_state(ports.table, circle_id, draft.note_id).content)
    if draft.deleted:
        raise DraftNotFound
    return draft


def update_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str, note_input: NoteInput) -> Draft:
    """Replace the content of a draft and return the draft.

    Raises: the errors of post_note, DraftNotFound (also if it was published).
    """
    member = require_writer(ports, caller, circle_id, Action.POST_NOTE)

    def change(draft: Draft) -> Draft:
        return draft.update(require_valid_content(ports, member, note_input, draft.content.pictures), at=ports.clock())

    return _change_draft(ports, caller, circle_id, draft_id, change)


def list_drafts(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Draft], Item | None]:
    """Return a page of the caller's drafts, newest first.

    Published drafts are skipped, so a page can be shorter.
    Cost: 1.5 read units.
    """
    require_member(ports.table, circle_id, caller.user_id).require(Action.POST_NOTE)
    page = repository.list_drafts(ports.table, circle_id, caller.user_id, limit, start)
    drafts = map(repository.draft_from_item, page.items)
    return [draft for draft in drafts if not draft.is_closed], page.next


def delete_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str) -> None:
    """Delete a draft. Raises: CircleNotFound, DraftNotFound (also if it was published)."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.POST_NOTE)
    _change_draft(ports, caller, circle_id, draft_id, lambda draft: draft.delete(at=ports.clock()))


def _change_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str, change: Callable[[Draft], Draft]) -> Draft:
    load = partial(repository.load_open_draft, ports.table, circle_id, caller.user_id, draft_id)
    return update_entity(ports, load, change, repository.draft_to_item)


def publish_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str) -> NoteView:
    """Post a draft as a note created now, and return the note.

    A retry within 2 days returns the same note.
    Draft and note are written in one transaction, so that exactly one of the two is visible.
    Cost: 4 write units and 2.5 read units.
    Raises: CircleNotFound, CallerMuted, CircleNotActive, CircleReadOnly, NewcomerLimitExceeded, DraftNotFound.
    """
    member = require_writer(ports, caller, circle_id, Action.POST_NOTE)

    def attempt() -> Note:
        loaded = repository.load_draft(ports.table, circle_id, caller.user_id, draft_id)
        if loaded.entity.note_id:
            return notes.get_note_in_any_state(ports.table, circle_id, loaded.entity.note_id)
        if loaded.entity.deleted:
            raise DraftNotFound
        content = loaded.entity.content
        require_newcomer_limits(member, content.text, len(content.pictures))
        at = ports.clock()
        closed_draft, note = loaded.entity.publish(deterministic_id("note", millis(at), draft_id), at=at)
        draft_put = loaded.put(repository.draft_to_item(closed_draft), ports.new_id)
        ports.table.transact([Put(notes.note_to_item(note), ABSENT), draft_put], token=ports.new_id("txn"))
        return note

    return to_new_note_view(ports, retry_on_write_conflict(attempt))
