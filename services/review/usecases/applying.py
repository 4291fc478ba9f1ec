"""What an applicant does: start, edit, submit, answer, withdraw, appeal; and reading an application, on either side."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace

from services.review.adapters.vault import MAX_BYTES
from services.review.domain import Appeal, Application, Content, Reason, State
from services.review.errors import ApplicationNotFound, ConflictOfInterest
from services.review.repository import applications, people, readings
from services.review.usecases.ports import Ports
from services.review.usecases.profiles import profile_of
from services.review.usecases.staff import are_tied, find_staff, person_digest, verified
from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import ApplicationSubmitted
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import Item, Put
from services.shared.table.versioned import (
    Versioned,
    create_if_absent,
    remember_request,
    retry_on_write_conflict,
    save,
    was_applied,
)


@dataclass(frozen=True, slots=True)
class Private:
    """What is kept sealed: the applicant's masked name and the links to their evidence."""

    masked_name: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """What an applicant sends in: the content, their links, the verifier's token (empty while there is none)."""

    content: Content
    evidence: tuple[str, ...]
    real_name_token: str


def create_application(ports: Ports, caller: Caller, key: IdempotencyKey, form: Form) -> Application:
    at, application_id = ports.clock(), key.id("app")
    content, sealed, (adult, days) = _taken(ports, caller, application_id, form)
    draft = Application(
        id=application_id,
        applicant=caller.user_id,
        cohort=ports.cohort,
        content=content,
        created_at=at,
        version=next_version(0, at),
        trail=AuditTrail(salt=ports.new_id("salt")),
        adult=adult,
        active_days=days,
        sealed=sealed,
    )
    return applications.application_from_item(create_if_absent(ports.table, applications.application_to_item(draft), key))


def update_application(ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, form: Form) -> Application:
    """A draft is replaced in place; after submission the old revision is kept beside the new one."""

    def attempt() -> Application:
        loaded = own(ports, caller, application_id)
        if loaded.item and was_applied(loaded.item, key):
            return loaded.entity
        before = loaded.entity
        after = before.edit(*_taken(ports, caller, application_id, form), at=ports.clock())
        if before.revision != after.revision:
            identity_id = people.find_applicant(ports.table, after.content.person).entity
            profile_of(ports, caller.user_id, identity_id, after.adult, after.active_days).require_fit()
        put = loaded.put(remember_request(applications.application_to_item(after), key), ports.new_id)
        if before.revision == after.revision:
            save(ports.table, put)
        else:
            ports.table.transact([put, applications.revision_put(before)], token=ports.new_id("txn"))
        return after

    return retry_on_write_conflict(attempt)


def submit_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    """Hand the application in, or answer what was asked. Submitting what is submitted answers it again. The slot of the human
    behind the account is taken in the same transaction: of two applications at once, one is submitted."""

    def attempt() -> Application:
        loaded = own(ports, caller, application_id)
        if loaded.entity.state is State.SUBMITTED:
            return loaded.entity
        after = loaded.entity.submit(at=ports.clock())
        put = loaded.put(applications.application_to_item(after), ports.new_id, ApplicationSubmitted)
        if loaded.entity.state is State.DRAFT:
            ports.table.transact([put, _take_slot(ports, caller, after)], token=ports.new_id("txn"))
        else:
            save(ports.table, put)
        return after

    return retry_on_write_conflict(attempt)


def withdraw_application(ports: Ports, caller: Caller, application_id: str) -> Application:
    """Take it back. Withdrawing what is withdrawn answers it again."""

    def attempt() -> Application:
        loaded = own(ports, caller, application_id)
        if loaded.entity.state is State.WITHDRAWN:
            return loaded.entity
        after = loaded.entity.withdraw(at=ports.clock())
        save(ports.table, loaded.put(applications.application_to_item(after), ports.new_id))
        return after

    return retry_on_write_conflict(attempt)


