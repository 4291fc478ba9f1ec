"""Bans by identity: a ban holds for all known users of the same person, not for one user."""

from __future__ import annotations

from services.circles.repository import circles
from services.circles.repository import identities as repository
from services.circles.usecases.ports import Ports


def ban_identity(ports: Ports, circle_id: str, user_id: str) -> None:
    """Record for the user's identity that the user is banned from the circle.

    Unchanged if the identity is unknown.
    """
    if identity_id := repository.find_identity_id(ports.table, user_id):
        repository.put_ban(ports.table, circle_id, identity_id, user_id)


def is_identity_banned(ports: Ports, circle_id: str, user_id: str) -> bool:
    """Return whether a ban in force holds for another user of the same identity.

    Cost: half a read unit for an unknown identity. A known one costs half a unit more for the list, and half a unit per other
    banned user.
    """
    identity_id = repository.find_identity_id(ports.table, user_id)
    if not identity_id:
        return False
    others = [other for other in repository.list_banned_user_ids(ports.table, circle_id, identity_id) if other != user_id]
    members = [circles.find_member(ports.table, circle_id, other) for other in others]
    return any(member.is_banned(ports.clock()) for member in members if member)
