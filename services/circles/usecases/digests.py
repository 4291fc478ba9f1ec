"""The daily digest of a circle, and the members' choices about it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial

from services.circles.domain import Action, Circle
from services.circles.domain.days import member_day
from services.circles.domain.digest import DigestPreference, top_notes
from services.circles.repository import digests as repository
from services.circles.settings import DAILY_DIGEST, settings
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.circles.usecases.recaps import iter_notes_since
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import DigestPreferenceChanged
from services.shared.security.auth import Caller
from services.shared.table.versioned import update


def set_digest_preference(
    ports: Ports, caller: Caller, circle_id: str, request: ChangeRequest, on: bool, quiet_from: time, quiet_until: time
) -> DigestPreference:
    """Store whether the caller wants the circle's digest, and their quiet hours; return the choice.

    Cost: 2 write units and 2.5 read units.
    Raises: CircleNotFound, PreconditionFailed (the choice changed since the caller read it), KeyReused, RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.READ)

    def change(choice: DigestPreference) -> DigestPreference:
        return choice.update(on, quiet_from, quiet_until, at=ports.clock())

    load = partial(repository.load_digest_preference, ports.table, circle_id, caller.user_id)
    return update(ports, load, change, DigestPreferenceChanged, request=request)


def get_digest_preference(ports: Ports, caller: Caller, circle_id: str) -> DigestPreference:
    """Return the caller's choice, or the default one. Raises: CircleNotFound."""
    require_permission(ports, caller, circle_id, Action.READ)
    return repository.load_digest_preference(ports.table, circle_id, caller.user_id).entity


def publish_digest(ports: Ports, circle: Circle, evening: datetime) -> None:
    """Publish the digest of the day that ended with this evening: the number of notes and the best of them.

    Unchanged if that digest exists, the day has no note, or the flag is off for this circle. A late run publishes the same
    digest.
    """
    if not settings.is_on(DAILY_DIGEST, circle_id=circle.id):
        return
    written = iter_notes_since(ports, circle.id, evening - timedelta(days=1))
    notes = [note for note in written if note.created_at <= evening]
    if not notes:
        return
    note_ids = [note.id for note in top_notes(notes, settings().digest_notes)]
    repository.put_digest(ports, circle.id, member_day(evening), len(notes), note_ids)
