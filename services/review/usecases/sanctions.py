"""The sanction ladder: put somebody under a step of it, ratify what needs a second person, lift it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.review.domain import Person, Sanction
from services.review.errors import UserNotFound
from services.review.repository import applications, people
from services.review.usecases.ports import Ports
from services.review.usecases.staff import require_reviewer
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.messaging.events import AccountStatusChanged
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.table.versioned import update_with_events


def impose_sanction(
    ports: Ports, caller: Caller, user_id: str, *, level: SanctionLevel, until: datetime | None, reason: str, emergency: bool
) -> Person:
    """Put a person under a step of the ladder. From restricted upwards it waits for a second person, or in an
    emergency holds for 24 hours. The same word again changes nothing."""
    by, at = require_reviewer(ports, caller), ports.clock()
    if until is not None and until <= at:
        raise Invalid(fields=(FieldError("/until", "must lie in the future"),))
    wanted, identity_id = Sanction(level, until, reason, by, at, emergency), identity_of(ports, user_id)
    return _change(ports, user_id, lambda person: person.impose(wanted, identity_id))


def ratify_sanction(ports: Ports, caller: Caller, user_id: str, proposal_id: str) -> Person:
    """A second person agrees to what waits, as they read it."""
    by, identity_id = require_reviewer(ports, caller), identity_of(ports, user_id)
    return _change(ports, user_id, lambda person: person.ratify(by, proposal_id, identity_id, at=ports.clock()))


def reject_sanction(ports: Ports, caller: Caller, user_id: str, proposal_id: str) -> Person:
    """Drop what waits for a second person, as it was read; an emergency gives back what stood before it."""
    by, identity_id = require_reviewer(ports, caller), identity_of(ports, user_id)
    return _change(ports, user_id, lambda person: person.refuse(by, proposal_id, identity_id, at=ports.clock()))


def lift_sanction(ports: Ports, caller: Caller, user_id: str, reason: str, *, mistake: bool = False) -> Person:
    """Let a person back. What two people put them under, two people lift."""
    by, identity_id = require_reviewer(ports, caller), identity_of(ports, user_id)
    return _change(ports, user_id, lambda person: person.lift(by, reason, identity_id, mistake=mistake, at=ports.clock()))


def get_sanction_record(ports: Ports, caller: Caller, user_id: str) -> Person:
    """Where a person stands, as reviewers see it."""
    require_reviewer(ports, caller)
    loaded = people.find_person(ports.table, user_id, ports.new_id)
    if loaded.item is None:
        raise UserNotFound
    return loaded.entity


def undo_unratified(ports: Ports, user_id: str) -> None:
    """What waited too long for a second person is undone."""
    _change(ports, user_id, lambda person: person.without_lapsed(at=ports.clock()))


def identity_of(ports: Ports, user_id: str) -> str:
    """The digest of who is behind an account, as far as they enrolled or applied; empty when nothing is known."""
    reviewer = people.find_reviewer(ports.table, user_id)
    if reviewer:
        return reviewer.person
    rows = applications.list_own(ports.table, user_id, 1, None).items
    return applications.find_application(ports.table, rows[0]["gsi1sk"]).entity.content.person if rows else ""


def _change(ports: Ports, user_id: str, step: Callable[[Person], Person]) -> Person:
    return update_with_events(
        ports,
        lambda: people.find_person(ports.table, user_id, ports.new_id),
        step,
        people.person_to_item,
        lambda before, after: [AccountStatusChanged] if after.standing != before.standing else [],
    )
