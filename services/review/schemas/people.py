"""People over HTTP: sanctions, reports, cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, StringConstraints

from services.review.domain import Case, Outcome, Person, Sanction
from services.review.usecases import Report
from services.shared.http.schemas import Shown, Strict
from services.shared.kernel.text import Paragraph
from services.shared.security.account_status import Level


class SanctionIn(Strict):
    """A step of the ladder, why, and until when; without an end it holds until it is lifted."""

    level: Literal[Level.WARNED, Level.MUTED, Level.RESTRICTED, Level.SUSPENDED, Level.BANNED]
    reason: Paragraph
    until: AwareDatetime | None = None
    emergency: bool = False


class LiftIn(Strict):
    """Why. `mistake`: it should never have been, so it is no strike."""

    reason: Paragraph
    mistake: bool = False


class ProposalIn(Strict):
    """What is agreed to or refused, as it was read."""

    proposal_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class PendingOut(Shown):
    """What waits for a second person, and until when. Level none: that what stands is lifted."""

    proposal_id: str
    level: Level
    until: datetime | None
    reason: str
    emergency: bool
    ratify_by: datetime

    @classmethod
    def of(cls, one: Sanction) -> PendingOut:
        return cls(
            proposal_id=one.id,
            level=one.level,
            until=one.until,
            reason=one.reason,
            emergency=one.emergency,
            ratify_by=one.ratify_by,
        )


class PersonOut(Shown):
    """Where a person stands now, and what waits."""

    user_id: str
    level: Level
    until: datetime | None
    reason: str
    strikes: int
    pending: PendingOut | None

    @classmethod
    def of(cls, one: Person, at: datetime) -> PersonOut:
        return cls(
            user_id=one.user_id,
            level=one.standing.at(at),
            until=one.standing.until,
            reason=one.last.reason if one.last else "",
            strikes=one.strikes_at(at),
            pending=PendingOut.of(one.pending) if one.pending else None,
        )


class ReportOut(Shown):
    """What you reported, and what came of it; null while it is open."""

    case_id: str
    reported_at: datetime
    outcome: Outcome | None

    @classmethod
    def of(cls, one: Report) -> ReportOut:
        return cls(case_id=one.case_id, reported_at=one.reported_at, outcome=one.outcome)


class SubjectOut(Shown):
    service: str
    kind: str
    id: str
    circle_id: str


class CaseOut(Shown):
    """A case with its evidence, as the first report found it."""

    case_id: str
    subject: SubjectOut
    author: str
    evidence: dict[str, Any]
    reporters: int
    opened_at: datetime
    due_at: datetime
    outcome: Outcome | None
    note: str

    @classmethod
    def of(cls, one: Case) -> CaseOut:
        return cls(
            case_id=one.id,
            subject=SubjectOut(**one.subject),
            author=one.author,
            evidence=one.evidence,
            reporters=one.reporters,
            opened_at=one.opened_at,
            due_at=one.due_at,
            outcome=one.outcome,
            note=one.note,
        )


class CaseDecisionIn(Strict):
    outcome: Outcome
    note: Paragraph
