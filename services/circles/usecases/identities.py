"""Bans by identity: a ban holds for all known users of the same person, not for one user.

A membership or request of another user ends at the ban, when that user's identity becomes known, or, if it came in between,
when the stream processes it. All three call `end_banned_membership`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from services.circles.domain import Member, MemberState
from services.circles.domain.identity_bans import end_with_identity
from services.circles.errors import MemberNotFound
from services.circles.repository import circles
from services.circles.repository import identities as repository
from services.circles.usecases.ports import Ports
from services.shared.messaging.events import MembershipChanged
from services.shared.messaging.stream import Change
from services.shared.security.identities import list_identity_ids, list_users_of_identity
from services.shared.table.versioned import update


def ban_identity(ports: Ports, circle_id: str, user_id: str) -> None:
    """Record the ban of a user for every identity of the user, and end the memberships of its other users in the circle.

    Unchanged if no identity is known, or no ban of this user is in force. A repeat completes what was interrupted.
    """
    member = circles.find_member(ports.table, circle_id, user_id, consistent_read=True)
    if member is None or not member.is_banned(ports.clock()):
        return
    for identity_id in list_identity_ids(ports.table, user_id, consistent_read=True):
        repository.put_ban(ports.table, circle_id, identity_id, user_id)
        for other in list_users_of_identity(ports.table, identity_id):
            end_banned_membership(ports, circle_id, other)


def end_banned_membership(ports: Ports, circle_id: str, user_id: str) -> None:
    """End the user's membership or request, if a ban of another user of the same identity is in force. Otherwise unchanged."""
    banned = _find_banned_user(ports, circle_id, user_id, consistent_read=True)
    if banned is None:
        return
    load = partial(circles.load_member, ports.table, circle_id, user_id)
    with suppress(MemberNotFound):
        update(ports, load, lambda member: end_with_identity(member, banned, at=ports.clock()), MembershipChanged)


def is_identity_banned(ports: Ports, circle_id: str, user_id: str) -> bool:
    """Return whether a ban in force holds for another user of the same identity, of all that were ever verified.

    Cost: half a read unit without a known identity. Each known one costs half a unit more for its list, and half a unit per
    other banned user.
    """
    return _find_banned_user(ports, circle_id, user_id, consistent_read=False) is not None


def _find_banned_user(ports: Ports, circle_id: str, user_id: str, *, consistent_read: bool) -> Member | None:
    identity_ids = list_identity_ids(ports.table, user_id, consistent_read=consistent_read)
    for other in repository.iter_banned_user_ids(ports.table, circle_id, identity_ids, consistent_read=consistent_read):
        member = circles.find_member(ports.table, circle_id, other, consistent_read=consistent_read)
        if other != user_id and member and member.is_banned(ports.clock()):
            return member
    return None


def apply_bans_to_user(ports: Ports, user_id: str, identity_id: str) -> None:
    """Apply the bans of an identity to a user who now belongs to it, and the bans of the user to the identity."""
    for circle_id in circles.iter_circle_ids(ports.table, user_id):
        ban_identity(ports, circle_id, user_id)
    for circle_id in repository.list_circle_ids_with_bans(ports.table, identity_id):
        end_banned_membership(ports, circle_id, user_id)


def _membership_of(member: Member) -> tuple[object, ...]:
    return member.state, member.role, member.sanction


def enforce_identity_bans(ports: Ports, changes: Sequence[Change]) -> None:
    """Complete the bans of the stream's changes, and end memberships that began while a ban was imposed.

    A repeat changes nothing: each membership is read again.
    """
    for change in circles.MEMBERS.changes(changes, "MEMBER#"):
        before, after = change.before, change.after
        if after is None or (before is not None and _membership_of(before) == _membership_of(after)):
            continue
        if after.state is MemberState.BANNED:
            ban_identity(ports, after.circle_id, after.user_id)
        elif after.is_active or after.is_pending:
            end_banned_membership(ports, after.circle_id, after.user_id)
