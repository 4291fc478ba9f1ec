"""Conflicts of interest between a reviewer and the users that an act of review concerns.

Every act of review calls `has_conflict_of_interest`. The acts are in `ACTS` of tests/usecases/review/acts.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.review.domain import Application, Connections, Reviewer
from services.review.domain.connections import LinkedUsers
from services.review.repository import cases, people
from services.review.usecases.ports import Ports


def has_conflict_of_interest(
    ports: Ports,
    reviewer: Reviewer,
    subjects: Iterable[str],
    *,
    giver: Reviewer | None = None,
    previous: Iterable[Reviewer] = (),
    case_id: str = "",
) -> bool:
    """Whether the reviewer is one of `subjects`, or shares a circle, an invitation or a trade with one of them.

    Both sides count with all users of all identities that were ever verified for them.
    giver: the reviewer who hands over to `reviewer`; a conflict of either counts.
    previous: the reviewers who acted before. Another user of the reviewer is a conflict, also one enrolled under another
        identity; whether the same identity can act again is a rule of the entity.
    case_id: a case that no user of the reviewer may have reported.

    Cost: 0.5 read units per user and 0.5 per identity of both sides; 1 per user of the reviewer for a case.
    """
    acting = (reviewer, giver) if giver else (reviewer,)
    own = load_linked_users(ports, {by.user_id for by in acting}, {by.identity_hash for by in acting})
    if own.has_conflict_of_interest(load_linked_users(ports, subjects)):
        return True
    others = (other for other in previous if not any(other.is_same_identity(by) for by in acting))
    if any(other.user_id in own.users or other.identity_hash in own.identities for other in others):
        return True
    return bool(case_id) and any(cases.has_reported(ports.table, case_id, user_id) for user_id in sorted(own.users))


def has_conflict_with_applicant(
    ports: Ports, reviewer: Reviewer, application: Application, giver: Reviewer | None = None
) -> bool:
    """Whether the reviewer has a conflict of interest with the applicant, or decided before under another identity."""
    previous = (decision.reviewer for decision in application.decisions)
    return has_conflict_of_interest(ports, reviewer, {application.applicant}, giver=giver, previous=previous)


def load_linked_users(ports: Ports, users: Iterable[str], identities: Iterable[str] = ()) -> LinkedUsers:
    """Return the users and identities with all that verifications link to them.

    A user can be verified under several identities, and an identity under several users, so links are followed to the end.
    """
    connections: dict[str, Connections] = {}
    followed: set[str] = set()
    new_users, new_identities = set(users), {identity_hash for identity_hash in identities if identity_hash}
    while new_users or new_identities:
        for user_id in sorted(new_users):
            connections[user_id] = people.get_connections(ports.table, user_id)
            new_identities |= connections[user_id].identities - followed
        new_users = set()
        for identity_hash in sorted(new_identities):
            new_users |= people.get_users_of_identity(ports.table, identity_hash) - connections.keys()
        followed |= new_identities
        new_identities = set()
    return LinkedUsers(frozenset(followed), tuple(connections.values()))
