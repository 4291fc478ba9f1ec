"""Cases: the reports of one reported content, from all services, with one decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.review.domain.content import Reviewer
from services.review.domain.states import AppealState
from services.review.domain.surroundings import Surroundings
from services.review.errors import AppealPeriodExpired, CaseChanged, CaseClosed, ConflictOfInterest, DecisionAlreadyAppealed
from services.review.settings import settings
from services.shared.kernel.clock import next_version
from services.shared.security.audit import AuditTrail
from services.shared.security.violations import Violation

CIRCLE_NAME = "circle_name"  # the one kind of content that review itself takes down
# Content that a take-down removes. A dormant circle, a payment and a movement of money are reported, but are no content.
TAKEN_DOWN_KINDS = frozenset({"note", "comment", "message", "listing", "picture", "profile", "circle_page", CIRCLE_NAME})
# A moderator's removal of a listing. Its case has the removal as its decision, and is there for the appeal of the seller.
LISTING_REMOVAL = "listing_removal"
# A group of orders that commerce suspects of wash trade. Its case has no author: its users are parties of it.
SUSPECTED_TRADES = "suspected_trades"
# Where the evidence of each kind has the text of its author.
EXCERPT_OF = ("text", "title", "nickname", "name", "description", "bio")
EXCERPT_LENGTH = 140


class CaseOutcome(StrEnum):
    """The decision of a case. `abusive`: the report was made to harm the author, and counts against its reporter."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
    ABUSIVE = "abusive"


