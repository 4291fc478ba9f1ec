"""What is done to a member who breaks the rules: a mute, a kick, a ban, each with its reason."""

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
    """`until` is when it ends: a mute always has an end, a kick none to speak of, a ban without one is for good."""

    kind: SanctionKind
    reason: str
    by: str
    at: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Judged when read: no job has to end it."""
        return self.until is None or at < self.until

    def is_repeated_by(self, other: Sanction) -> bool:
        """The same word again: a retry, not a second sanction."""
        return replace(self, at=other.at) == other
