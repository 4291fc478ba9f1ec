"""Which members of a circle moderate it, and which users wait for their approval: an item each, for no other member.

They are derived from memberships, so that a request to join finds its moderators by one query.
"""

from __future__ import annotations

from services.chat.domain import Action, Participant
from services.shared.table.items import Key, Query
from services.shared.table.port import Table

MODERATOR, PENDING = "MODERATOR#", "PENDING#"
MAX_MODERATORS = 100
MAX_PENDING = 100  # of a count: more are not counted


def moderator_key(circle_id: str, user_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{MODERATOR}{user_id}")


def pending_key(circle_id: str, user_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"{PENDING}{user_id}")


def put_moderator(table: Table, participant: Participant, earlier: Participant | None) -> bool:
    """Store whether a user moderates the circle; return whether this wrote. Nothing for a user who did not and does not.

    A repeat writes again, because the first delivery can crash before it.
    """
    is_moderator = participant.can(Action.ENTER_MODERATORS_ROOM)
    had_item = earlier is not None and (earlier.can(Action.ENTER_MODERATORS_ROOM) or earlier.version >= participant.version)
    return _put(table, moderator_key(participant.circle_id, participant.user_id), participant, is_moderator, had_item)


def put_pending(table: Table, participant: Participant, earlier: Participant | None) -> bool:
    """Store whether a user waits for a moderator; return whether this wrote. As `put_moderator`."""
    had_item = earlier is not None and (earlier.needs_approval or earlier.version >= participant.version)
    key = pending_key(participant.circle_id, participant.user_id)
    return _put(table, key, participant, participant.needs_approval, had_item)


def _put(table: Table, key: Key, participant: Participant, has_item: bool, had_item: bool) -> bool:
    if has_item:
        table.put({**key.attributes(), "version": participant.version}, when=None)
    elif had_item:
        table.delete(key, when=None)
    return has_item or had_item


def is_moderator(table: Table, circle_id: str, user_id: str) -> bool:
    """Whether a user moderates the circle. Cost: 1 read unit."""
    return table.get(moderator_key(circle_id, user_id), consistent_read=True) is not None


def list_moderators(table: Table, circle_id: str) -> list[str]:
    """Return the moderators of a circle, co-owners and owner included. Cost: 1 read unit."""
    query = Query(pk=f"CIRCLE#{circle_id}", prefix=MODERATOR, limit=MAX_MODERATORS, consistent_read=True)
    return [item["sk"].removeprefix(MODERATOR) for item in table.query(query).items]


def list_pending(table: Table, circle_id: str) -> list[str]:
    """Return the users who wait for a moderator, at most 100, who waits longest first. Cost: 1 read unit per 4 KB."""
    query = Query(pk=f"CIRCLE#{circle_id}", prefix=PENDING, limit=MAX_PENDING, consistent_read=True)
    items = sorted(table.query(query).items, key=lambda item: (item["version"], item["sk"]))
    return [item["sk"].removeprefix(PENDING) for item in items]
