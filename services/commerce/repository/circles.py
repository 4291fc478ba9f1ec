"""The projections of circles and their members."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from services.commerce.domain.circle import Circle, Member
from services.commerce.domain.permissions import Action
from services.commerce.errors import CircleNotFound, MembershipEnded
from services.shared.kernel.clock import from_millis, millis
from services.shared.security.selling import Selling
from services.shared.table.items import Item, Key
from services.shared.table.pages import get_all
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer

MEMBER_INDEX = "gsi1"


def memberships_partition(user_id: str) -> str:
    """Return the partition of the index that has the circles of a user."""
    return f"MEMBER#{user_id}"


def circle_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", "CIRCLE")


def member_key(circle_id: str, user_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"MEMBER#{user_id}")


def require_member(table: Table, circle_id: str, user_id: str, action: Action, at: datetime) -> Member:
    """Return the user's membership, if no mute in the circle denies the action. Every use case inside a circle starts here.

    Raises: CircleNotFound, MembershipEnded (instead of it, if a former member buys or pays), CallerMuted.
    """
    return require_membership(find_member(table, circle_id, user_id), action, at)


def require_membership(member: Member | None, action: Action, at: datetime) -> Member:
    """Return a membership that was read, if the user is a member and no mute in the circle denies the action.

    Raises: as `require_member`.
    """
    if member is None:
        raise CircleNotFound
    if member.state != "member":
        # A pending user has never seen the shop, so the error must not reveal that it exists.
        raise MembershipEnded if action is Action.BUY and member.state != "pending" else CircleNotFound
    member.require_not_muted(action, at)
    return member


def require_known_member(table: Table, circle_id: str, user_id: str) -> Member:
    """Return the user's membership, also a former one. Raises: CircleNotFound."""
    member = find_member(table, circle_id, user_id)
    if member is None:
        raise CircleNotFound
    return member


def find_member(table: Table, circle_id: str, user_id: str) -> Member | None:
    """Return a membership in any state."""
    item = table.get(member_key(circle_id, user_id))
    return member_from_item(circle_id, user_id, item) if item else None


def find_members(table: Table, circle_id: str, user_ids: Collection[str]) -> dict[str, Member]:
    """Return memberships in any state by user, read together."""
    items = get_all(table, [member_key(circle_id, user_id) for user_id in user_ids])
    found = {user_id: items.get(member_key(circle_id, user_id)) for user_id in user_ids}
    return {user_id: member_from_item(circle_id, user_id, item) for user_id, item in found.items() if item}


def member_from_item(circle_id: str, user_id: str, item: Item) -> Member:
    muted_until = from_millis(item["muted_until"]) if item.get("muted_until") else None
    return Member(circle_id, user_id, item["role"], item["state"], muted_until)


def put_member(table: Table, member: Member, version: int) -> None:
    """Store a membership unless a newer one is stored. It is never deleted: an older event must not restore it."""
    item = {
        **member_key(member.circle_id, member.user_id).attributes(),
        "role": member.role,
        "state": member.state,
        "muted_until": millis(member.muted_until) if member.muted_until else None,
        "version": version,
        "gsi1pk": memberships_partition(member.user_id),
        "gsi1sk": member.circle_id,
    }
    put_if_newer(table, item)


def put_circle(table: Table, circle_id: str, circle: Circle, version: int) -> None:
    """Store a circle unless a newer state is stored."""
    item = {
        **circle_key(circle_id).attributes(),
        "owner_id": circle.owner_id,
        "read_only": circle.read_only,
        "read_only_until": millis(circle.read_only_until) if circle.read_only_until else None,
        "activated_at": millis(circle.selling.activated_at) if circle.selling.activated_at else None,
        "selling_paused_until": millis(circle.selling.paused_until) if circle.selling.paused_until else None,
        "version": version,
    }
    put_if_newer(table, item)


def get_circle(table: Table, circle_id: str) -> Circle:
    """Return the circle, or one without an owner if its event has not arrived yet."""
    return circle_from_item(table.get(circle_key(circle_id)))


def circle_from_item(item: Item | None) -> Circle:
    """Return the circle of an item that was read by its key, for example in a batch with others."""
    if item is None:
        return Circle()
    times = (item.get(name) for name in ("read_only_until", "activated_at", "selling_paused_until"))
    read_only_until, *selling = (from_millis(at) if at else None for at in times)
    return Circle(item["owner_id"], item["read_only"], read_only_until, Selling(*selling))
