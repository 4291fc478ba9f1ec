"""A platform sanction of a user, and the rules for imposing it.

From `restricted` upwards a second reviewer must ratify a sanction. What two reviewers decided is changed by two. A single
reviewer can act alone in an emergency, only upwards and for a limited time. `decide_effect` is the only place of these rules.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.review.domain.content import Reviewer
from services.review.domain.states import AppealState
from services.review.errors import EmergencyNotHigher
from services.review.settings import settings
from services.shared.kernel.clock import millis
from services.shared.security.account_status import SanctionLevel
from services.shared.security.audit import canonical_json
from services.shared.security.violations import Violation

TWO_REVIEWERS_FROM = SanctionLevel.RESTRICTED


@dataclass(frozen=True, slots=True)
class Sanction:
    """A sanction that is in force or proposed. Level `none` lifts the current one.

    until: None for a sanction that is in force until it is lifted.
    mistake: a lifted sanction was wrong, so its strike is removed.
    ratified: two reviewers decided it. ratifier: the second of them.
    violation: the rule that the user broke; None for a sanction of level `none`.
    appeal: the state of the user's appeal; None if there is none.
    """

    level: SanctionLevel
    until: datetime | None
    reason: str
    by: Reviewer
    at: datetime
    emergency: bool = False
    mistake: bool = False
    ratified: bool = False
    violation: Violation | None = None
    ratifier: Reviewer | None = None
    appeal: AppealState | None = None

    @property
    def deciders(self) -> tuple[Reviewer, ...]:
        """The reviewers who decided it. As many others must grant an appeal."""
        return (self.by, self.ratifier) if self.ratifier else (self.by,)

    @property
    def appeal_until(self) -> datetime:
        return self.at + settings().appeal_period

    @property
    def ratify_until(self) -> datetime:
        """When the ratification period ends, or the sanction itself if that is earlier."""
        period_ends = self.at + (settings().emergency_period if self.emergency else settings().proposal_period)
        return min(self.until, period_ends) if self.until else period_ends

    @property
    def effective_until(self) -> datetime | None:
        """When the sanction expires. For an emergency this is published, so that it expires in every service by itself."""
        return self.ratify_until if self.emergency else self.until

    def is_in_force(self, at: datetime) -> bool:
        return self.level is not SanctionLevel.NONE and (self.effective_until is None or at < self.effective_until)

    def exceeds(self, other: Sanction) -> bool:
        """Whether this sanction has a higher level, or the same level and a later end."""
        if self.level is not other.level:
            return self.level.includes(other.level)
        if self.effective_until is None or other.effective_until is None:
            return other.effective_until is not None
        return self.effective_until > other.effective_until

    @property
    def id(self) -> str:
        """A hash of what the second reviewer reads, so that a ratification applies to exactly that."""
        until = millis(self.until) if self.until else None
        content = [self.level, until, self.violation, self.reason, self.by.user_id, millis(self.at)]
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()[:16]

    def is_repeat_of(self, other: Sanction) -> bool:
        """Whether both are the same request of the same reviewer, at any time."""
        same = replace(self, at=other.at, ratified=other.ratified, ratifier=other.ratifier, appeal=other.appeal)
        return same == other


class Effect(StrEnum):
    """What an act of reviewers does: it replaces the current sanction, covers it for a limited time, or is only proposed."""

    REPLACES = "replaces"
    COVERS = "covers"
    PROPOSED = "proposed"


def decide_effect(current: Sanction | None, sanction: Sanction, *, reviewers: int) -> Effect:
    """Return what `sanction` does to the current one, which is None if none is in force. Level `none` lifts it.

    Two reviewers replace any sanction. One reviewer neither lowers, shortens nor replaces what two decided, whatever its level:
    an emergency must exceed it and covers it, and any other act is a proposal.

    Raises: EmergencyNotHigher.
    """
    if reviewers > 1:
        return Effect.REPLACES
    if sanction.emergency:
        if current and not sanction.exceeds(current):
            raise EmergencyNotHigher
        return Effect.COVERS
    if sanction.level.includes(TWO_REVIEWERS_FROM) or (current and current.ratified):
        return Effect.PROPOSED
    return Effect.REPLACES
