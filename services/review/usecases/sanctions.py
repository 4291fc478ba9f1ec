"""The sanction ladder: put somebody under a step of it, ratify what needs a second person, lift it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.review.domain import Person, Sanction
from services.review.errors import PersonNotFound
from services.review.repository import people
from services.review.usecases.ports import Ports
from services.review.usecases.staff import require_reviewer
from services.shared.auth import Caller
from services.shared.errors import FieldError, Invalid
from services.shared.events import StandingChanged
from services.shared.standing import Level
from services.shared.stored import settle, write


def sanction_person(
    ports: Ports, caller: Caller, user_id: str, *, level: Level, until: datetime | None, reason: str, emergency: bool
) -> Person:
    """Put a person under a step of the ladder. From restricted upwards it waits for a second person, or in an
    emergency holds for 24 hours. The same word again changes nothing."""
    by, at = require_reviewer(ports, caller), ports.clock()
    if until is not None and until <= at:
        raise Invalid(fields=(FieldError("/until", "must lie in the future"),))
    wanted = Sanction(level, until, reason, by, at, emergency)
    return _change(ports, user_id, lambda person: person if _was_said(person, wanted) else person.put_under(wanted))


def ratify_sanction(ports: Ports, caller: Caller, user_id: str) -> Person:
    """A second person agrees to what waits."""
    by = require_reviewer(ports, caller)
    return _change(ports, user_id, lambda person: person.ratify(by, at=ports.clock()))


def lift_sanction(ports: Ports, caller: Caller, user_id: str, reason: str) -> Person:
    """Let a person back, and drop what waits for a second person."""
    by = require_reviewer(ports, caller)
    return _change(ports, user_id, lambda person: person.lift(by, reason, at=ports.clock()))


def read_person(ports: Ports, caller: Caller, user_id: str) -> Person:
    """Where a person stands, as reviewers see it."""
    require_reviewer(ports, caller)
    stored = people.find_person(ports.table, user_id, ports.new_id)
    if stored.item is None:
        raise PersonNotFound
    return stored.entity


def undo_unratified(ports: Ports, user_id: str) -> None:
    """What waited too long for a second person is undone."""
    _change(ports, user_id, lambda person: person.without_lapsed(at=ports.clock()))


def _was_said(person: Person, wanted: Sanction) -> bool:
    """A retry: the same step with the same reason, in effect already or waiting already."""
    said = (wanted.level, wanted.until, wanted.reason)
    stands = (person.standing.level, person.standing.until, person.reason)
    waits = (person.pending.level, person.pending.until, person.pending.reason) if person.pending else None
    return said in (stands, waits) and (waits is None or (person.pending is not None and person.pending.by == wanted.by))


def _change(ports: Ports, user_id: str, step: Callable[[Person], Person]) -> Person:
    def attempt() -> Person:
        stored = people.find_person(ports.table, user_id, ports.new_id)
        after = step(stored.entity)
        if after is not stored.entity:
            told = [StandingChanged] if after.standing != stored.entity.standing else []
            write(ports.table, stored.put(people.person_to(after), ports.new_id, *told))
        return after

    return settle(attempt)
