"""What reviewers do with an application: list, claim, hand over, ask, decide. A decision is made here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from services.review.domain import Application, Cohort, Decision, Judgement, Question, ReviewQueue, State
from services.review.errors import ApplicationNotFound, UnderSanction
from services.review.repository import applications, cohorts, people
from services.review.usecases.ports import Ports
from services.review.usecases.staff import are_tied, require_reviewer
from services.shared.kernel.errors import DomainError, FieldError, Invalid
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import (
    ApplicationRejected,
    ApplicationWaitlisted,
    Event,
    InformationRequested,
    SeatGranted,
)
from services.shared.security.account_status import SanctionLevel, get_account_status
from services.shared.security.auth import Caller
from services.shared.table.port import Item, Page, Put
from services.shared.table.versioned import (
    Versioned,
    remember_request,
    retry_on_write_conflict,
    save,
    update_entity,
    was_applied,
)

OUTCOMES: dict[State, type[Event]] = {
    State.ACTIVE: SeatGranted,
    State.WAITLISTED: ApplicationWaitlisted,
    State.REJECTED: ApplicationRejected,
    State.UPHELD: ApplicationRejected,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one of several decisions: the application, or why not."""

    application_id: str
    application: Application | None = None
    error: DomainError | None = None


def list_queue(ports: Ports, caller: Caller, queue: ReviewQueue, limit: int, start: Item | None) -> Page:
    """What waits in a lane, the one due first at the head."""
    require_reviewer(ports, caller)
    return applications.list_queue_entries(ports.table, queue, limit, start)


def claim_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    """Work on an application, alone, for 15 minutes. Nobody near the applicant does."""
    reviewer = require_reviewer(ports, caller)

    def step(application: Application) -> Application:
        tied = are_tied(ports, application, reviewer.user_id, reviewer.person)
        return application.claim_by(reviewer, tied=tied, at=ports.clock())

    return _advance(ports, application_id, step)


def extend_claim(ports: Ports, caller: Caller, application_id: str) -> Application:
    reviewer = require_reviewer(ports, caller)
    return _advance(ports, application_id, lambda application: application.extend_claim(reviewer.user_id, at=ports.clock()))


def release_claim(ports: Ports, caller: Caller, application_id: str) -> Application:
    reviewer = require_reviewer(ports, caller)
    return _advance(ports, application_id, lambda application: application.release_claim(reviewer.user_id, at=ports.clock()))


def hand_over_claim(ports: Ports, caller: Caller, application_id: str, to: str) -> Application:
    """Give one's claim to another enrolled reviewer."""
    reviewer = require_reviewer(ports, caller)
    heir = people.find_reviewer(ports.table, to)
    if heir is None:
        raise Invalid(fields=(FieldError("/to", "is not an enrolled reviewer"),))

    def step(application: Application) -> Application:
        tied = are_tied(ports, application, heir.user_id, heir.person)
        return application.hand_over(reviewer.user_id, heir, tied=tied, at=ports.clock())

    return _advance(ports, application_id, step)


def request_information(
    ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, fields: tuple[str, ...], note: str
) -> Application:
    """Ask the applicant for something; the review's clock stands until they answer."""
    reviewer = require_reviewer(ports, caller)

    def attempt() -> Application:
        loaded = _handed_in(ports, application_id)
        if loaded.item and was_applied(loaded.item, key):
            return loaded.entity
        after = loaded.entity.ask(reviewer, Question(fields, note, ports.clock()))
        save(
            ports.table,
            loaded.put(remember_request(applications.application_to_item(after), key), ports.new_id, InformationRequested),
        )
        return after

    return retry_on_write_conflict(attempt)


def decide_application(
    ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, judgement: Judgement
) -> Application:
    """The one way to a decision. The deciding write holds state, seat, audit head and fact; the last approval moves the
    cohort's row in the same transaction."""
    reviewer = require_reviewer(ports, caller)

    def attempt() -> Application:
        loaded = _handed_in(ports, application_id)
        if loaded.item and (was_applied(loaded.item, key) or loaded.entity.has_wish(key.id("key"))):
            return loaded.entity
        tied = are_tied(ports, loaded.entity, reviewer.user_id, reviewer.person)
        if judgement.approves and loaded.entity.awaits_seat:
            require_in(ports, loaded.entity)
        cohort = _cohort_for(ports, loaded.entity, judgement)
        decision = Decision(reviewer, **asdict(judgement), at=ports.clock(), wish=key.id("key"))
        after, filled = loaded.entity.decide(decision, cohort.entity, tied=tied)
        events = [OUTCOMES[after.state]] if after.state in OUTCOMES else []
        put = loaded.put(remember_request(applications.application_to_item(after), key), ports.new_id, *events)
        write_with_cohort(ports, put, cohort, filled, after)
        return after

    return retry_on_write_conflict(attempt)


def _cohort_for(ports: Ports, application: Application, judgement: Judgement) -> Versioned[Cohort]:
    """The cohort's row, read only for an approval that may take a seat of it."""
    if judgement.approves and application.awaits_seat:
        return cohorts.find_cohort(ports.table, application.cohort, ports.quota_of(application.cohort))
    return Versioned(Cohort(application.cohort, ports.quota), None)


def decide_applications(
    ports: Ports, caller: Caller, key: IdempotencyKey, judgements: Sequence[tuple[str, Judgement]]
) -> list[Result]:
    """Several decisions, each by the one way and on its own: what is stale is named, the others are done."""
    require_reviewer(ports, caller)
    return [_decide_one(ports, caller, key.part(application_id), application_id, one) for application_id, one in judgements]


def _decide_one(ports: Ports, caller: Caller, key: IdempotencyKey, application_id: str, judgement: Judgement) -> Result:
    try:
        return Result(application_id, decide_application(ports, caller, application_id, key, judgement))
    except DomainError as error:
        return Result(application_id, error=error)


def write_with_cohort(ports: Ports, put: Put, cohort: Versioned[Cohort], filled: Cohort, after: Application) -> None:
    """An application with what it moves: the cohort's row and, for one that waits, its place."""
    if filled == cohort.entity:
        save(ports.table, put)
        return
    writes = [put, cohort.put(cohorts.cohort_to_item(filled), ports.new_id)]
    if after.state is State.WAITLISTED and after.waitlist_position:
        writes.append(cohorts.place_put(filled.name, after.waitlist_position, after.id))
    ports.table.transact(writes, token=ports.new_id("txn"))


def require_in(ports: Ports, application: Application) -> None:
    """Nobody who is out of the platform is given a seat."""
    if is_out(ports, application):
        raise UnderSanction


def is_out(ports: Ports, application: Application) -> bool:
    return (
        get_account_status(ports.table, application.applicant, consistent_read=True)
        .at(ports.clock())
        .includes(SanctionLevel.SUSPENDED)
    )


def get_cohort(ports: Ports, caller: Caller) -> Cohort:
    return cohorts.find_cohort(ports.table, ports.cohort, ports.quota).entity


def _advance(ports: Ports, application_id: str, step: Callable[[Application], Application]) -> Application:
    return update_entity(ports, partial(_handed_in, ports, application_id), step, applications.application_to_item)


def _handed_in(ports: Ports, application_id: str) -> Versioned[Application]:
    """What reviewers work on: a draft is its applicant's alone, and is not there for anybody else."""
    loaded = applications.find_application(ports.table, application_id)
    if loaded.entity.state is State.DRAFT:
        raise ApplicationNotFound
    return loaded
