"""Whether two people are too near each other for one to judge the other."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ties:
    """What events told of one person: the circles they are in, who let them in, whom they traded with."""

    user_id: str
    circles: frozenset[str] = field(default_factory=frozenset)
    owned: frozenset[str] = field(default_factory=frozenset)
    invited_by: frozenset[str] = field(default_factory=frozenset)
    traded_with: frozenset[str] = field(default_factory=frozenset)

    def bind(self, other: Ties) -> bool:
        """In one circle, one let the other in, or they bought or sold from each other."""
        return bool(
            self.circles & other.circles
            or self.user_id in other.invited_by
            or other.user_id in self.invited_by
            or self.user_id in other.traded_with
            or other.user_id in self.traded_with
        )
