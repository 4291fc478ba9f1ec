"""Sanctions of a circle against a member: mute, kick and ban."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class SanctionKind(StrEnum):
    MUTE = "mute"
    KICK = "kick"
    BAN = "ban"


@dataclass(frozen=True, slots=True)
class Sanction:
    """A sanction with its reason.

    until: the end. A mute always has one, a kick has none; a ban without one is permanent.
    through: the banned user of the same identity, if the ban ended the membership of another user.
    """

    kind: SanctionKind
    reason: str
    by: str
    at: datetime
    until: datetime | None = None
    through: str = ""

    def is_active(self, at: datetime) -> bool:
        """Evaluated at each read, so no job has to end a sanction."""
        return self.until is None or at < self.until

    def is_repeated_by(self, other: Sanction) -> bool:
        """Whether the other differs in its time only: then it is a retry, not a second sanction."""
        return replace(self, at=other.at) == other
