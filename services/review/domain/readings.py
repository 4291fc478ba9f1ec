"""What one of the staff has read of personal data: on a chain of their own, and so many an hour."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.review.errors import TooManyReads
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail

WINDOW = timedelta(hours=1)
MAX_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Readings:
    """`count` since `began`."""

    reader: str
    trail: AuditTrail
    began: datetime
    count: int = 0
    version: int = 0

    def record(self, application_id: str, *, at: datetime) -> Readings:
        """One more entry, counted in the same write."""
        step = replace(self, began=at, count=0) if at - self.began >= WINDOW else self
        if step.count >= MAX_AN_HOUR:
            raise TooManyReads(retry_after=int((step.began + WINDOW - at).total_seconds()) + 1)
        trail = self.trail.extend(f"read {application_id}", actor=self.reader, at=at)
        return replace(step, trail=trail, count=step.count + 1, version=next_version(self.version, at))
