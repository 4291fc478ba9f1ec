"""Decisions on applications. Every decision goes through `decide_application`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from services.review.domain import Application, Cohort, Decision, DecisionInput, State
from services.review.errors import ApplicantSanctioned
from services.review.repository import applications, cohorts
from services.review.usecases.cohorts import is_applicant_suspended, save_with_cohort
from services.review.usecases.conflicts import has_conflict_of_interest, users_of_applicant
from services.review.usecases.ports import Ports
from services.review.usecases.review_queue import load_submitted
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.errors import DomainError
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import ApplicationRejected, ApplicationWaitlisted, Event, SeatGranted
from services.shared.security.auth import Caller
from services.shared.table.versioned import Versioned, remember_request, retry_on_write_conflict, was_applied

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

    The two-person rule has this one choke point: the route, bulk decisions and the console all call it. One write holds
    state, seat, audit head and pending event. The last approval changes the cohort in the same transaction, so parallel
    approvals grant each seat and each waitlist position once.
    Unchanged if a decision with this key was applied before, even if other reviewers decided since.

    Cost: 6 write units and 4.5 read units; with a seat 13 and 6.5.
    Raises: ReviewerNotEnrolled, ApplicationNotFound, ApplicationNotOpen, ApplicationChanged (not the version that was read),
    LeaseExpired, ConflictOfInterest, SecondReviewerRequired, ApplicantSanctioned (the applicant is suspended), KeyReused.
    """
    reviewer = require_reviewer(ports, caller)

    def attempt() -> Application:
        loaded = load_submitted(ports, application_id)
        if loaded.item and (was_applied(loaded.item, key) or loaded.entity.has_decision_of_request(key.id("key"))):
            return loaded.entity
        conflict = has_conflict_of_interest(ports, users_of_applicant(ports, loaded.entity), reviewer)
        if decision_input.approves and loaded.entity.needs_last_approval and is_applicant_suspended(ports, loaded.entity):
            raise ApplicantSanctioned
        cohort = _load_cohort(ports, loaded.entity, decision_input)
        decision = Decision(reviewer, **asdict(decision_input), at=ports.clock(), idempotency_key=key.id("key"))
        after, filled = loaded.entity.decide(decision, cohort.entity, has_conflict=conflict)
        events = [EVENT_OF_STATE[after.state]] if after.state in EVENT_OF_STATE else []
        put = loaded.put(remember_request(applications.application_to_item(after), key), ports.new_id, *events)
        save_with_cohort(ports, put, cohort, filled, after)
        return after

    return retry_on_write_conflict(attempt)


def _load_cohort(ports: Ports, application: Application, decision_input: DecisionInput) -> Versioned[Cohort]:
    """Load the cohort of an approval that may take a seat.

    Any other decision costs no read and changes no cohort.
    """
    if decision_input.approves and application.needs_last_approval:
        return cohorts.load_cohort(ports.table, application.cohort, ports.quota_of(application.cohort))
    return Versioned(Cohort(application.cohort, ports.quota), None)


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
