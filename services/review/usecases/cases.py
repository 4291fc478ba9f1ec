"""Cases: reviewers list, read and decide what was reported.

A sanction that follows is imposed separately.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.review.domain import Case, CaseOutcome
from services.review.repository import cases
from services.review.settings import settings
from services.review.usecases.access import record_access
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.jobs import Job, job_write
from services.shared.table.purging import purge_writes
from services.shared.table.versioned import Changed, update

ERASE_CASE = "ERASE_CASE"  # the job that erases a decided case whose author's account is deleted


@dataclass(frozen=True, slots=True)
class EvidencePicture:
    """Where a reviewer can download a reported picture."""

    url: str
    expires_at: datetime


def list_cases(ports: Ports, caller: Caller, page: PageRequest) -> Page[Case]:
    """Return a page of the open cases, earliest due first. The response has neither author nor evidence.

    Cost: 2.5 read units for one case, and 0.5 for each further one.
    Raises: ReviewerNotEnrolled.
    """
    require_reviewer(ports, caller)
    return cases.list_open_cases(ports.table, page)


def get_case(ports: Ports, caller: Caller, case_id: str) -> Case:
    """Return a case with its evidence. The access is limited per hour and is recorded before the case is returned.

    Cost: 3 write units and 6 read units.
    Raises: ReviewerNotEnrolled, CaseNotFound, ConflictOfInterest (as for a decision), ReadLimitReached.
    """
    by = require_reviewer(ports, caller)
    case = cases.load_case(ports.table, case_id).entity
    record_access(ports, by, case_id, {case.author}, case_id=case_id)
    return case


def list_case_pictures(ports: Ports, caller: Caller, case_id: str) -> Page[EvidencePicture]:
    """Return URLs of the reported pictures of a case, valid for a short time. The access is recorded in an audit chain.

    The pictures are copies of the time of the first report: they stay when the content is removed or its circle is deleted.
    Cost: 3 write units and 6 read units.
    Raises: ReviewerNotEnrolled, CaseNotFound, ConflictOfInterest (as for a decision), ReadLimitReached.
    """
    case = get_case(ports, caller, case_id)
    lifetime = settings().evidence_url_lifetime
    seconds, expires_at = int(lifetime.total_seconds()), ports.clock() + lifetime
    return Page([EvidencePicture(ports.evidence.get_url(key, seconds), expires_at) for key in case.picture_keys])


def decide_case(
    ports: Ports, caller: Caller, case_id: str, outcome: CaseOutcome, note: str, revision: int | None = None
) -> Case:
    """Decide a case once, and return it. Reporters read the outcome in their list of reports.

    Unchanged if the case has this outcome and note: a retry. All texts of the case are erased soon if the circle has
    closed, or if the author's account is deleted.

    revision: the latest revision of the content that the reviewer read; None if the case has only the first one.
    Cost: 4 write units and 5 read units.
    Raises: ReviewerNotEnrolled, CaseNotFound, CaseClosed (another outcome or note), ConflictOfInterest (the reviewer made or
    reported the content, under any user, or is connected to its author), CaseChanged (a later revision was reported).
    """
    by = require_reviewer(ports, caller)

    def change(before: Case) -> Case | Changed[Case]:
        if (before.outcome, before.note) == (outcome, note):
            return before
        before.require_latest_revision(revision)
        conflict = has_conflict_of_interest(ports, by, {before.author}, case_id=case_id)
        after = before.decide(by, outcome, note, has_conflict=conflict, at=ports.clock())
        purges = purge_writes(after.subject["circle_id"], ports.clock()) if after.is_circle_closed else []
        erasures = [job_write(Job(ERASE_CASE, case_id, ports.clock()))] if after.is_author_deleted else []
        return Changed(after, also=[*purges, *erasures])

    return update(ports, partial(cases.load_case, ports.table, case_id), change)
