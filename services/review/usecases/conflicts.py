"""Conflicts of interest between a reviewer and the users that a decision concerns."""

from __future__ import annotations

from services.review.domain import Application, Reviewer
from services.review.repository import people
from services.review.usecases.ports import Ports


def has_conflict_of_interest(ports: Ports, users: set[str], reviewer: Reviewer) -> bool:
    """Whether the reviewer's person shares a circle, an invitation or a trade with one of `users`."""
    others = people.get_users_of_identity(ports.table, reviewer.identity_hash, reviewer.user_id)
    connections = [people.get_connections(ports.table, user_id) for user_id in sorted(users)]
    return any(
        connection.has_conflict_of_interest(people.get_connections(ports.table, other))
        for connection in connections
        for other in sorted(others)
    )


def users_of_applicant(ports: Ports, application: Application) -> set[str]:
    """All users of the applicant's person."""
    return people.get_users_of_identity(ports.table, application.content.identity_hash, application.applicant)
