"""What reviewers and operators read about a user, on one page, and the grants for what they read in the other services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.review.domain import Application, Case, Report, Reviewer, SanctionRecord, State
from services.review.errors import ReviewerNotEnrolled
from services.review.repository import applications, cases, disputes, people
from services.review.settings import settings
from services.review.usecases.access import record_access
from services.review.usecases.conflicts import load_linked_users
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import find_reviewer
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.security.read_grants import ReadGrant, ReadKind, subject_of

LISTED = PageRequest(10)  # the newest of each kind: an application has up to 123 KB


@dataclass(frozen=True, slots=True)
class UserRecord:
    """What review knows about a user.

    sanctions: None if no sanction was ever imposed or proposed.
    linked_users: the number of other users of the same identities. Which ones they are is not returned.
    applications, cases, reports: the newest 10, without drafts. cases: about what the user made. reports: by the user.
    """

    user_id: str
    sanctions: SanctionRecord | None
    linked_users: int
    applications: list[Application]
    cases: list[Case]
    reports: list[Report]


def get_user_record(ports: Ports, caller: Caller, user_id: str) -> UserRecord:
    """Return what review knows about a user. The access is limited per hour and is recorded before the record is returned.

    Cost: 3 write units and 5 read units for an operator and a user without an identity; 1 more per application, case and
    report.
    Raises: ReviewerNotEnrolled, ConflictOfInterest, ReadLimitReached.
    """
    reader = _reader_of(caller, find_reviewer(ports, caller))
    record_access(ports, reader, f"record of {user_id}", {user_id})
    return UserRecord(
        user_id,
        people.find_sanction_record(ports.table, user_id),
        len(load_linked_users(ports, {user_id}).users) - 1,
        [one for one in applications.list_applications(ports.table, user_id, LISTED).items if one.state is not State.DRAFT],
        cases.list_cases_of_author(ports.table, user_id, LISTED).items,
        cases.list_reports(ports.table, user_id, LISTED).items,
    )


def create_read_grant(ports: Ports, caller: Caller, kind: ReadKind, subject_id: str) -> tuple[str, datetime]:
    """Count a read in another service, and return the grant that this service demands, with its end.

    So one limit holds over all services, and so do the conflicts of interest that review knows. A retry is a read of its own.
    subject_id: the user, the order or the dispute; empty for a search of users.

    Cost: 3 write units and 2.5 read units for an operator and a user without an identity.
    Raises: Invalid (`subject_id`), ReviewerNotEnrolled, ConflictOfInterest (with the user, or with a party of the
    dispute), ReadLimitReached.
    """
    if kind is not ReadKind.USERS and not subject_id:
        raise Invalid(fields=(FieldError("/subject_id", "required"),))
    reader, subject = _reader_of(caller, find_reviewer(ports, caller)), subject_of(kind, subject_id)
    log = record_access(ports, reader, f"grant: {subject}", _users_of(ports, kind, subject_id))
    expires_at = ports.clock() + settings().read_grant_lifetime
    return ReadGrant(caller.user_id, subject, log.trail.length, expires_at).sign(ports.grant_keys), expires_at


def _users_of(ports: Ports, kind: ReadKind, subject_id: str) -> frozenset[str]:
    """Return the users that a read is about, as far as review knows them: the parties of an order are known to commerce."""
    if kind is ReadKind.DISPUTE:
        dispute = disputes.find_dispute(ports.table, subject_id)
        return dispute.parties if dispute else frozenset()
    return frozenset({subject_id} if kind in (ReadKind.PROFILE, ReadKind.ORDERS, ReadKind.SALES) else ())


def _reader_of(caller: Caller, reviewer: Reviewer | None) -> Reviewer:
    """Return the reviewer, or an operator, who has no identity.

    Raises: ReviewerNotEnrolled, StaffSignInRequired (the sign-in is not one of staff).
    """
    if reviewer or caller.is_operator:
        return reviewer or Reviewer(caller.user_id, "")
    for group in ("reviewer", "operator"):
        caller.require_group_not_withheld(group)
    raise ReviewerNotEnrolled
