"""Cases: the reports of one reported content, from all services, with one decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from services.review.domain.content import Reviewer
from services.review.errors import CaseClosed, ConflictOfInterest
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail


class CaseOutcome(StrEnum):
    """The decision of a case. `abusive`: the report was made to harm the author, and counts against its reporter."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
    ABUSIVE = "abusive"


@dataclass(frozen=True, slots=True)
class Case:
    """One reported content.

    subject: service, kind, id and circle of the content. author: the user who made it.
    evidence: a snapshot of the content from the first report.
    reporters: the number of users who reported it.
    """

    id: str
    subject: dict[str, str]
    author: str
    evidence: dict[str, Any]
    opened_at: datetime
    due_at: datetime
    version: int
    trail: AuditTrail
    reporters: int = 0
    outcome: CaseOutcome | None = None
    note: str = ""
    decided_at: datetime | None = None

    @property
    def picture_keys(self) -> tuple[str, ...]:
        """Names of the reported pictures in the bucket of evidence."""
        return tuple(f"{self.evidence['picture_folder']}/{picture}" for picture in self.evidence.get("pictures", ()))

    @property
    def accepts_reports_until(self) -> datetime:
        """Reports made up to this moment belong to the case; later ones to the next case of the content."""
        return self.decided_at or datetime.max.replace(tzinfo=UTC)

    def decide(self, by: Reviewer, outcome: CaseOutcome, note: str, *, has_conflict: bool, at: datetime) -> Case:
        """Decide the case, once. A sanction of the author is a decision of its own, with its own rules.

        has_conflict: the reviewer reported the content, or has a conflict of interest with its author.

        Raises: CaseClosed, ConflictOfInterest.
        """
        if self.outcome is not None:
            raise CaseClosed
        if has_conflict or by.user_id == self.author:
            raise ConflictOfInterest
        trail = self.trail.extend(f"case {outcome}", actor=by.user_id, at=at, note=note, reporters=self.reporters)
        after = replace(self, outcome=outcome, note=note, decided_at=at, trail=trail)
        return replace(after, version=next_version(self.version, at))


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one user, with the outcome of its case; None while the case is open."""

    case_id: str
    reported_at: datetime
    outcome: CaseOutcome | None
