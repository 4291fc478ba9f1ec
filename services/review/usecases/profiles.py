"""The person behind users, as the eligibility rules see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from services.review.domain import Applicant, Profile
from services.review.domain.connections import LinkedUsers
from services.review.repository import people
from services.review.usecases.conflicts import load_linked_users
from services.review.usecases.ports import Ports
from services.shared.kernel.ids import derive_id
from services.shared.table.port import Write
from services.shared.table.versioned import Versioned, update


def update_applicant(ports: Ports, identity_hash: str, step: Callable[[Applicant], Applicant]) -> None:
    """Change what is stored about a person.

    Unchanged if the person is unknown (`identity_hash` is empty).
    """
    if identity_hash:
        update(ports, partial(people.load_applicant, ports.table, identity_hash), step)


@dataclass(frozen=True, slots=True)
class Person:
    """A person with all users and identities that verifications link to each other.

    applicant: of the identity that the person applies under. others: of the person's other identities.
    """

    linked: LinkedUsers
    applicant: Versioned[Applicant]
    others: tuple[Versioned[Applicant], ...]

    @property
    def other_applicants(self) -> tuple[Applicant, ...]:
        return tuple(other.entity for other in self.others)

    def write(self, ports: Ports, after: Applicant) -> list[Write]:
        """Return the writes that change the applicant, if no other identity of the person changed since it was loaded."""
        return [self.applicant.write(ports, after), *map(people.applicant_check, self.others)]


def load_person(ports: Ports, user_id: str, identity_hash: str) -> Person:
    """Load the person behind a user. A second identity of the person has no slot, circles or sanctions of its own.

    Cost: 1 read unit; 1 more per further identity, and those of `load_linked_users`.
    """
    linked = load_linked_users(ports, {user_id}, {identity_hash})
    others = sorted(linked.identities - {identity_hash})
    applicants = [people.load_applicant(ports.table, one) for one in (identity_hash, *others)]
    return Person(linked, applicants[0], tuple(applicants[1:]))


def get_profile(ports: Ports, person: Person, adult: bool, active_days: int) -> Profile:
    """Return a person's profile over all their users: highest sanction, all strikes, all circles."""
    at, users = ports.clock(), sorted(person.linked.users)
    records = [people.load_sanction_record(ports.table, user, ports.new_id).entity for user in users]
    # A granted circle counts before the membership event of its owner arrives, so both sources are needed.
    applicants = (person.applicant.entity, *person.other_applicants)
    owned = {derive_id("cir", application_id) for applicant in applicants for application_id in applicant.granted}
    owned = owned.union(*(connections.owned for connections in person.linked.connections))
    level = max((record.account_status.at(at) for record in records), key=lambda level: level.rank)
    strikes = sum(record.count_strikes(at) for record in records)
    return Profile(adult, active_days, level, strikes, len(owned))
