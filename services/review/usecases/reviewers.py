"""Reviewers: enrolled by an operator, under the real name behind the user."""

from __future__ import annotations

from services.review.domain import Reviewer
from services.review.domain.permissions import require_operator
from services.review.errors import ReviewerNotEnrolled
from services.review.repository import people
from services.review.usecases.identities import hash_pseudonym, parse_real_name_token
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import update_applicant
from services.shared.kernel.clock import next_version
from services.shared.security.auth import Caller
from services.shared.table.versioned import retry_on_write_conflict, save


def enrol_reviewer(ports: Ports, caller: Caller, user_id: str, real_name_token: str) -> None:
    """Enrol a user as a reviewer, under the real name in the verifier's token.

    The two-person rule compares the persons behind reviewers, not their users. The audit chain of the enrolment names
    the operator. Unchanged if the user is enrolled under the same real name.

    Cost: 2 write units and 3.5 read units.
    Raises: OperatorRequired, Invalid (the token is not a current statement about this user).
    """
    require_operator(caller)
    identity_hash = hash_pseudonym(ports, parse_real_name_token(ports, user_id, real_name_token).pseudonym)
    reviewer = Reviewer(user_id, identity_hash)
    # All users of one person are linked, so that a conflict of interest of one is a conflict of all.
    update_applicant(ports, identity_hash, lambda applicant: applicant.add_user(user_id))
    if people.find_reviewer(ports.table, user_id) != reviewer:
        _save_enrolment(ports, caller, reviewer, ended=False)


def dismiss_reviewer(ports: Ports, caller: Caller, user_id: str) -> None:
    """End an enrolment. Decisions of the reviewer stay in force. Unchanged if the user is not enrolled.

    Raises: OperatorRequired.
    """
    require_operator(caller)
    if reviewer := people.find_reviewer(ports.table, user_id):
        _save_enrolment(ports, caller, reviewer, ended=True)


def _save_enrolment(ports: Ports, caller: Caller, reviewer: Reviewer, *, ended: bool) -> None:
    def attempt() -> None:
        at, loaded = ports.clock(), people.load_enrolment(ports.table, reviewer.user_id, ports.new_id)
        action = "dismissed" if ended else "enrolled"
        trail = loaded.entity.extend(action, actor=caller.user_id, at=at, identity_hash=reviewer.identity_hash)
        version = next_version(loaded.item["version"] if loaded.item else 0, at)
        save(ports.table, loaded.put(people.enrolment_to_item(reviewer, trail, version, ended=ended), ports.new_id))

    retry_on_write_conflict(attempt)


def require_reviewer(ports: Ports, caller: Caller) -> Reviewer:
    """Return the caller as an enrolled reviewer.

    Raises: ReviewerNotEnrolled.
    """
    reviewer = find_reviewer(ports, caller)
    if reviewer is None:
        raise ReviewerNotEnrolled
    return reviewer


def find_reviewer(ports: Ports, caller: Caller) -> Reviewer | None:
    """Find the caller's enrolment.

    The group in the token is not enough: an operator must have enrolled the user.
    """
    return people.find_reviewer(ports.table, caller.user_id) if caller.is_reviewer else None
