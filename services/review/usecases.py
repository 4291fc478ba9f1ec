"""What the review service does, one function a verb. A decision is made here and nowhere else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from services.review import repository
from services.review.domain import Application, Cohort, Content, Decision, Judgement, Reviewer, State
from services.review.errors import ApplicationNotFound, NotEnrolled, OperatorsOnly
from services.shared.audit import Trail, Verdict, keep_entries, verify
from services.shared.auth import Caller, keep_standing
from services.shared.changes import Change
from services.shared.clock import Clock, millis, next_version
from services.shared.events import (
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationWaitlisted,
    Event,
    PersonSuspended,
    SeatGranted,
)
from services.shared.facts import with_facts
from services.shared.ids import IdempotencyKey, NewId
from services.shared.keys import KeyRing
from services.shared.stored import Stored, create_once, marked, settle, was_done, write
from services.shared.table import Item, Page, Table


@dataclass(frozen=True, slots=True)
class Ports:
    """What the use cases reach the world through."""

    table: Table
    clock: Clock
    new_id: NewId
    person_keys: KeyRing
    cohort: str
    quota: int


OUTCOMES: dict[State, type[Event]] = {
    State.ACTIVE: SeatGranted,
    State.WAITLISTED: ApplicationWaitlisted,
    State.REJECTED: ApplicationRejected,
}


def person_digest(ports: Ports, real_name_token: str) -> str:
    """A verifier's token tells people apart, and only its keyed hash is kept. An empty token stays empty."""
    if not real_name_token:
        return ""
    return hmac.new(ports.person_keys.newest, real_name_token.encode(), hashlib.sha256).hexdigest()[:32]


def start_application(ports: Ports, caller: Caller, key: IdempotencyKey, content: Content) -> Application:
    at = ports.clock()
    trail = Trail(salt=ports.new_id("salt"))
    version = next_version(0, at)
    draft = Application(key.id("app"), caller.user_id, ports.cohort, content, at, version, trail)
    return repository.application_from(create_once(ports.table, repository.application_to(draft), key))


def read_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    """An applicant reads their own, an enrolled reviewer any that was submitted, an operator likewise."""
    application = repository.find_application(ports.table, application_id).entity
    if application.applicant == caller.user_id:
        return application
    if application.state is State.DRAFT or not (caller.is_operator or _is_enrolled(ports, caller)):
        raise ApplicationNotFound
    return application


def list_applications(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Application], Item | None]:
    page = repository.list_own(ports.table, caller.user_id, limit, start)
    return [repository.find_application(ports.table, row["gsi1sk"]).entity for row in page.items], page.next


def edit_application(ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, content: Content) -> Application:
    """A draft is replaced in place; after submission the old edition is kept beside the new one."""

    def attempt() -> Application:
        stored = _own(ports, caller, application_id)
        if stored.item and was_done(stored.item, key):
            return stored.entity
        before, after = stored.entity, stored.entity.edit(content, at=ports.clock())
        put = stored.put(marked(repository.application_to(after), key), ports.new_id)
        if before.edition == after.edition:
            write(ports.table, put)
        else:
            ports.table.transact([put, repository.edition_put(before)], token=ports.new_id("txn"))
        return after

    return settle(attempt)


def submit_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    """Hand the application in. Submitting what is submitted answers it again."""

    def attempt() -> Application:
        stored = _own(ports, caller, application_id)
        if stored.entity.state is State.SUBMITTED:
            return stored.entity
        after = stored.entity.submit(at=ports.clock())
        write(ports.table, stored.put(repository.application_to(after), ports.new_id, ApplicationSubmitted))
        return after

    return settle(attempt)


def list_queue(ports: Ports, caller: Caller, limit: int, start: Item | None) -> Page:
    _enrolled(ports, caller)
    return repository.list_queue(ports.table, limit, start)


def claim_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    reviewer = _enrolled(ports, caller)
    return _advance(ports, application_id, lambda application: application.claim_by(reviewer, at=ports.clock()))


def extend_claim(ports: Ports, caller: Caller, application_id: str) -> Application:
    reviewer = _enrolled(ports, caller)
    return _advance(ports, application_id, lambda application: application.extend_claim(reviewer.user_id, at=ports.clock()))


def release_claim(ports: Ports, caller: Caller, application_id: str) -> Application:
    reviewer = _enrolled(ports, caller)
    return _advance(ports, application_id, lambda application: application.release_claim(reviewer.user_id, at=ports.clock()))


