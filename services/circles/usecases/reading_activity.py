"""Reading activity: the notes that a member has read, and the trust that reading earns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from services.circles.domain import Action, Member
from services.circles.domain.reading_activity import ReadingActivity
from services.circles.repository import reading_activity as repository
from services.circles.repository.notes import find_notes
from services.circles.taxonomy import taxonomy
from services.circles.usecases.members import change_member
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.messaging.events import MemberOpened
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, update


def record_views(ports: Ports, caller: Caller, circle_id: str, note_ids: Sequence[str]) -> None:
    """Record that the caller has read these notes; each counts once a day, own and removed notes never.

    The first call of a day publishes MemberOpened, and then updates the caller's trust. If the function crashes in between, the
    next day's call updates it.
    Cost: 1 write unit and 12.5 read units.
    Raises: CircleNotFound.
    """
    require_permission(ports, caller, circle_id, Action.READ)
    others = [note for note in find_notes(ports.table, circle_id, note_ids) if note.author != caller.user_id]
    tags_by_note = {note.id: taxonomy().slugs(note.content.tags) for note in others}

    previous_day: date | None = None

    def change(before: ReadingActivity) -> ReadingActivity | Changed[ReadingActivity]:
        nonlocal previous_day
        previous_day = before.day
        after = before.record_views(tags_by_note, at=ports.clock())
        return Changed(after, [MemberOpened]) if after.day != previous_day else after

    after = update(ports, partial(repository.load_reading_activity, ports.table, circle_id, caller.user_id), change)
    if after.day != previous_day:
        _update_trust(ports, after)


def _update_trust(ports: Ports, activity: ReadingActivity) -> Member:
    likes = repository.get_likes_received(ports.table, activity.circle_id, activity.user_id)
    trust = activity.earned_trust(likes)
    return change_member(
        ports, activity.circle_id, activity.user_id, lambda member: member.update_trust(trust, at=ports.clock())
    )
