"""The human behind accounts: what is known of them when they want a circle, and how that changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.review.domain import Applicant, Profile
from services.review.repository import people
from services.review.usecases.ports import Ports
from services.shared.kernel.ids import derive_id
from services.shared.table.versioned import update_entity


def change_applicant(ports: Ports, person: str, step: Callable[[Applicant], Applicant]) -> None:
    """What is kept of a human; where it is not known who that is, nothing."""
    if person:
        update_entity(ports, partial(people.find_applicant, ports.table, person), step, people.applicant_to_item)


def profile_of(ports: Ports, account: str, applicant: Applicant, adult: bool, active_days: int) -> Profile:
    """The human with all their accounts: the highest sanction, all strikes, all circles."""
    at, accounts = ports.clock(), {account, *applicant.accounts}
    known = [people.find_person(ports.table, one, ports.new_id).entity for one in sorted(accounts)]
    owned = {derive_id("cir", one) for one in applicant.granted}
    owned = owned.union(*(people.find_ties(ports.table, one).owned for one in accounts))
    level = max((one.standing.at(at) for one in known), key=lambda level: level.rank)
    strikes = sum(one.strikes_at(at) for one in known)
    return Profile(adult, active_days, level, strikes, len(owned))
