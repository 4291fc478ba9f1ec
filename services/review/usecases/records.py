"""What reviewers and operators read about a user: status, sanctions, applications, cases and reports, on one page."""

from __future__ import annotations

from dataclasses import dataclass

from services.review.domain import Application, Case, Report, Reviewer, SanctionRecord, State
from services.review.errors import ReviewerNotEnrolled
from services.review.repository import applications, cases, people
from services.review.usecases.access import record_access
from services.review.usecases.conflicts import load_linked_users
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import find_reviewer
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller

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


def _reader_of(caller: Caller, reviewer: Reviewer | None) -> Reviewer:
    """Return the reviewer, or an operator, who has no identity.

    Raises: ReviewerNotEnrolled, StaffSignInRequired (the sign-in is not one of staff).
    """
    if reviewer or caller.is_operator:
        return reviewer or Reviewer(caller.user_id, "")
    for group in ("reviewer", "operator"):
        caller.require_group_not_withheld(group)
    raise ReviewerNotEnrolled
