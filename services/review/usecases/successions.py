"""Circles that go to somebody else: offered by circles, accepted here under the verifier's word, decided by two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from services.review.domain.applicant import MIN_ACTIVE_DAYS
from services.review.domain.calendar import add_working
from services.review.domain.states import SLA
from services.review.domain.succession import Succession, SuccessionState
from services.review.domain.tenure import Tenure
from services.review.errors import ApplicationNotFound, ConflictOfInterest, SuccessionNotFound
from services.review.repository import applications, people, tenures
from services.review.repository import successions as repository
from services.review.repository.applications import list_queue_entries
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import change_applicant, profile_of
from services.review.usecases.staff import accounts_tied, find_staff, person_digest, require_reviewer, verified
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import CircleChanged, SuccessionAnswered, SuccessionOffered
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from services.shared.table.versioned import (
    Versioned,
    retry_on_write_conflict,
    save,
    update_entity,
)


def keep_offer(ports: Ports, event: SuccessionOffered) -> None:
    """Take over an offer, or that it was taken back; told twice or out of order, the same."""
    retry_on_write_conflict(lambda: _keep_offer(ports, event))


def _keep_offer(ports: Ports, event: SuccessionOffered) -> None:
    data, at, told = event.data, ports.clock(), event.entity_version
    loaded = repository.look_for(ports.table, data.succession_id)
    if loaded and told <= loaded.entity.told:
        return
    if loaded is None:
        about = (data.succession_id, data.circle_id, data.owner_id, data.candidate_id, data.kind, data.ends_at)
        new = Succession(*about, told, next_version(0, at), AuditTrail(salt=ports.new_id("salt")))
        loaded = Versioned(new, None)
    after = loaded.entity.withdraw(told, at=at) if data.state == "withdrawn" else replace(loaded.entity, told=told)
    save(ports.table, loaded.put(repository.succession_to_item(after), ports.new_id))


def accept_succession(ports: Ports, caller: Caller, succession_id: str, real_name_token: str) -> Succession:
    """Accept a circle that was offered to one, under one's real name: by the same rules about the human as an application."""

    def attempt() -> Succession:
        loaded, at = _offered_to(ports, caller, succession_id), ports.clock()
        statement = verified(ports, caller.user_id, real_name_token)
        person = person_digest(ports, statement.person)
        after = loaded.entity.accept(person, add_working(at, SLA), at=at)
        if after is loaded.entity:
            return after
        identity_id = people.find_applicant(ports.table, person)
        _require_other_identity(ports, after, {caller.user_id, *identity_id.entity.accounts})
        profile_of(ports, caller.user_id, identity_id.entity, statement.adult, statement.active_days).require_eligible()
        put = loaded.put(repository.succession_to_item(after), ports.new_id, SuccessionAnswered)
        seen = identity_id.entity.seen_as(caller.user_id)
        known = [identity_id.put(people.applicant_to_item(seen), ports.new_id)] if seen is not identity_id.entity else []
        ports.table.transact([put, *known], token=ports.new_id("txn"))
        return after

    return retry_on_write_conflict(attempt)


def decide_succession(ports: Ports, caller: Caller, succession_id: str, approves: bool, note: str) -> Succession:
    """Agree, as one of two, or refuse. The same word of the same person again changes nothing."""
    by = require_reviewer(ports, caller)

    def attempt() -> Succession:
        loaded = repository.find_succession(ports.table, succession_id)
        before = loaded.entity
        if approves and by in before.approvals and before.state in (SuccessionState.ACCEPTED, SuccessionState.APPROVED):
            return before  # the same word of the same person
        if not approves and before.state is SuccessionState.REFUSED and before.note == note:
            return before
        theirs = {before.owner} | people.accounts_of(ports.table, before.person, before.candidate)
        near = accounts_tied(ports, theirs, people.accounts_of(ports.table, by.person, by.user_id))
        after = before.judge(by, approves, note, near=near, at=ports.clock())
        if after.state is SuccessionState.APPROVED:
            identity_id = people.find_applicant(ports.table, before.person).entity
            profile_of(ports, before.candidate, identity_id, True, MIN_ACTIVE_DAYS).require_clear()
        told = [SuccessionAnswered] if after.state is not before.state else []
        save(ports.table, loaded.put(repository.succession_to_item(after), ports.new_id, *told))
        return after

    return retry_on_write_conflict(attempt)


def get_succession(ports: Ports, caller: Caller, succession_id: str) -> Succession:
    """Whom it was offered to reads it, and reviewers."""
    succession = repository.find_succession(ports.table, succession_id).entity
    if caller.user_id not in (succession.candidate, succession.owner) and find_staff(ports, caller) is None:
        raise SuccessionNotFound
    return succession


def list_successions(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Succession], Item | None]:
    """Those that wait for the platform's word, the one due first at the head."""
    require_reviewer(ports, caller)
    page = list_queue_entries(ports.table, repository.QUEUE, limit, start)
    ids = [row["gsi2sk"].partition("#")[2] for row in page.items]
    return [repository.find_succession(ports.table, one).entity for one in ids], page.next


def expect_heir(ports: Ports, succession: Succession) -> None:
    """From the stream, once it was approved: who may be in office soon. Circles has the last word, and tells."""
    _change_tenure(ports, succession.circle_id, lambda tenure: tenure.expect(succession.candidate, succession.person))


def follow_owner(ports: Ports, event: CircleChanged) -> None:
    """Who is in office, as circles tells: then the circle counts among theirs, and no more among who gave it up."""
    data, told = event.data, event.entity_version
    tenure = _change_tenure(ports, data.circle_id, lambda tenure: tenure.pass_on(data.owner_id, told, at=ports.clock()))
    if tenure and tenure.told == told:  # by what stands, not by who wrote it: the event may come again after half of this
        application = applications.find_application(ports.table, tenure.application_id).entity
        change_applicant(
            ports,
            tenure.predecessor or application.content.person,
            lambda identity_id: identity_id.give_up(tenure.application_id),
        )
        change_applicant(ports, tenure.person, lambda identity_id: identity_id.take_on(tenure.application_id))


def _change_tenure(ports: Ports, circle_id: str, step: Callable[[Tenure], Tenure]) -> Tenure | None:
    try:
        return update_entity(
            ports, partial(tenures.find_tenure, ports.table, derive_id("app", circle_id)), step, tenures.tenure_to_item
        )
    except ApplicationNotFound:
        return None


def _require_other_identity(ports: Ports, succession: Succession, accounts: set[str]) -> None:
    """Whoever owned the circle, or was removed from it, does not take it back under another account."""
    application = derive_id("app", succession.circle_id)
    try:
        tenure = tenures.find_tenure(ports.table, application).entity
        was = {applications.find_application(ports.table, application).entity.applicant, tenure.owner}
    except ApplicationNotFound:
        was = set()
    if (was | {succession.owner}) & accounts:
        raise ConflictOfInterest


def _offered_to(ports: Ports, caller: Caller, succession_id: str) -> Versioned[Succession]:
    loaded = repository.find_succession(ports.table, succession_id)
    if loaded.entity.candidate != caller.user_id:
        raise SuccessionNotFound
    return loaded
