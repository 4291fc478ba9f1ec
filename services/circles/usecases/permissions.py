"""What a caller needs before a use case in a circle: membership, permission, no mute, a writable circle.

Every use case that begins with the caller's membership gets it here, so that none leaves a mute out.
"""

from __future__ import annotations

from services.circles.domain import Action, Member
from services.circles.domain.permissions import KINDS
from services.circles.errors import CircleNotFound
from services.circles.repository.circles import find_member, get_circle, require_member
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller


def require_permission(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Member:
    """Require that the caller is a member who can perform the action, and return the membership.

    Raises: CircleNotFound (not a member), CallerMuted, RoleNotAllowed.
    """
    member = require_member(ports.table, circle_id, caller.user_id)
    require_action(ports, caller, member, action)
    return member


def require_action(ports: Ports, caller: Caller, member: Member, action: Action) -> None:
    """Require that a sanction of the platform, a mute in the circle and the caller's role permit the action.

    The HTTP API has checked the platform's sanction for the kind of the route. Here it is checked for the action, which can be
    of another kind: a member removes their own note, and a moderator that of another.
    Raises: CircleNotFound (not an active member), CallerMuted, RoleNotAllowed.
    """
    caller.require_permitted(KINDS[action])
    member.require(action, ports.clock())


def require_own_data(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Member:
    """Require that the caller is or was a member, or waits for approval, for what is about their own data alone.

    It reads the same item as for a stranger, so its cost reveals nothing. No role is required, and no mute counts.
    Raises: CircleNotFound (also once the membership is erased, after the circle has closed).
    """
    member = find_member(ports.table, circle_id, caller.user_id)
    if member is None or member.erased:
        raise CircleNotFound
    caller.require_permitted(KINDS[action])
    return member


def require_permission_and_writable(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Member:
    """Require permission and a writable circle, and return the membership.

    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleNotActive, CircleReadOnly.
    """
    member = require_permission(ports, caller, circle_id, action)
    require_writable(ports, circle_id)
    return member


def require_writable(ports: Ports, circle_id: str) -> None:
    """Raises: CircleNotActive, CircleReadOnly."""
    get_circle(ports.table, circle_id).require_writable(ports.clock())
