"""Screening of new members: the rules and questions, the answers, and the approval of pending members."""

from __future__ import annotations

from services.circles.domain import Action, Circle, Member
from services.circles.errors import CircleNotFound, MemberNotFound
from services.circles.repository import circles as repository
from services.circles.usecases.circles import change_circle
from services.circles.usecases.identities import is_identity_banned
from services.circles.usecases.members import change_member
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.circles.usecases.slots import change_slot
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


def set_screening(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    request: ChangeRequest,
    rules: str,
    questions: tuple[str, ...],
    *,
    approval: bool,
) -> Circle:
    """Set the rules and questions for everyone who joins from now on, and return the circle.

    approval: a moderator must approve each new member.
    Unchanged if rules, questions and approval are the same.
    Cost: 2 write units and 2.5 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, PreconditionFailed (another revision than the caller read), KeyReused,
    RateLimitReached.
    """
    _require_screening_permission(ports, caller, circle_id)
    return change_circle(
        ports,
        circle_id,
        lambda circle: circle.set_screening(rules, questions, approval, at=ports.clock()),
        request=request,
        version_of=lambda circle: circle.screening_revision,
    )


def stop_screening(ports: Ports, caller: Caller, circle_id: str) -> None:
    """Remove the rules and questions: new members join at once.

    Raises: CircleNotFound, CallerMuted, RoleNotAllowed.
    """
    _require_screening_permission(ports, caller, circle_id)
    change_circle(ports, circle_id, lambda circle: circle.stop_screening(at=ports.clock()))


def get_screening(ports: Ports, caller: Caller, circle_id: str) -> Circle:
    """Return the circle with its screening to a member or a pending member. Raises: CircleNotFound."""
    return _get_circle_and_member(ports, caller, circle_id)[0]


def answer_screening(ports: Ports, caller: Caller, circle_id: str, revision: int, answers: tuple[str, ...]) -> Member:
    """Agree to the rules, answer the questions, and return the membership.

    Unchanged if the caller is a member already.
    Cost: 2 write units and 4 read units.
    Raises: CircleNotFound (also if the identity is banned), CallerMuted, ScreeningChanged (the revision is outdated),
    AnswersIncomplete, RateLimitReached.
    """
    circle, member = _get_circle_and_member(ports, caller, circle_id)
    member.require_not_muted(ActionKind.SPEAK, ports.clock())  # moderators read the answers
    if member.is_active:
        return member

    def change(member: Member) -> Member:
        if member.is_active:
            return member
        if is_identity_banned(ports, circle_id, caller.user_id):
            raise CircleNotFound
        return member.answer_screening(circle.screening, revision, answers, at=ports.clock())

    return change_member(ports, circle_id, caller.user_id, change, slot=change_slot(ports, caller))


def list_pending_members(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Member]:
    """Return a page of the pending members, longest waiting first.

    A member who is no longer pending is skipped: the index is eventually consistent.
    Cost: 2 read units.
    Raises: CircleNotFound, RoleNotAllowed.
    """
    require_permission(ports, caller, circle_id, Action.LIST_MEMBERSHIPS)
    return repository.list_pending_members(ports.table, circle_id, page)


def approve_member(ports: Ports, caller: Caller, circle_id: str, user_id: str) -> Member:
    """Make a pending member a member and return the membership.

    Cost: 3 write units and 2.5 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, MemberNotFound (also if the identity is banned), ScreeningNotAnswered
    (they must answer the screening first).
    """
    by = require_permission(ports, caller, circle_id, Action.APPROVE_MEMBER)

    def change(member: Member) -> Member:
        if member.is_pending and is_identity_banned(ports, circle_id, user_id):
            raise MemberNotFound
        return member.approve(by, at=ports.clock())

    return change_member(ports, circle_id, user_id, change)


def _require_screening_permission(ports: Ports, caller: Caller, circle_id: str) -> None:
    require_permission(ports, caller, circle_id, Action.SET_SCREENING)


def _get_circle_and_member(ports: Ports, caller: Caller, circle_id: str) -> tuple[Circle, Member]:
    member = repository.find_member(ports.table, circle_id, caller.user_id)
    if member is None or not (member.is_active or member.is_pending):
        raise CircleNotFound
    return repository.get_circle(ports.table, circle_id, consistent_read=True), member
