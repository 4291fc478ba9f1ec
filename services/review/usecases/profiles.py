"""The person behind users, as the eligibility rules see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.review.domain import Applicant, Profile
from services.review.repository import people
from services.review.usecases.ports import Ports
from services.shared.kernel.ids import derive_id
from services.shared.table.versioned import update


def update_applicant(ports: Ports, identity_hash: str, step: Callable[[Applicant], Applicant]) -> None:
    """Change what is stored about a person.

    Unchanged if the person is unknown (`identity_hash` is empty).
    """
    if identity_hash:
        update(ports, partial(people.load_applicant, ports.table, identity_hash), step)


def get_profile(ports: Ports, user_id: str, applicant: Applicant, adult: bool, active_days: int) -> Profile:
    """Return a person's profile over all their users: highest sanction, all strikes, all circles."""
    at, users = ports.clock(), sorted({user_id, *applicant.user_ids})
    records = [people.load_sanction_record(ports.table, user, ports.new_id).entity for user in users]
    # A granted circle counts before the membership event of its owner arrives, so both sources are needed.
    owned = {derive_id("cir", application_id) for application_id in applicant.granted}
    owned = owned.union(*(people.get_connections(ports.table, user).owned for user in users))
    level = max((record.account_status.at(at) for record in records), key=lambda level: level.rank)
    strikes = sum(record.count_strikes(at) for record in records)
    return Profile(adult, active_days, level, strikes, len(owned))
