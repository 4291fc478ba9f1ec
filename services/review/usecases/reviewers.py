"""Reviewers: enrolled by an operator, under the real name behind the user."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.review.domain import Enrolment, Reviewer
from services.review.errors import ReviewerNotEnrolled
from services.review.repository import people
from services.review.settings import settings
from services.review.usecases.identities import get_identity_id, link_identity
from services.review.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import ReviewerChanged
from services.shared.security.auth import Caller
from services.shared.table.versioned import update


def enrol_reviewer(ports: Ports, caller: Caller, user_id: str, key: IdempotencyKey, real_name_token: str) -> None:
    """Enrol a user as a reviewer, under the real name in the verifier's token.

    The two-person rule compares the persons behind reviewers, not their users. The audit chain of the enrolment names
    the operator. Unchanged if the user is enrolled under the same real name, or if the request was applied before: a late
    repeat does not enrol a dismissed reviewer again.

    Cost: 4 write units and 3 read units.
    Raises: OperatorRequired, Invalid (the token is not a current statement about this user), KeyReused, RateLimitReached.
    """
    caller.require_operator()
    _, identity_hash = link_identity(ports, user_id, real_name_token)
    reviewer = Reviewer(user_id, identity_hash)
    identity_id, request = get_identity_id(ports, identity_hash), settings().change_request(key)

    def step(enrolment: Enrolment) -> Enrolment:
        return enrolment.enrol(reviewer, caller.user_id, identity_id=identity_id, at=ports.clock())

    _change(ports, user_id, step, request)


def dismiss_reviewer(ports: Ports, caller: Caller, user_id: str) -> None:
    """End an enrolment. Decisions of the reviewer stay in force. Unchanged if the user is not enrolled.

    Raises: OperatorRequired.
    """
    caller.require_operator()
    _change(ports, user_id, lambda enrolment: enrolment.dismiss(caller.user_id, at=ports.clock()))


def dismiss_deleted_reviewer(ports: Ports, user_id: str) -> None:
    """End the enrolment of a user whose account is deleted. Unchanged if the user is not enrolled."""
    _change(ports, user_id, lambda enrolment: enrolment.dismiss("account deletion", at=ports.clock()))


def _change(ports: Ports, user_id: str, step: Callable[[Enrolment], Enrolment], request: ChangeRequest | None = None) -> None:
    load = partial(people.load_enrolment, ports.table, user_id, ports.new_id)
    update(ports, load, step, ReviewerChanged, request=request)


def require_reviewer(ports: Ports, caller: Caller) -> Reviewer:
    """Return the caller as an enrolled reviewer.

    Raises: ReviewerNotEnrolled, StaffSignInRequired (the sign-in is not one of staff).
    """
    reviewer = find_reviewer(ports, caller)
    if reviewer is None:
        caller.require_group_not_withheld("reviewer")
        raise ReviewerNotEnrolled
    return reviewer


def find_reviewer(ports: Ports, caller: Caller) -> Reviewer | None:
    """Find the caller's enrolment.

    The group in the token is not enough: an operator must have enrolled the user.
    """
    return people.find_reviewer(ports.table, caller.user_id) if caller.is_reviewer else None
