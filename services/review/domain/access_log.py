"""A reviewer's or operator's access to personal data: recorded in an audit chain of its own, and limited per hour."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.review.errors import ReadLimitReached
from services.review.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AccessLog:
    """The access of one reader.

    count: the accesses since `started_at`, the start of the current hour.
    """

    reader: str
    trail: AuditTrail
    started_at: datetime
    count: int = 0
    version: int = 0

    def record(self, entity_id: str, *, at: datetime) -> AccessLog:
        """Count one more access and add it to the audit chain. Raises: ReadLimitReached."""
        step = replace(self, started_at=at, count=0) if at - self.started_at >= WINDOW else self
        if step.count >= settings().max_reads_per_hour:
            raise ReadLimitReached(retry_after=int((step.started_at + WINDOW - at).total_seconds()) + 1)
        trail = self.trail.extend(f"read {entity_id}", actor=self.reader, at=at)
        return replace(step, trail=trail, count=step.count + 1, version=next_version(self.version, at))
