"""Drafts of notes: created, changed, deleted, and published as notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from services.circles.domain import Action, Draft, Note
from services.circles.domain.note import require_newcomer_limits
from services.circles.domain.open_drafts import OpenDrafts
from services.circles.errors import DraftNotFound
from services.circles.repository import drafts as repository
from services.circles.repository import notes
from services.circles.settings import settings
from services.circles.usecases.guardrails import is_owner, publish_post
from services.circles.usecases.notes import NoteInput, NoteView, require_valid_content, to_new_note_view
from services.circles.usecases.permissions import require_permission, require_permission_and_writable, require_writable
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.ids import IdempotencyKey, deterministic_id
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


def create_draft(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, note_input: NoteInput) -> Draft:
    """Save a draft that only its author can read, and return it.

    A retry returns the stored draft; if the draft was published, with the content of its note.
    Cost: 2 write units (slot and draft, one more per further KB) and 2 read units.
    Raises: the errors of post_note, DraftNotFound (a retry after the draft was deleted), RateLimitReached.
    """
    member = require_permission(ports, caller, circle_id, Action.POST_NOTE)

    def build() -> Draft:
        require_writable(ports, circle_id)
        content = require_valid_content(ports, member, note_input)
        at = ports.clock()
        return Draft(key.id("drf"), circle_id, caller.user_id, content, at, next_version(0, at))

    draft_key = repository.draft_key(circle_id, caller.user_id, key.id("drf"))
    limit_key = repository.draft_limit_key(circle_id, caller.user_id)
    slot = Slot.of_key(ports, key, settings().rate("draft"), item_key=limit_key)
    draft = create(ports, key, slot, repository.DRAFTS, draft_key, build, opened=partial(_open_draft, ports))
    if draft.note_id:
        note = notes.get_note_in_any_state(ports.table, circle_id, draft.note_id, consistent_read=True)
        return replace(draft, content=note.content)
    if draft.deleted:
        raise DraftNotFound
    return draft


def _open_draft(ports: Ports, draft: Draft, entries: tuple[str, ...]) -> tuple[str, ...]:
    """Return the author's open drafts with this one, as they are stored beside the rate limit of drafts.

    The drafts are read only if the limit is reached, because those that were published or deleted since do not count.
    Raises: DraftLimitReached.
    """
    drafts = OpenDrafts(entries)
    if drafts.is_full:
        stored = repository.iter_drafts(ports.table, draft.circle_id, draft.author)
        drafts = drafts.without_closed(stored, at=draft.saved_at)
    return drafts.add(draft.id, at=draft.saved_at).entries


def update_draft(
    ports: Ports, caller: Caller, circle_id: str, draft_id: str, request: ChangeRequest, note_input: NoteInput
) -> Draft:
    """Replace the content of a draft and return the draft.

    Raises: the errors of post_note, DraftNotFound (also if it was published), PreconditionFailed (another version than the
    caller read), RateLimitReached.
    """
    member = require_permission_and_writable(ports, caller, circle_id, Action.POST_NOTE)

    def change(draft: Draft) -> Draft:
        return draft.update(require_valid_content(ports, member, note_input, draft.content.pictures), at=ports.clock())

    return _change_draft(ports, caller, circle_id, draft_id, change, request)


def list_drafts(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Draft]:
    """Return a page of the caller's drafts that are not published, newest first.

    Cost: 1.5 read units.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    return repository.list_drafts(ports.table, circle_id, caller.user_id, page)


def delete_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str) -> None:
    """Delete a draft. Raises: CircleNotFound, DraftNotFound (also if it was published)."""
    require_permission(ports, caller, circle_id, Action.READ)  # what is one's own, a muted member can delete too
    _change_draft(ports, caller, circle_id, draft_id, lambda draft: draft.delete(at=ports.clock()))


def _change_draft(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    draft_id: str,
    change: Callable[[Draft], Draft],
    request: ChangeRequest | None = None,
) -> Draft:
    load = partial(repository.load_open_draft, ports.table, circle_id, caller.user_id, draft_id)
    return update(ports, load, change, request=request)


def publish_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str) -> NoteView:
    """Post a draft as a note created now, and return the note.

    A retry within 2 days returns the same note.
    Draft and note are written in one transaction, so that exactly one of the two is visible.
    Cost: 5 write units and 3 read units.
    Raises: CircleNotFound, CallerMuted, CircleNotActive, CircleReadOnly, NewcomerLimitExceeded, DraftNotFound,
    SellingNotOpen, GuardrailReached, RateLimitReached.
    """
    member = require_permission_and_writable(ports, caller, circle_id, Action.POST_NOTE)

    created: dict[str, Note] = {}

    def publish(draft: Draft) -> Draft | Changed[Draft]:
        if draft.note_id:
            return draft
        if draft.deleted:
            raise DraftNotFound
        require_newcomer_limits(member, draft.content.text, draft.content.pictures)
        at = ports.clock()
        closed, note = draft.publish(deterministic_id("note", millis(at), draft_id), at=at)
        published = publish_post(ports, replace(note, by_owner=is_owner(member)))
        note, also = (published.after, published.also) if isinstance(published, Changed) else (published, ())
        created[note.id] = note
        return Changed(closed, also=[notes.note_creation(ports, note), *also])

    slot = Slot(ports, caller.user_id, settings().rate("note"))
    load = partial(repository.load_draft, ports.table, circle_id, caller.user_id, draft_id)
    draft = update(ports, load, publish, slot=slot)
    note = created.get(draft.note_id) or notes.get_note_in_any_state(
        ports.table, circle_id, draft.note_id, consistent_read=True
    )
    return to_new_note_view(ports, note)
