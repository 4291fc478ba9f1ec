"""The members' brake: enough members together pause sales in their circle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.circles.settings import settings
from services.shared.kernel.clock import next_version

WHOLE = 100


def needed_pulls(members: int) -> int:
    """Return how many members pause sales: a share of the active members, and never fewer than a least number."""
    return max(settings().min_brake_pulls, -(-members * settings().brake_percent // WHOLE))


@dataclass(frozen=True, slots=True)
class Brake:
    """The pulls of one round. A round begins with its first pull, and ends with a pause or after the brake's period.

    pulls: of members, each counted once by user and by identity. started_at: None before the first round.
    """

    circle_id: str
    round: int = 0
    pulls: int = 0
    started_at: datetime | None = None
    version: int = 0

    def current(self, at: datetime) -> Brake:
        """Return the round that a pull counts for: this one, or the next one without pulls if this one has ended."""
        if self.started_at and at < self.started_at + settings().brake_period:
            return self
        return replace(self, round=self.round + 1, pulls=0, started_at=None)

    def pull(self, *, at: datetime) -> Brake:
        """Count a member's pull in the current round."""
        now = self.current(at)
        after = replace(now, pulls=now.pulls + 1, started_at=now.started_at or at)
        return replace(after, version=next_version(self.version, at))

    def end_round(self) -> Brake:
        """End the round, which has paused sales."""
        return replace(self, started_at=None)
