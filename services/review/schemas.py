"""What comes in and goes out over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.review.domain import Application, Cohort, Content, Decision, Judgement, Reason, State
from services.shared.audit import Verdict
from services.shared.clock import from_millis
from services.shared.schemas import Shown, Strict
from services.shared.table import Item
from services.shared.text import Line, Paragraph

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Token = Annotated[str, StringConstraints(min_length=8, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Score = Annotated[int, Field(ge=1, le=5)]
Link = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[^\s]+$")]

REASONS: dict[Reason, tuple[str, str]] = {
    Reason.MEETS_CRITERIA: ("The four criteria are met.", "符合四项标准。"),
    Reason.RESONANCE_WEAK: ("It does not yet tell why this idea matters to you.", "还没有说明你为什么认同这个想法。"),
    Reason.CIRCLE_VAGUE: ("The circle is not yet a definite one.", "圈子的定位还不够明确。"),
    Reason.EARLY_BUILDING_UNCLEAR: ("It is not clear how you will help to build early on.", "没有说明如何参与早期共建。"),
    Reason.TOO_LITTLE_TIME: ("The time you can give is too little.", "可投入的时间不足。"),
    Reason.EVIDENCE_LACKING: ("The experience is not shown by the evidence.", "所附材料不足以证明相关经验。"),
    Reason.OTHER: ("See the reviewer's words.", "请见审核员的说明。"),
}
NEXT_STEPS: dict[State, tuple[str, str]] = {
    State.DRAFT: ("Complete the application and submit it.", "请补全申请并提交。"),
    State.SUBMITTED: ("Two reviewers will read it; you need do nothing.", "等待两位审核员审阅，你无需操作。"),
    State.ACTIVE: ("Your seat is granted: open your circle.", "席位已确认，请开启你的圈子。"),
    State.WAITLISTED: ("Approved, and waiting for a seat in the order shown.", "已通过，正在按顺序等待席位。"),
    State.REJECTED: ("See the reasons; a new application may answer them.", "请查看原因，改进后可重新申请。"),
}


class ApplicationIn(Strict):
    """A draft may lack fields; they are needed when it is submitted. `real_name_token` is the verifier's, never a name."""

    resonance: Paragraph | None = None
    circle_name: Line | None = None
    circle_tags: Annotated[list[Line], Field(default_factory=list, max_length=10)]
    circle_definition: Paragraph | None = None
    early_building: Paragraph | None = None
    weekly_hours: Annotated[int, Field(ge=1, le=80)] | None = None
    evidence: Annotated[list[Link], Field(default_factory=list, max_length=10)]
    plan: Paragraph | None = None
    real_name_token: Token | None = None

    def content(self, person: str) -> Content:
        return Content(
            resonance=self.resonance or "",
            circle_name=self.circle_name or "",
            circle_tags=tuple(self.circle_tags),
            circle_definition=self.circle_definition or "",
            early_building=self.early_building or "",
            weekly_hours=self.weekly_hours or 0,
            evidence=tuple(self.evidence),
            plan=self.plan or "",
            person=person,
        )


class ScoresIn(Strict):
    """The rubric: one to five for each criterion."""

    resonance: Score
    definite_circle: Score
    early_building: Score
    time: Score


class DecisionIn(Strict):
    """A verdict is bound to the version that was read (`content_hash`) and always says why."""

    verdict: Literal["approve", "reject"]
    content_hash: Hash
    scores: ScoresIn
    reasons: Annotated[list[Reason], Field(min_length=1, max_length=7)]
    note: Paragraph

    def judgement(self) -> Judgement:
        return Judgement(
            approves=self.verdict == "approve",
            content_hash=self.content_hash,
            scores=self.scores.model_dump(),
            reasons=tuple(self.reasons),
            note=self.note,
        )


class EnrolmentIn(Strict):
    real_name_token: Token


class SuspensionIn(Strict):
    suspended: bool
    reason: Paragraph


class ReasonOut(Shown):
    code: Reason
    en: str
    zh_cn: str


class DecisionOut(Shown):
    """What the applicant is told of one decision; who took it is not part of it."""

    verdict: Literal["approve", "reject"]
    reasons: list[ReasonOut]
    note: str
    at: datetime

    @classmethod
    def of(cls, decision: Decision) -> DecisionOut:
        reasons = [ReasonOut(code=reason, en=REASONS[reason][0], zh_cn=REASONS[reason][1]) for reason in decision.reasons]
        return cls(verdict="approve" if decision.approves else "reject", reasons=reasons, note=decision.note, at=decision.at)


class NextStep(Shown):
    en: str
    zh_cn: str


class ApplicationOut(Shown):
    """An application with all its applicant is owed: where it stands, why, and what comes next."""

    application_id: str
    state: State
    edition: int
    content_hash: str
    circle_name: str
    circle_tags: list[str]
    resonance: str
    circle_definition: str
    early_building: str
    weekly_hours: int
    evidence: list[str]
    plan: str
    real_name_verified: bool
    currently_due: list[str]
    created_at: datetime
    submitted_at: datetime | None
    lease_until: datetime | None
    approvals: int
    decisions: list[DecisionOut]
    seat: int | None
    waitlist_position: int | None
    next_step: NextStep

    @classmethod
    def of(cls, one: Application) -> ApplicationOut:
        content = {name: value for name, value in one.content.as_dict().items() if name != "person"}
        en, zh_cn = NEXT_STEPS[one.state]
        return cls.model_validate(
            {
                **content,
                "application_id": one.id,
                "state": one.state,
                "edition": one.edition,
                "content_hash": one.content.hash,
                "real_name_verified": bool(one.content.person),
                "currently_due": one.content.missing() if one.state is State.DRAFT else (),
                "created_at": one.created_at,
                "submitted_at": one.submitted_at,
                "lease_until": one.claim.until if one.claim else None,
                "approvals": sum(decision.approves for decision in one.decisions),
                "decisions": [DecisionOut.of(decision) for decision in one.decisions],
                "seat": one.seat,
                "waitlist_position": one.waitlist_position,
                "next_step": {"en": en, "zh_cn": zh_cn},
            }
        )


class QueueEntry(Shown):
    application_id: str
    circle_name: str
    submitted_at: datetime
    lease_until: datetime | None

    @classmethod
    def of(cls, row: Item) -> QueueEntry:
        lease = from_millis(row["lease_until"]) if "lease_until" in row else None
        return cls(
            application_id=row["pk"].removeprefix("APPLICATION#"),
            circle_name=row["circle_name"],
            submitted_at=from_millis(row["submitted_at"]),
            lease_until=lease,
        )


class CohortOut(Shown):
    cohort: str
    quota: int
    seats_taken: int
    waiting: int

    @classmethod
    def of(cls, cohort: Cohort) -> CohortOut:
        return cls(cohort=cohort.name, quota=cohort.quota, seats_taken=cohort.taken, waiting=cohort.waiting)


class VerdictOut(Shown):
    """Whether a chain holds; if not, where it breaks first."""

    chain: str
    length: int
    state: Literal["intact", "broken"]
    index: int | None
    reason: str | None

    @classmethod
    def of(cls, verdict: Verdict) -> VerdictOut:
        return cls(chain=verdict.chain, length=verdict.length, state=verdict.state, index=verdict.index, reason=verdict.reason)