class ReportOutcome(StrEnum):
    """The outcome of a case as its reporters read it. `reversed`: it was upheld, and an appeal of the author was granted."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
    ABUSIVE = "abusive"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class ReportedRevision:
    """A later revision of the content, as it was first reported."""

    revision: int
    evidence: dict[str, Any]
    surroundings: Surroundings = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One reported content.

    subject: service, kind, id and circle of the content. author: the user who made it.
    evidence, revision: the content from the first report.
    surroundings: of a message, what was around it then. Each later revision has its own. The decision deletes all of them.
    later: the latest revisions that were reported while the case was open, in order.
    reporters: the number of users who reported it.
    violation: the rule that the content broke, if the case is upheld. decided_by: the reviewer who decided, or of a
        LISTING_REMOVAL the moderator, without an identity; `note` is then the moderator's reason.
    appeal_until: until when the author can appeal the take-down; None if the decision took nothing down.
    appeal: the state of the author's appeal; None if there is none.
    outcome_version: the version that the case got when its outcome for reporters changed last; 0 while it is open.
    is_circle_closed, is_author_deleted: whether all texts are to be erased once no decision needs them.
    erased: whether they are.
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
    surroundings: Surroundings = ()
    later: tuple[ReportedRevision, ...] = ()
    reporters: int = 0
    outcome: CaseOutcome | None = None
    note: str = ""
    decided_at: datetime | None = None
    violation: Violation | None = None
    decided_by: Reviewer | None = None
    appeal_until: datetime | None = None
    appeal: AppealState | None = None
    outcome_version: int = 0
    is_circle_closed: bool = False
    erased: bool = False
    is_author_deleted: bool = False

    @classmethod
    def of_removal(
        cls,
        id: str,
        listing: dict[str, str],
        seller: str,
        evidence: dict[str, Any],
        moderator: str,
        reason: str,
        *,
        removed_at: datetime,
        at: datetime,
        salt: str,
    ) -> Case:
        """Return the case of a listing that a moderator removed. Its seller can appeal for `appeal_period`, from now."""
        subject = {"service": "commerce", "kind": LISTING_REMOVAL, **listing}
        trail = AuditTrail(salt=salt).extend("removal received", actor=moderator, at=at, reason=reason)
        return cls(
            id,
            subject,
            seller,
            evidence,
            opened_at=at,
            due_at=at,
            version=next_version(0, at),
            trail=trail,
            outcome=CaseOutcome.UPHELD,
            note=reason,
            decided_at=removed_at,
            decided_by=Reviewer(moderator, ""),
            appeal_until=at + settings().appeal_period,
        )

    @property
    def is_removal(self) -> bool:
        return self.subject["kind"] == LISTING_REMOVAL

    @property
    def parties(self) -> frozenset[str]:
        """The users that the decision is about. A reviewer who is, or is connected to, one of them cannot read or decide it."""
        if self.subject["kind"] != SUSPECTED_TRADES:
            return frozenset({self.author})
        groups = (*self.list_reported("user_ids"), *self.list_reported("owner_ids"))
        return frozenset(user_id for users in groups for user_id in users)

    @property
    def picture_keys(self) -> tuple[str, ...]:
        """Names of the reported pictures in the bucket of evidence."""
        return tuple(f"{self.evidence['picture_folder']}/{picture}" for picture in self.evidence.get("pictures", ()))

    @property
    def latest_revision(self) -> int:
        return self.later[-1].revision if self.later else self.revision

    @property
    def is_taken_down(self) -> bool:
        """Whether the decision takes the content down, until an appeal restores it."""
        is_decided = self.outcome is CaseOutcome.UPHELD and self.subject["kind"] in TAKEN_DOWN_KINDS | {LISTING_REMOVAL}
        return is_decided and self.appeal is not AppealState.GRANTED

    @property
    def report_outcome(self) -> ReportOutcome | None:
        """What the reporters read as the outcome of their reports; None while the case is open."""
        if self.outcome is None:
            return None
        return ReportOutcome.REVERSED if self.appeal is AppealState.GRANTED else ReportOutcome(self.outcome)

    @property
    def excerpt(self) -> str:
        """The beginning of the content's own text, as it was reported last; empty if it has none, or if it was erased."""
        evidence = self.later[-1].evidence if self.later else self.evidence
        texts = (evidence.get(name) for name in EXCERPT_OF)
        return next((text[:EXCERPT_LENGTH] for text in texts if isinstance(text, str) and text), "")

    def list_reported(self, field: str) -> list[Any]:
        """Return a field of the evidence of every reported revision, the first one first."""
        return [each[field] for each in (self.evidence, *(later.evidence for later in self.later)) if field in each]

    def has_revision(self, revision: int) -> bool:
        return revision == self.revision or any(later.revision == revision for later in self.later)

    def accepts_report(self, revision: int, at: datetime) -> bool:
        """Whether a report belongs to this case, and not to the next one of the content.

        A decided case has the reports that were made before the decision, of the revisions that it shows.
        """
        return self.decided_at is None or (at <= self.decided_at and self.has_revision(revision))

    def add_revision(self, revised: ReportedRevision, *, at: datetime) -> Case:
        """Add a later revision of the content, and keep the latest ones. Unchanged if the case has it, or is decided."""
        if self.outcome is not None or self.has_revision(revised.revision):
            return self
        later = sorted((*self.later, revised), key=lambda one: one.revision)
        kept = tuple(later[-settings().max_later_revisions :])
        return self if kept == self.later else replace(self, later=kept, version=next_version(self.version, at))

    def require_latest_revision(self, revision: int | None) -> None:
        """Require that a reviewer read the latest reported revision; None if they read the first one.

        Raises: CaseChanged.
        """
        if (self.revision if revision is None else revision) != self.latest_revision:
            raise CaseChanged

    def decide(
        self,
        by: Reviewer,
        outcome: CaseOutcome,
        note: str,
        *,
        violation: Violation | None = None,
        has_conflict: bool,
        at: datetime,
    ) -> Case:
        """Decide the case, once. A sanction of the author is a decision of its own, with its own rules.

        The surroundings are deleted: they are texts of users who are not accused, and no appeal needs them.

        violation: the rule that the content broke, if the case is upheld: its author reads it.
        has_conflict: the reviewer reported the content, or has a conflict of interest with its author.

        Raises: CaseClosed, ConflictOfInterest.
        """
        if self.outcome is not None:
            raise CaseClosed
        if has_conflict or by.user_id in self.parties:
            raise ConflictOfInterest
        details = {"note": note, "reporters": self.reporters, "violation": violation or ""}
        trail = self.trail.extend(f"case {outcome}", actor=by.user_id, at=at, **details)
        left = self._without_surroundings()
        after = replace(left, outcome=outcome, note=note, decided_at=at, decided_by=by, violation=violation, trail=trail)
        appeal_until = at + settings().appeal_period if after.is_taken_down else None
        version = next_version(self.version, at)
        return replace(after, appeal_until=appeal_until, version=version, outcome_version=version)

    def _without_surroundings(self) -> Case:
        return replace(self, surroundings=(), later=tuple(replace(later, surroundings=()) for later in self.later))

    def needs_texts(self, at: datetime) -> bool:
        """Whether a decision needs the texts: the case or its appeal is open, or its author can still appeal."""
        if self.outcome is None or self.appeal is AppealState.OPEN:
            return True
        can_be_appealed = self.appeal is None and not self.is_author_deleted
        return can_be_appealed and self.appeal_until is not None and at < self.appeal_until

    def submit_appeal(self, *, at: datetime) -> Case:
        """Mark the take-down as appealed, once. Raises: DecisionAlreadyAppealed, AppealPeriodExpired."""
        if self.appeal:
            raise DecisionAlreadyAppealed
        if self.appeal_until is None or at >= self.appeal_until:
            raise AppealPeriodExpired(days=settings().appeal_period.days)
        return replace(self, appeal=AppealState.OPEN, version=next_version(self.version, at))

    def end_appeal(self, state: AppealState, by: Reviewer, note: str, *, at: datetime) -> Case:
        """Apply the decision of the appeal. A granted one restores the content."""
        trail = self.trail.extend(f"appeal {state}", actor=by.user_id, at=at, note=note)
        after = replace(self, appeal=state, trail=trail, version=next_version(self.version, at))
        is_changed = after.report_outcome is not self.report_outcome
        return replace(after, outcome_version=after.version) if is_changed else after

    def close_circle(self, *, at: datetime) -> Case:
        """Erase all texts. A case that a decision needs is marked instead, and its erasure is planned for later.

        The audit chain stays valid: its entries are hashes with a salt, and the salt is deleted too.
        """
        return self._end(replace(self, is_circle_closed=True), at)

    def end_author(self, *, at: datetime) -> Case:
        """Do the same because the account of the author is deleted, who can appeal no more."""
        return self._end(replace(self, is_author_deleted=True), at)

    def _end(self, marked: Case, at: datetime) -> Case:
        if self.erased or (marked == self and marked.needs_texts(at)):
            return self
        after = replace(marked, version=next_version(self.version, at))
        if after.needs_texts(at):
            return after
        return replace(after, evidence={}, later=(), note="", trail=replace(self.trail, salt=""), erased=True)


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one user, with the outcome of its case; None while the case is open."""

    case_id: str
    reported_at: datetime
    outcome: ReportOutcome | None
