"""Writing with care: drafts, edits, and what was said before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from services.circles.domain import Action, Content, Draft, Note
from services.circles.domain.note import require_fit
from services.circles.errors import DraftNotFound, NotAllowed
from services.circles.repository import notes
from services.circles.repository import writing as repository
from services.circles.repository.circles import require_member
from services.circles.usecases.notes import (
    ShownNote,
    Words,
    change_note,
    check_words,
    may,
    may_speak,
    may_write,
    show_new,
    show_notes,
)
from services.circles.usecases.ports import Ports
from services.circles.usecases.tags import known_tags
from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.ids import IdempotencyKey, deterministic_id
from services.shared.messaging.stream import Change
from services.shared.security.auth import Caller
from services.shared.table.port import ABSENT, Item, Put
from services.shared.table.versioned import (
    create_if_absent,
    retry_on_write_conflict,
    return_earlier_result,
    update_entity,
)


def create_draft(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, words: Words) -> Draft:
    """Keep what is not to be posted yet. One write unit."""
    member = may(ports, caller, circle_id, Action.POST_NOTE)

    def attempt() -> Item:
        may_speak(ports, caller, member)
        content = check_words(ports, member, words)
        at = ports.clock()
        draft = Draft(key.id("drf"), circle_id, caller.user_id, content, at, next_version(0, at))
        return create_if_absent(ports.table, repository.draft_to_item(draft), key)

    place = repository.draft_key(circle_id, caller.user_id, key.id("drf"))
    draft = repository.draft_from_item(return_earlier_result(ports.table, place, key, attempt))
    if draft.note_id:
        return replace(draft, content=notes.find_any_note(ports.table, circle_id, draft.note_id).content)
    if draft.dropped:
        raise DraftNotFound
    return draft


def update_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str, words: Words) -> Draft:
    """Put other words in its place; pictures that it has stay fit."""
    member = may_write(ports, caller, circle_id, Action.POST_NOTE)

    def step(draft: Draft) -> Draft:
        return draft.say(check_words(ports, member, words, draft.content.pictures), at=ports.clock())

    return _change_draft(ports, caller, circle_id, draft_id, step)


def list_drafts(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Draft], Item | None]:
    """One's drafts, newest first. Those that were posted are passed over, so a page may be short."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.POST_NOTE)
    page = repository.list_drafts(ports.table, circle_id, caller.user_id, limit, start)
    drafts = map(repository.draft_from_item, page.items)
    return [draft for draft in drafts if not draft.is_spent], page.next


def delete_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str) -> None:
    require_member(ports.table, circle_id, caller.user_id).require(Action.POST_NOTE)
    _change_draft(ports, caller, circle_id, draft_id, lambda draft: draft.drop(at=ports.clock()))


def _change_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str, step: Callable[[Draft], Draft]) -> Draft:
    found = partial(repository.find_unposted, ports.table, circle_id, caller.user_id, draft_id)
    return update_entity(ports, found, step, repository.draft_to_item)


def publish_draft(ports: Ports, caller: Caller, circle_id: str, draft_id: str) -> ShownNote:
    """Post a draft as a note of now: one transaction, so that it is never both nor neither. A retry finds the note."""
    member = may_write(ports, caller, circle_id, Action.POST_NOTE)

    def attempt() -> Note:
        loaded = repository.find_draft(ports.table, circle_id, caller.user_id, draft_id)
        if loaded.entity.note_id:
            return notes.find_any_note(ports.table, circle_id, loaded.entity.note_id)
        if loaded.entity.dropped:
            raise DraftNotFound
        content = loaded.entity.content
        require_fit(member, content.text, len(content.pictures))
        at = ports.clock()
        spent, note = loaded.entity.publish(deterministic_id("note", millis(at), draft_id), at=at)
        writes = [Put(notes.note_to_item(note), ABSENT), loaded.put(repository.draft_to_item(spent), ports.new_id)]
        ports.table.transact(writes, token=ports.new_id("txn"))
        return note

    return show_new(ports, retry_on_write_conflict(attempt))


def update_note(ports: Ports, caller: Caller, circle_id: str, note_id: str, text: str, tags: Sequence[str]) -> ShownNote:
    """Say it otherwise. What it said before is kept, from the stream, for its author and for who keeps order."""
    member = may_write(ports, caller, circle_id, Action.POST_NOTE)
    require_fit(member, text)
    known = known_tags(tags)
    note = change_note(ports, circle_id, note_id, lambda note: note.edit(member, text, known, at=ports.clock()))
    return show_notes(ports, caller, circle_id, [note])[0]


def list_revisions(
    ports: Ports, caller: Caller, circle_id: str, note_id: str, limit: int, start: Item | None
) -> tuple[list[tuple[int, int, Content]], Item | None]:
    """What a note said before, newest first: for its author and for who keeps order, to whom a removed note's are shown too."""
    member = require_member(ports.table, circle_id, caller.user_id)
    note = notes.find_any_note(ports.table, circle_id, note_id)
    if not member.may(Action.READ_REVISIONS):
        note.require_visible()
        if note.author != caller.user_id:
            raise NotAllowed
    page = repository.list_revisions(ports.table, circle_id, note_id, limit, start)
    return [repository.revision_from_item(item) for item in page.items], page.next


def keep_revisions(ports: Ports, changes: Sequence[Change]) -> None:
    """Of each note that was edited, what it said before. Told twice, kept once."""
    for change in changes:
        if change.key.sk.startswith("NOTE#") and change.old and change.new:
            before = notes.note_from_item(change.old)
            if before.revision < change.new.get("revision", 1):
                repository.keep_revision(ports.table, before)
