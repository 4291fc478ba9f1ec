"""Cases: reviewers list, read and decide what was reported.

A sanction that follows is imposed separately.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.review.domain import Case, CaseOutcome
from services.review.domain.case import SUSPECTED_TRADES
from services.review.repository import cases
from services.review.settings import settings
from services.review.usecases.access import record_access
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import Event, TakeDownChanged, TradesDecided
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.jobs import Job, job_write
from services.shared.table.port import Write
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
    record_access(ports, by, case_id, case.parties, case_id=case_id)
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
    ports: Ports,
    caller: Caller,
    case_id: str,
    outcome: CaseOutcome,
    note: str,
    revision: int | None = None,
    *,
    violation: Violation | None = None,
) -> Case:
    """Decide a case once, and return it. Reporters read the outcome in their list of reports.

    An upheld case takes the content down in all services, by TakeDownChanged. Of suspected trades, TradesDecided says whether
    they are fake, which an upheld case is, or genuine.
    Unchanged if the case has this outcome, note and violation: a retry. If the circle has closed, or the author's account is
    deleted, all texts of the case are erased once no decision needs them.

    revision: the latest revision of the content that the reviewer read; None if the case has only the first one.
    violation: the rule that the content broke; for an upheld case, and for no other.
    Cost: 10 write units and 5 read units; 11 write units with a take-down.
    Raises: ReviewerNotEnrolled, Invalid (`violation`), CaseNotFound, CaseClosed (another decision), ConflictOfInterest (the
    reviewer made or reported the content, under any user, or is connected to its author), CaseChanged (a later revision was
    reported).
    """
    by = require_reviewer(ports, caller)
    _require_violation(outcome, violation)

    def change(before: Case) -> Case | Changed[Case]:
        if (before.outcome, before.note, before.violation) == (outcome, note, violation):
            return before
        before.require_latest_revision(revision)
        conflict = has_conflict_of_interest(ports, by, before.parties, case_id=case_id)
        after = before.decide(by, outcome, note, violation=violation, has_conflict=conflict, at=ports.clock())
        return Changed(after, _events_of(after), erasure_writes(after, ports.clock()))

    return update(ports, partial(cases.load_case, ports.table, case_id), change)


def _events_of(decided: Case) -> list[type[Event]]:
    if decided.subject["kind"] == SUSPECTED_TRADES:
        return [TradesDecided]
    return [TakeDownChanged] if decided.is_taken_down else []


def erasure_writes(case: Case, at: datetime) -> list[Write]:
    """Return the jobs that erase a decided case, once no decision needs its texts: none while circle and author exist."""
    erased_from = case.appeal_until if case.appeal_until and case.needs_texts(at) else at
    purges = purge_writes(case.subject["circle_id"], erased_from) if case.is_circle_closed else []
    return [*purges, *([job_write(Job(ERASE_CASE, case.id, at))] if case.is_author_deleted else [])]


def _require_violation(outcome: CaseOutcome, violation: Violation | None) -> None:
    """Require the rule that an upheld case broke, and none for another outcome. Raises: Invalid."""
    if outcome is CaseOutcome.UPHELD and violation is None:
        raise Invalid(fields=(FieldError("/violation", "required-if-upheld"),))
    if outcome is not CaseOutcome.UPHELD and violation is not None:
        raise Invalid(fields=(FieldError("/violation", "only-if-upheld"),))
