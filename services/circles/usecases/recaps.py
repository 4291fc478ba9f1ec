"""Reasons to come back: what one missed, and a digest of each day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from itertools import islice

from services.circles.domain import Action, Circle, Note
from services.circles.domain.digest import DigestChoice, most_spoken_of
from services.circles.domain.presence import member_day
from services.circles.repository import digests as repository
from services.circles.repository import notes
from services.circles.repository.circles import require_member
from services.circles.repository.presence import look_at_reading
from services.circles.usecases.blocks import list_blocks
from services.circles.usecases.notes import ShownNote, show_notes
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import millis
from services.shared.messaging.events import DigestChosen, DigestReady
from services.shared.messaging.outbox import with_pending_events
from services.shared.security.auth import Caller
from services.shared.table.queries import put_if_absent
from services.shared.table.versioned import update_entity

MAX_MISSED = 100
PAGES = 10  # of a hundred notes
TOLD = 5  # notes that a digest names


@dataclass(frozen=True, slots=True)
class Recap:
    """`missed` counts notes to be seen since then, a hundred at most (`more` says whether there are others)."""

    since: datetime
    missed: int
    more: bool
    highlights: list[ShownNote]
    quiet: bool


def get_recap(ports: Ports, caller: Caller, circle_id: str) -> Recap:
    """What a member has missed since they last told of reading, as it is to be seen now."""
    member = require_member(ports.table, circle_id, caller.user_id)
    member.require(Action.READ)
    seen_at = look_at_reading(ports.table, circle_id, caller.user_id).seen_at
    since = max(seen_at or member.joined_at, member.joined_at)
    written = _written_since(ports, circle_id, since)
    unheard = {caller.user_id, *list_blocks(ports, caller)}
    news = list(islice((note for note in written if note.author not in unheard), MAX_MISSED + 1))
    missed = news[:MAX_MISSED]
    highlights = show_notes(ports, caller, circle_id, most_spoken_of(missed))
    quiet = repository.find_choice(ports.table, circle_id, caller.user_id).entity.is_quiet(ports.clock())
    return Recap(since, len(missed), len(news) > len(missed), highlights, quiet)


def set_digest_choice(
    ports: Ports, caller: Caller, circle_id: str, on: bool, quiet_from: time, quiet_until: time
) -> DigestChoice:
    """Whether one wants the circle's digest, and when one is to be left alone."""
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ)

    def step(choice: DigestChoice) -> DigestChoice:
        return choice.choose(on, quiet_from, quiet_until, at=ports.clock())

    found = partial(repository.find_choice, ports.table, circle_id, caller.user_id)
    return update_entity(ports, found, step, repository.choice_to_item, DigestChosen)


def get_digest_choice(ports: Ports, caller: Caller, circle_id: str) -> DigestChoice:
    require_member(ports.table, circle_id, caller.user_id).require(Action.READ)
    return repository.find_choice(ports.table, circle_id, caller.user_id).entity


def tell_of_day(ports: Ports, circle: Circle, evening: datetime) -> None:
    """Tell once of the day that ended with that evening, however late this comes: how many notes, and those most spoken of.
    A day without one is not told of."""
    written = _written_since(ports, circle.id, evening - timedelta(days=1))
    found = [note for note in written if note.created_at <= evening]
    if not found:
        return
    ids = [note.id for note in most_spoken_of(found, TOLD)]
    digest = repository.digest_to_item(circle.id, member_day(evening), len(found), ids, millis(ports.clock()))
    put_if_absent(ports.table, with_pending_events(digest, ports.new_id, DigestReady))


def _written_since(ports: Ports, circle_id: str, since: datetime) -> Iterator[Note]:
    """Notes since then that are there to be seen, newest first; a thousand are looked through."""
    found = notes.notes_since(ports.table, circle_id, since, PAGES)
    return (note for note in found if note.created_at > since and note.is_visible)
