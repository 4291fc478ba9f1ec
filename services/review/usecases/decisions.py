"""Decisions on applications. Every decision goes through `decide_application`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

from services.review.domain import Application, Cohort, Decision, DecisionInput, State
from services.review.errors import ApplicantSanctioned, ApplicationNameUnavailable
from services.review.repository.cohorts import COHORTS
from services.review.usecases.circle_names import is_name_available, reserve_name
from services.review.usecases.cohorts import cohort_writes, load_cohort, load_sanction_records_of
from services.review.usecases.conflicts import has_conflict_with_applicant
from services.review.usecases.ports import Ports
from services.review.usecases.review_queue import load_submitted
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.errors import DomainError
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import ApplicationRejected, ApplicationWaitlisted, Event, SeatGranted
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, update

EVENT_OF_STATE: dict[State, type[Event]] = {
    State.ACTIVE: SeatGranted,
    State.WAITLISTED: ApplicationWaitlisted,
    State.REJECTED: ApplicationRejected,
    State.UPHELD: ApplicationRejected,
}


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The result of one of several decisions: the application, or the error."""

    application_id: str
    application: Application | None = None
    error: DomainError | None = None


def decide_application(
    ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, decision_input: DecisionInput
) -> Application:
    """Approve or reject an application that the caller has claimed, and return it.

    The two-person rule is in this function only: the route, bulk decisions and the console all call it. One write holds
    state, seat, audit head and pending event. The last approval changes the cohort and reserves the circle's name in the same
    transaction, so parallel approvals grant each seat, each waitlist position and each name once.
    Unchanged if the request was applied before (same key, same body), even if other reviewers decided since.

    Cost: 6 write units and 5 read units; with a seat 19 and 9.5.
    Raises: ReviewerNotEnrolled, ApplicationNotFound, ApplicationNotOpen, ApplicationChanged (not the version that was read),
    LeaseExpired, ConflictOfInterest, SecondReviewerRequired, ApplicantSanctioned (the applicant is suspended),
    ApplicationNameUnavailable, KeyReused.
    """
    reviewer = require_reviewer(ports, caller)

    def change(before: Application) -> Changed[Application]:
        conflict = has_conflict_with_applicant(ports, reviewer, before)
        is_last_approval = decision_input.approves and before.needs_last_approval
        if is_last_approval:
            _require_not_suspended(ports, before)
        is_available = not is_last_approval or is_name_available(ports, before)
        # The cohort comes last: the sooner it is saved, the fewer parallel approvals come in between.
        cohort = load_cohort(ports, before.cohort) if is_last_approval else COHORTS.new(Cohort(before.cohort, 0))
        decision = Decision(reviewer, **asdict(decision_input), at=ports.clock())
        after, filled = before.decide(decision, cohort.entity, has_conflict=conflict)
        if not is_available:
            raise ApplicationNameUnavailable
        events = [EVENT_OF_STATE[after.state]] if after.state in EVENT_OF_STATE else []
        return Changed(after, events, [*cohort_writes(ports, cohort, filled, after), *reserve_name(after)])

    return update(
        ports,
        partial(load_submitted, ports, application_id),
        change,
        request=ChangeRequest.of_key(key, rate=None),  # a reviewer decides an application once, with a claim
    )


def _require_not_suspended(ports: Ports, application: Application) -> None:
    if any(record.is_suspended(ports.clock()) for record in load_sanction_records_of(ports, application)):
        raise ApplicantSanctioned


def decide_applications(
    ports: Ports, caller: Caller, key: IdempotencyKey, decision_inputs: Sequence[tuple[str, DecisionInput]]
) -> list[DecisionResult]:
    """Decide several applications, each by `decide_application`. One that fails does not stop the others.

    Raises: ReviewerNotEnrolled. The error of a single decision is in its result.
    """
    require_reviewer(ports, caller)
    return [
        _decide_one(ports, caller, key.part(application_id), application_id, decision_input)
        for application_id, decision_input in decision_inputs
    ]


def _decide_one(
    ports: Ports, caller: Caller, key: IdempotencyKey, application_id: str, decision_input: DecisionInput
) -> DecisionResult:
    try:
        return DecisionResult(application_id, decide_application(ports, caller, application_id, key, decision_input))
    except DomainError as error:
        return DecisionResult(application_id, error=error)
