"""What a caller needs before a use case: permission, no mute, a writable circle."""

from __future__ import annotations

from services.circles.domain import Action, Member
from services.circles.repository.circles import get_circle, require_member
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller


def require_permission(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Member:
    """Require that the caller's role permits the action, and return the membership.

    Raises: CircleNotFound (not a member), RoleNotAllowed.
    """
    member = require_member(ports.table, circle_id, caller.user_id)
    member.require(action)
    return member


def require_permission_and_writable(ports: Ports, caller: Caller, circle_id: str, action: Action) -> None:
    """Require permission and a writable circle.

    Raises: CircleNotFound, RoleNotAllowed, CircleNotActive, CircleReadOnly.
    """
    require_permission(ports, caller, circle_id, action)
    get_circle(ports.table, circle_id).require_writable(ports.clock())


def require_writer(ports: Ports, caller: Caller, circle_id: str, action: Action) -> Member:
    """Require permission, no mute, and a writable circle; return the membership.

    Raises: CircleNotFound, RoleNotAllowed, CallerMuted, CircleNotActive, CircleReadOnly.
    """
    member = require_permission(ports, caller, circle_id, action)
    require_unmuted_and_writable(ports, caller, member)
    return member


def require_unmuted_and_writable(ports: Ports, caller: Caller, member: Member) -> None:
    """Require that the caller is not muted, on the platform or in the circle, and the circle is writable.

    Raises: CallerMuted, CircleNotActive, CircleReadOnly.
    """
    caller.require_not_muted()
    member.require_not_muted(ports.clock())
    get_circle(ports.table, member.circle_id).require_writable(ports.clock())
