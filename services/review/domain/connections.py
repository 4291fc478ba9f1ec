"""The connections of a user that cause a conflict of interest."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Connections:
    """What the events of other services say about one user.

    circles, owned: the circles in which the user is a member, and of these the ones that the user owns.
    invited_by: the users who invited the user into a circle, also a former one.
    traded_with: the users who bought from the user or sold to the user.
    """

    user_id: str
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
