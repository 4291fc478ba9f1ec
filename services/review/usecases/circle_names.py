"""Names of circles: owners rename them, reviewers take them down, and no two circles have names that look alike.

A circle has its name from the last approval of its application on, also on the waitlist, until the circle has closed.
"""

from __future__ import annotations

from functools import partial

from services.review.domain import Application, Case, State
from services.review.domain.tenure import Tenure, TenureState
from services.review.errors import ApplicationNotFound, CircleNameUnavailable, CircleNotFound
from services.review.repository import circle_names as repository
from services.review.repository import people, tenures
from services.review.settings import settings
from services.review.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey, derive_id, short_hash
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import CircleNameChanged, Event, OwnerRemoved
from services.shared.security.auth import Caller
from services.shared.security.take_downs import TakeDown
from services.shared.security.violations import Violation
from services.shared.table.port import Write
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, Versioned, update


def rename_circle(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, name: str) -> Tenure:
    """Rename a circle as its owner, and return the tenure with the new name.

    An attempt is counted before the name is looked up: a few names, free or not, in many days are all that an owner learns
    about the names of private circles. The same key with another name is another attempt.
    Unchanged, and not counted, if the circle has this name, or if the request was applied before (same key, same body).

    Cost: 10 write units and 3.5 read units.
    Raises: CircleNotFound (also for any caller but the owner), CircleClosed, CircleReadOnly, CircleNameTakenDown,
    CircleNameUnavailable, KeyReused, RateLimitReached.
    """
    slot = Slot(ports, caller.user_id, settings().rate("rename"), short_hash(key.hash, key.body_hash))

    def change(before: Tenure) -> Tenure | Changed[Tenure]:
        after = before.rename_circle(name, at=ports.clock())
        if after == before:
            return before
        slot.use()
        if not repository.is_available(ports.table, circle_id, name):
            raise CircleNameUnavailable
        return Changed(after, [CircleNameChanged], _move_name(circle_id, before.circle_name, name))

    return update(ports, partial(_load_own, ports, caller, circle_id), change, request=ChangeRequest.of_key(key, rate=None))


def take_circle_name_down(ports: Ports, case: Case) -> None:
    """Take the names that a case has as evidence down, or end that. The name that all services show is in CircleNameChanged.

    Called from the stream, also repeatedly. The names stay reserved as before.
    Unchanged if a newer decision of the case was applied, or if the circle has closed.
    Cost: 1 write unit and 1 read unit.
    Raises: ApplicationNotFound (the stream has not started the tenure yet, and processes this change again).
    """
    take_down = TakeDown(case.id, case.version, case.is_taken_down, case.violation or Violation.OTHER)

    def change(before: Tenure) -> Tenure | Changed[Tenure]:
        after = before.take_names_down(take_down, case.list_reported("name"), at=ports.clock())
        is_shown_as_before = (after.shown_name, after.name_violation) == (before.shown_name, before.name_violation)
        return after if is_shown_as_before else Changed(after, tenure_events(after))

    update(ports, partial(tenures.load_tenure, ports.table, derive_id("app", case.subject["circle_id"])), change)


def tenure_events(tenure: Tenure) -> list[type[Event]]:
    """Return the events that describe the tenure. They replace the pending ones: a replay from the table must find both."""
    removed: list[type[Event]] = [OwnerRemoved] if tenure.state is TenureState.REMOVED else []
    return [*removed, CircleNameChanged] if tenure.is_renamed else removed


def is_name_available(ports: Ports, application: Application) -> bool:
    """Return whether an application can get a circle with its name. Cost: 1 read unit."""
    return repository.is_available(ports.table, derive_id("cir", application.id), application.content.circle_name)


def reserve_name(application: Application) -> list[Write]:
    """Return the write that reserves the name of an application that got a seat or a waitlist position; none for any other."""
    if application.state not in (State.ACTIVE, State.WAITLISTED):
        return []
    return [repository.name_reservation(derive_id("cir", application.id), application.content.circle_name)]


def release_name(application: Application) -> list[Write]:
    """Return the write that releases the name of an application that leaves the waitlist; none for one that is not on it."""
    if application.state is not State.WAITLISTED:
        return []
    return [repository.name_release(derive_id("cir", application.id), application.content.circle_name)]


def release_name_of_circle(tenure: Tenure) -> list[Write]:
    """Return the write that releases the name of a circle that has closed. A rename at the same time changes the tenure."""
    return [repository.name_release(tenure.circle_id, tenure.circle_name)]


def _load_own(ports: Ports, caller: Caller, circle_id: str) -> Versioned[Tenure]:
    """Load the tenure of a circle that the caller owns.

    The caller's own membership is read first: for any other caller it is the one read, whether the circle exists or not.
    """
    if not people.owns_circle(ports.table, caller.user_id, circle_id):
        raise CircleNotFound
    try:
        loaded = tenures.load_tenure(ports.table, derive_id("app", circle_id))
    except ApplicationNotFound:
        raise CircleNotFound from None
    if not loaded.entity.is_owner(caller.user_id):
        raise CircleNotFound
    return loaded


def _move_name(circle_id: str, before: str, after: str) -> list[Write]:
    """Return the writes of the names. None if both names look alike: the circle has that name already."""
    if repository.circle_name_key(before) == repository.circle_name_key(after):
        return []
    return [repository.name_reservation(circle_id, after), repository.name_release(circle_id, before)]
