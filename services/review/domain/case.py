"""Cases: the reports of one reported content, from all services, with one decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.review.domain.content import Reviewer
from services.review.errors import CaseChanged, CaseClosed, ConflictOfInterest
from services.review.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail


class CaseOutcome(StrEnum):
    """The decision of a case. `abusive`: the report was made to harm the author, and counts against its reporter."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
    ABUSIVE = "abusive"


@dataclass(frozen=True, slots=True)
class ReportedRevision:
    """A later revision of the content, as it was first reported."""

    revision: int
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One reported content.

    subject: service, kind, id and circle of the content. author: the user who made it.
    evidence, revision: the content from the first report.
    later: the latest revisions that were reported while the case was open, in order.
    reporters: the number of users who reported it.
    is_circle_closed, is_author_deleted: whether all texts are to be erased once the case is decided. erased: whether they are.
    """

    id: str
    subject: dict[str, str]
    author: str
    evidence: dict[str, Any]
    opened_at: datetime
    due_at: datetime
    version: int
    trail: AuditTrail
    revision: int = 1
    later: tuple[ReportedRevision, ...] = ()
    reporters: int = 0
    outcome: CaseOutcome | None = None
    note: str = ""
    decided_at: datetime | None = None
    is_circle_closed: bool = False
    erased: bool = False
    is_author_deleted: bool = False

    @property
    def picture_keys(self) -> tuple[str, ...]:
        """Names of the reported pictures in the bucket of evidence."""
        return tuple(f"{self.evidence['picture_folder']}/{picture}" for picture in self.evidence.get("pictures", ()))

    @property
    def latest_revision(self) -> int:
        return self.later[-1].revision if self.later else self.revision

    def has_revision(self, revision: int) -> bool:
        return revision == self.revision or any(later.revision == revision for later in self.later)

    def accepts_report(self, revision: int, at: datetime) -> bool:
        """Whether a report belongs to this case, and not to the next one of the content.

        A decided case has the reports that were made before the decision, of the revisions that it shows.
        """
        return self.decided_at is None or (at <= self.decided_at and self.has_revision(revision))

    def add_revision(self, revision: int, evidence: dict[str, Any], *, at: datetime) -> Case:
        """Add a later revision of the content, and keep the latest ones. Unchanged if the case has it, or is decided."""
        if self.outcome is not None or self.has_revision(revision):
            return self
        later = sorted((*self.later, ReportedRevision(revision, evidence)), key=lambda one: one.revision)
        kept = tuple(later[-settings().max_later_revisions :])
        return self if kept == self.later else replace(self, later=kept, version=next_version(self.version, at))

    def require_latest_revision(self, revision: int | None) -> None:
        """Require that a reviewer read the latest reported revision; None if they read the first one.

        Raises: CaseChanged.
        """
        if (self.revision if revision is None else revision) != self.latest_revision:
            raise CaseChanged

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

    def close_circle(self, *, at: datetime) -> Case:
        """Mark an open case, so that its decision plans the erasure; erase all texts of a decided one.

        The audit chain stays valid: its entries are hashes with a salt, and the salt is deleted too.
        """
        after = replace(self, is_circle_closed=True)
        return self if self.erased else after._erase_if_decided(at, is_new=not self.is_circle_closed)

    def end_author(self, *, at: datetime) -> Case:
        """Mark an open case whose author's account is deleted, or erase all texts of a decided one, as `close_circle` does."""
        after = replace(self, is_author_deleted=True)
        return self if self.erased else after._erase_if_decided(at, is_new=not self.is_author_deleted)

    def _erase_if_decided(self, at: datetime, *, is_new: bool) -> Case:
        after = replace(self, version=next_version(self.version, at))
        if self.outcome is None:
            return after if is_new else self
        return replace(after, evidence={}, later=(), note="", trail=replace(self.trail, salt=""), erased=True)


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one user, with the outcome of its case; None while the case is open."""

    case_id: str
    reported_at: datetime
    outcome: CaseOutcome | None
