"""Reports of all services in one inbox: one case a thing, however many report it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from services.review.domain.content import Reviewer
from services.review.errors import CaseClosed, ConflictOfInterest
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail

FALSE_IN_A_ROW = 3  # of the last ten that were decided: from then on a person's reports open no case
LOOK_BACK = 10


class Outcome(StrEnum):
    """What came of a case. `abusive`: it was reported to harm somebody, and counts against who reported."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
    ABUSIVE = "abusive"


@dataclass(frozen=True, slots=True)
class Case:
    """`subject` names the reported thing, `author` who made it; `evidence` is the snapshot of the first report."""

    id: str
    subject: dict[str, str]
    author: str
    evidence: dict[str, Any]
    opened_at: datetime
    due_at: datetime
    version: int
    trail: AuditTrail
    reporters: int = 0
    outcome: Outcome | None = None
    note: str = ""
    decided_at: datetime | None = None

    @property
    def decided_before(self) -> datetime:
        """Reports made until then belong to this case."""
        return self.decided_at or datetime.max.replace(tzinfo=UTC)

    def decide(self, by: Reviewer, outcome: Outcome, note: str, *, near: bool, at: datetime) -> Case:
        """Once, and not by whoever made the thing, reported it or is `near` who did. What follows for a person is a sanction
        of its own, under its own rule."""
        if self.outcome is not None:
            raise CaseClosed
        if near or by.user_id == self.author:
            raise ConflictOfInterest
        trail = self.trail.extend(f"case {outcome}", actor=by.user_id, at=at, note=note, reporters=self.reporters)
        after = replace(self, outcome=outcome, note=note, decided_at=at, trail=trail)
        return replace(after, version=next_version(self.version, at))
