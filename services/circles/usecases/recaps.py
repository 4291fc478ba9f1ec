"""Recaps: what a member has missed in a circle since they last read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from services.circles.domain import Action, Note
from services.circles.domain.digest import top_notes
from services.circles.repository import digests, notes
from services.circles.repository.reading_activity import get_reading_activity
from services.circles.settings import settings
from services.circles.usecases.blocks import list_blocks
from services.circles.usecases.notes import NoteView, to_note_views
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller

MAX_NOTE_PAGES = 10  # of 100 notes each


@dataclass(frozen=True, slots=True)
class Recap:
    """What a member has missed.

    missed: the number of visible notes since then, up to a limit; has_more: there are others.
    is_quiet: it is now within the member's quiet hours.
    """

    since: datetime
    missed: int
    has_more: bool
    top_notes: list[NoteView]
    is_quiet: bool


def get_recap(ports: Ports, caller: Caller, circle_id: str) -> Recap:
    """Return what the caller has missed since they last read the circle.

    Own notes and those of blocked users are not included.

    Cost: 5.5 read units.
    Raises: CircleNotFound.
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    last_read_at = get_reading_activity(ports.table, circle_id, caller.user_id).last_read_at
    since = max(last_read_at or member.joined_at, member.joined_at)
    written = iter_notes_since(ports, circle_id, since)
    excluded = {caller.user_id, *list_blocks(ports, caller).items}
    limit = settings().max_missed_notes
    missed = list(islice((note for note in written if note.author not in excluded), limit + 1))
    counted = missed[:limit]
    views = to_note_views(ports, caller, circle_id, top_notes(counted, settings().recap_notes))
    is_quiet = digests.load_digest_preference(ports.table, circle_id, caller.user_id).entity.is_quiet(ports.clock())
    return Recap(since, len(counted), len(missed) > len(counted), views, is_quiet)


def iter_notes_since(ports: Ports, circle_id: str, since: datetime) -> Iterator[Note]:
    """Yield the visible notes created after `since`, newest first, from at most 1,000 notes."""
    return (note for note in notes.iter_notes_since(ports.table, circle_id, since, MAX_NOTE_PAGES) if note.is_visible)
