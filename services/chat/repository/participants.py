"""Members of a circle, and the rate limit of each."""

from __future__ import annotations

from datetime import datetime

from services.chat.domain import BURST_MS, SEND_INTERVAL_MS, Action, MemberState, Participant, Role
from services.chat.errors import CircleNotFound, RoleNotAllowed
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.port import Attr, ConditionFailed, Item, Key, Page, Query, Table

# Every role can send (domain/permissions.py), so the condition of a send needs no role.
IS_MEMBER = Attr("state").eq(str(MemberState.MEMBER))


def participant_key(circle_id: str, user_id: str) -> Key:
    return Key(f"USER#{user_id}", f"CIRCLE#{circle_id}")


def require_participant(
    table: Table, circle_id: str, user_id: str, action: Action, *, consistent_read: bool = False
) -> Participant:
    """Return the user's membership if it permits the action. Every use case inside a circle calls this first.

    A circle of others and one that does not exist cost the same read and have the same error.

    Raises: CircleNotFound (not a member), RoleNotAllowed.
    """
    item = table.get(participant_key(circle_id, user_id), consistent_read=consistent_read)
    participant = participant_from_item(item) if item else None
    if participant is None or not participant.is_member:
        raise CircleNotFound
    if not participant.can(action):
        raise RoleNotAllowed
    return participant


def list_participations(table: Table, user_id: str, limit: int, start: Item | None) -> Page:
    """Return items of a user's memberships, in any state."""
    return table.query(Query(pk=f"USER#{user_id}", prefix="CIRCLE#", limit=limit, start=start))


def put_participant(table: Table, participant: Participant) -> Participant:
    """Store a membership unless the stored one is as new or newer; return what is stored afterwards.

    The item is never deleted: its version makes an old event harmless. The attributes of the rate limit stay on it.
    """
    attributes = {
        "circle_id": participant.circle_id,
        "user_id": participant.user_id,
        "role": str(participant.role),
        "state": str(participant.state),
        "version": participant.version,
        "muted_until": millis(participant.muted_until) if participant.muted_until else 0,
    }
    newer = Attr("version").not_exists() | Attr("version").lt(participant.version)
    try:
        table.update(participant_key(participant.circle_id, participant.user_id), set=attributes, when=newer)
    except ConditionFailed as failed:
        return participant_from_item(failed.old or attributes)
    return participant


def acquire_rate_limit_slot(table: Table, circle_id: str, user_id: str, token: str, at: datetime) -> None:
    """Check membership, mute and rate limit, and use one slot, in one conditional update.

    The limit is a generic cell rate: `next_slot_at` is when the next slot is due. A retry of the last send (same token)
    uses no slot.

    Raises: ConditionFailed (with the item that did not permit the send).
    """
    key, now = participant_key(circle_id, user_id), millis(at)
    can_speak = IS_MEMBER & (Attr("muted_until").not_exists() | Attr("muted_until").le(now))
    idle = Attr("next_slot_at").not_exists() | Attr("next_slot_at").le(now)
    slot = {"next_slot_at": now + SEND_INTERVAL_MS, "last_token": token}
    try:
        table.update(key, set=slot, when=can_speak & idle)
    except ConditionFailed as failed:
        if not failed.old or not participant_from_item(failed.old).can_speak(at) or failed.old.get("last_token") == token:
            raise
        in_burst = Attr("next_slot_at").le(now + BURST_MS) & Attr("last_token").ne(token)
        table.update(key, add={"next_slot_at": SEND_INTERVAL_MS}, set={"last_token": token}, when=can_speak & in_burst)


def participant_from_item(item: Item) -> Participant:
    muted_until = from_millis(item["muted_until"]) if item.get("muted_until") else None
    role, state = Role(item["role"]), MemberState(item["state"])
    return Participant(item["circle_id"], item["user_id"], role, state, item["version"], muted_until)