def appeal_application(
    ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, cites: Reason, statement: str
) -> Application:
    """Appeal once, against a reason that was given; others will look at it."""

    def attempt() -> Application:
        loaded = own(ports, caller, application_id)
        if loaded.item and was_applied(loaded.item, key):
            return loaded.entity
        after = loaded.entity.contest(Appeal(cites, statement, ports.clock()))
        put = loaded.put(remember_request(applications.application_to_item(after), key), ports.new_id, ApplicationSubmitted)
        slot = people.find_applicant(ports.table, after.content.person)
        taken = slot.put(people.applicant_to_item(slot.entity.reopen(after.id)), ports.new_id)
        ports.table.transact([put, taken], token=ports.new_id("txn"))
        return after

    return retry_on_write_conflict(attempt)


def get_application(ports: Ports, caller: Caller, application_id: str) -> tuple[Application, Private]:
    """An applicant reads their own, an enrolled reviewer any that was submitted, an operator likewise: theirs is reading
    personal data, so it is recorded first, there is a limit to it, and nobody near the applicant does."""
    application = applications.find_application(ports.table, application_id).entity
    if application.applicant == caller.user_id:
        return application, open_private(ports, application)
    reviewer = find_staff(ports, caller)
    if application.state is State.DRAFT or not (caller.is_operator or reviewer):
        raise ApplicationNotFound
    if are_tied(ports, application, caller.user_id, reviewer.person if reviewer else ""):
        raise ConflictOfInterest
    _record_reading(ports, caller, application_id)
    return application, open_private(ports, application)


def list_applications(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Application], Item | None]:
    page = applications.list_own(ports.table, caller.user_id, limit, start)
    return [applications.find_application(ports.table, row["gsi1sk"]).entity for row in page.items], page.next


def open_private(ports: Ports, application: Application) -> Private:
    if not application.sealed:
        return Private()
    masked_name, evidence = json.loads(ports.vault.open(application.sealed, application.id))
    return Private(masked_name, tuple(evidence))


def own(ports: Ports, caller: Caller, application_id: str) -> Versioned[Application]:
    loaded = applications.find_application(ports.table, application_id)
    if loaded.entity.applicant != caller.user_id:
        raise ApplicationNotFound
    return loaded


def _taken(ports: Ports, caller: Caller, application_id: str, form: Form) -> tuple[Content, str, tuple[bool, int]]:
    """The form as it is kept: links as digests, with the links themselves and the masked name sealed beside them."""
    person, masked_name, said = "", "", (False, 0)
    if form.real_name_token:
        statement = verified(ports, caller.user_id, form.real_name_token)
        person, masked_name = person_digest(ports, statement.person), statement.masked_name
        said = (statement.adult, statement.active_days)
    digests = tuple(
        hmac.new(ports.person_keys.newest, link.encode(), hashlib.sha256).hexdigest()[:24] for link in form.evidence
    )
    content = replace(form.content, evidence=digests, person=person)
    if not (masked_name or form.evidence):
        return content, "", said
    private = json.dumps([masked_name, form.evidence], ensure_ascii=False)
    if len(private.encode()) > MAX_BYTES:
        raise Invalid(fields=(FieldError("/evidence", "the links are too long together"),))
    return content, ports.vault.seal(private, application_id), said


def _take_slot(ports: Ports, caller: Caller, application: Application) -> Put:
    """Judge the human behind the account; the write that makes this their open application."""
    loaded = people.find_applicant(ports.table, application.content.person)
    profile_of(ports, caller.user_id, loaded.entity, application.adult, application.active_days).require_eligible()
    after = loaded.entity.seen_as(caller.user_id).take_slot(application.id, at=ports.clock())
    return loaded.put(people.applicant_to_item(after), ports.new_id)


def _record_reading(ports: Ports, caller: Caller, application_id: str) -> None:
    def attempt() -> None:
        at = ports.clock()
        loaded = readings.find_readings(ports.table, caller.user_id, at, ports.new_id)
        after = loaded.entity.record(application_id, at=at)
        save(ports.table, loaded.put(readings.readings_to_item(after), ports.new_id))

    retry_on_write_conflict(attempt)
