"""Owners in office: begun with the seat, assessed now and then, ended with the circle."""

from __future__ import annotations

from services.review.domain import Application
from services.review.domain.tenure import TERM, Assessment, Outcome, Tenure, TenureState
from services.review.errors import ApplicationNotFound
from services.review.repository import applications, people
from services.review.repository import tenures as repository
from services.review.usecases.ports import Ports
from services.review.usecases.staff import accounts_tied, require_reviewer
from services.shared.kernel.clock import from_millis, next_version
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import OwnerRemoved
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import (
    Versioned,
    remember_request,
    retry_on_write_conflict,
    save,
    was_applied,
)


def get_tenure(ports: Ports, caller: Caller, application_id: str) -> Tenure:
    require_reviewer(ports, caller)
    return repository.find_tenure(ports.table, application_id).entity


def assess_owner(ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, outcome: Outcome, note: str) -> Tenure:
    """Renew an owner, put them on probation, or remove them; all but renewing takes a second person who finds the same."""
    by = require_reviewer(ports, caller)

    def attempt() -> Tenure:
        loaded = repository.find_tenure(ports.table, application_id)
        if loaded.item and was_applied(loaded.item, key):
            return loaded.entity
        person = loaded.entity.person or applications.find_application(ports.table, application_id).entity.content.person
        theirs = people.accounts_of(ports.table, person, loaded.entity.owner)
        near = by.person == person or accounts_tied(ports, theirs, people.accounts_of(ports.table, by.person, by.user_id))
        after = loaded.entity.assess(Assessment(outcome, note, by, ports.clock()), near=near)
        removed = [OwnerRemoved] if after.state is TenureState.REMOVED else []
        save(ports.table, loaded.put(remember_request(repository.tenure_to_item(after), key), ports.new_id, *removed))
        return after

    return retry_on_write_conflict(attempt)


def begin_tenure(ports: Ports, application: Application) -> None:
    """From the stream, when a seat was granted; told twice, once."""
    at = from_millis(application.version)
    name, trail = application.content.circle_name, AuditTrail(salt=ports.new_id("salt"))
    tenure = Tenure(application.id, application.applicant, name, at + TERM, next_version(0, at), trail)
    try:
        save(ports.table, Versioned(tenure, None).put(repository.tenure_to_item(tenure), ports.new_id))
    except ConditionFailed:
        return


def end_tenure(ports: Ports, application: Application) -> None:
    """From the stream, when a circle has closed."""

    def attempt() -> None:
        try:
            loaded = repository.find_tenure(ports.table, application.id)
        except ApplicationNotFound:
            return  # it never began
        if loaded.entity.state is not TenureState.ENDED:
            after = loaded.entity.end(at=ports.clock())
            save(ports.table, loaded.put(repository.tenure_to_item(after), ports.new_id))

    retry_on_write_conflict(attempt)
