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
from services.shared.security.audit import Trail
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import (
    Stored,
    marked,
    settle,
    was_done,
    write,
)


def read_tenure(ports: Ports, caller: Caller, application_id: str) -> Tenure:
    require_reviewer(ports, caller)
    return repository.find_tenure(ports.table, application_id).entity


def assess_owner(ports: Ports, caller: Caller, application_id: str, key: IdempotencyKey, outcome: Outcome, note: str) -> Tenure:
    """Renew an owner, put them on probation, or remove them; all but renewing takes a second person who finds the same."""
    by = require_reviewer(ports, caller)

    def attempt() -> Tenure:
        stored = repository.find_tenure(ports.table, application_id)
        if stored.item and was_done(stored.item, key):
            return stored.entity
        person = stored.entity.person or applications.find_application(ports.table, application_id).entity.content.person
        theirs = people.accounts_of(ports.table, person, stored.entity.owner)
        near = by.person == person or accounts_tied(ports, theirs, people.accounts_of(ports.table, by.person, by.user_id))
        after = stored.entity.assess(Assessment(outcome, note, by, ports.clock()), near=near)
        removed = [OwnerRemoved] if after.state is TenureState.REMOVED else []
        write(ports.table, stored.put(marked(repository.tenure_to(after), key), ports.new_id, *removed))
        return after

    return settle(attempt)


def begin_tenure(ports: Ports, application: Application) -> None:
    """From the stream, when a seat was granted; told twice, once."""
    at = from_millis(application.version)
    name, trail = application.content.circle_name, Trail(salt=ports.new_id("salt"))
    tenure = Tenure(application.id, application.applicant, name, at + TERM, next_version(0, at), trail)
    try:
        write(ports.table, Stored(tenure, None).put(repository.tenure_to(tenure), ports.new_id))
    except ConditionFailed:
        return


def end_tenure(ports: Ports, application: Application) -> None:
    """From the stream, when a circle has closed."""

    def attempt() -> None:
        try:
            stored = repository.find_tenure(ports.table, application.id)
        except ApplicationNotFound:
            return  # it never began
        if stored.entity.state is not TenureState.ENDED:
            after = stored.entity.end(at=ports.clock())
            write(ports.table, stored.put(repository.tenure_to(after), ports.new_id))

    settle(attempt)