def decide_application(
    ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, judgement: Judgement
) -> Application:
    """The one way to a decision. The deciding write holds state, seat, audit head and fact; the last approval moves the
    cohort's row in the same transaction."""
    reviewer = _enrolled(ports, caller)

    def attempt() -> Application:
        stored = _handed_in(ports, application_id)
        if stored.item and was_done(stored.item, key):
            return stored.entity
        cohort = repository.find_cohort(ports.table, stored.entity.cohort, ports.quota)
        decision = Decision(reviewer, **asdict(judgement), at=ports.clock())
        after, filled = stored.entity.decide(decision, cohort.entity)
        _write_decision(ports, stored, after, cohort, filled, key)
        return after

    return settle(attempt)


def audit_application(ports: Ports, caller: Caller, application_id: str) -> Verdict:
    """Verify the chain of one application."""
    _operator(caller)
    item = repository.find_application(ports.table, application_id).item
    return verify(ports.table, item or {})


def read_cohort(ports: Ports, caller: Caller) -> Cohort:
    return repository.find_cohort(ports.table, ports.cohort, ports.quota).entity


def enrol_reviewer(ports: Ports, caller: Caller, user_id: str, real_name_token: str) -> None:
    """Let an account review; the real name behind it is what the two-person rule compares."""
    _operator(caller)
    repository.save_reviewer(ports.table, Reviewer(user_id, person_digest(ports, real_name_token)))


def suspend_person(ports: Ports, caller: Caller, user_id: str, suspended: bool, reason: str) -> None:
    """Void a person's tokens, or let the person back in. Every service feels it by PersonSuspended."""
    _operator(caller)
    row = ports.table.get(repository.standing_key(user_id), strong=True)
    if row and (row["suspended"], row["reason"]) == (suspended, reason):
        return  # the same word again: a retry
    at = ports.clock()
    trail = Trail.from_item(row) if row else Trail(salt=ports.new_id("salt"))
    action = "suspended" if suspended else "reinstated"
    trail = trail.extend(action, actor=caller.user_id, at=at, reason=reason)
    more = with_facts({**trail.to_item(), "reason": reason}, ports.new_id, PersonSuspended)
    version = next_version(row["version"] if row else 0, at)
    valid_after = millis(at) // 1000
    keep_standing(ports.table, user_id=user_id, suspended=suspended, valid_after=valid_after, version=version, **more)


def keep_audit(ports: Ports, changes: Sequence[Change]) -> None:
    """Write the audit entries that these changes carry."""
    keep_entries(ports.table, changes)


def _write_decision(
    ports: Ports,
    stored: Stored[Application],
    after: Application,
    cohort: Stored[Cohort],
    filled: Cohort,
    key: IdempotencyKey,
) -> None:
    events = [OUTCOMES[after.state]] if after.state in OUTCOMES else []
    put = stored.put(marked(repository.application_to(after), key), ports.new_id, *events)
    if filled == cohort.entity:
        write(ports.table, put)
    else:
        ports.table.transact([put, repository.cohort_put(cohort, filled)], token=ports.new_id("txn"))


def _advance(ports: Ports, application_id: str, step: Callable[[Application], Application]) -> Application:
    def attempt() -> Application:
        stored = _handed_in(ports, application_id)
        after = step(stored.entity)
        if after != stored.entity:
            write(ports.table, stored.put(repository.application_to(after), ports.new_id))
        return after

    return settle(attempt)


def _own(ports: Ports, caller: Caller, application_id: str) -> Stored[Application]:
    stored = repository.find_application(ports.table, application_id)
    if stored.entity.applicant != caller.user_id:
        raise ApplicationNotFound
    return stored


def _handed_in(ports: Ports, application_id: str) -> Stored[Application]:
    """What reviewers work on: a draft is its applicant's alone, and is not there for anybody else."""
    stored = repository.find_application(ports.table, application_id)
    if stored.entity.state is State.DRAFT:
        raise ApplicationNotFound
    return stored


def _enrolled(ports: Ports, caller: Caller) -> Reviewer:
    reviewer = repository.find_reviewer(ports.table, caller.user_id) if caller.is_reviewer else None
    if reviewer is None:
        raise NotEnrolled
    return reviewer


def _is_enrolled(ports: Ports, caller: Caller) -> bool:
    return caller.is_reviewer and repository.find_reviewer(ports.table, caller.user_id) is not None


def _operator(caller: Caller) -> None:
    if not caller.is_operator:
        raise OperatorsOnly
