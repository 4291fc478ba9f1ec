"""The connections of users that cause a conflict of interest."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Connections:
    """What verifications, and the events of other services, say about one user.

    identities: the hashes of all identities under which the user was ever verified.
    circles, owned: the circles in which the user is a member, and of these the ones that the user owns.
    invited_by: all users who ever invited the user into a circle, also a former one.
    traded_with: the users who bought from the user or sold to the user.
    """

    user_id: str
    identities: frozenset[str] = field(default_factory=frozenset)
    circles: frozenset[str] = field(default_factory=frozenset)
    owned: frozenset[str] = field(default_factory=frozenset)
    invited_by: frozenset[str] = field(default_factory=frozenset)
    traded_with: frozenset[str] = field(default_factory=frozenset)

    def has_conflict_of_interest(self, other: Connections) -> bool:
        """Whether both are in one circle, one invited the other, or they traded."""
        return bool(
            self.circles & other.circles
            or self.user_id in other.invited_by
            or other.user_id in self.invited_by
            or self.user_id in other.traded_with
            or other.user_id in self.traded_with
        )


@dataclass(frozen=True, slots=True)
class LinkedUsers:
    """All users that verifications link to each other, directly or over further users, with their connections.

    identities: the hashes of all identities of these users.
    """

    identities: frozenset[str]
    connections: tuple[Connections, ...]

    @property
    def users(self) -> frozenset[str]:
        return frozenset(connection.user_id for connection in self.connections)

    def has_conflict_of_interest(self, other: LinkedUsers) -> bool:
        """Whether both have a user or an identity in common, or a user of one is connected to a user of the other."""
        return bool(
            self.users & other.users
            or self.identities & other.identities
            or any(own.has_conflict_of_interest(its) for own in self.connections for its in other.connections)
        )
