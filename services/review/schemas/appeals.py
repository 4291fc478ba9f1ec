"""The own account status and take-downs of a user, appeals against them, and what reviewers read and decide."""

from __future__ import annotations

from datetime import datetime

from services.review.domain import AppealKind, AppealOutcome, AppealState, Case, Sanction, SanctionRecord, UserAppeal
from services.review.schemas.cases import CaseResponse
from services.shared.http.schemas import RequestModel, ResponseModel, ViolationResponse
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph
from services.shared.security.account_status import NO_SANCTION, SanctionLevel
from services.shared.security.violations import Violation


class DecisionAppealRequest(RequestModel):
    """Why the decision was wrong. Only reviewers read it."""

    statement: Paragraph


class OwnAppealResponse(ResponseModel):
    """Whether the user can appeal a decision, until when, and what became of the appeal.

    until: null if the decision cannot be appealed. state: null if the user has not appealed.
    """

    is_possible: bool
    until: Moment | None
    state: AppealState | None

    @classmethod
    def of(cls, until: datetime | None, state: AppealState | None, now: datetime) -> OwnAppealResponse:
        return cls(is_possible=state is None and until is not None and now < until, until=until, state=state)


class OwnAccountStatusResponse(ResponseModel):
    """The caller's account status. Without a sanction the level is `none`.

    sanction_id, decided_at: of the last sanction, also after its end: until then it can be appealed, for its strike.
    """

    level: SanctionLevel
    violation: ViolationResponse | None
    until: Moment | None
    sanction_id: str | None
    decided_at: Moment | None
    appeal: OwnAppealResponse

    @classmethod
    def of(cls, record: SanctionRecord | None, now: datetime) -> OwnAccountStatusResponse:
        record = record.expire_pending(at=now) if record else None  # the schedule may be late
        status = record.account_status if record else NO_SANCTION
        current, appealable = (record.current, record.find_appealable()) if record else (None, None)
        level, code = status.at(now), status.get_violation(now)
        last = current if current and current.level is not SanctionLevel.NONE else None
        until, state = appealable.appeal_until if appealable else None, current.appeal if current else None
        return cls(
            level=level,
            violation=ViolationResponse.of(Violation(code) if code else None),
            until=status.get_end(level),
            sanction_id=last.id if last else None,
            decided_at=last.at if last else None,
            appeal=OwnAppealResponse.of(until, state, now),
        )


class TakeDownResponse(ResponseModel):
    """The caller's own content that reviewers took down, or a listing that a moderator removed (`listing_removal`).

    violation: the rule of the platform; null for a removal. reason: the moderator's; null for a take-down.
    is_active: false once an appeal has restored it.
    """

    case_id: str
    service: str
    kind: str
    subject_id: str
    circle_id: str
    violation: ViolationResponse | None
    reason: str | None
    decided_at: Moment | None
    excerpt: str
    is_active: bool
    appeal: OwnAppealResponse

    @classmethod
    def of(cls, case: Case, now: datetime) -> TakeDownResponse:
        return cls(
            case_id=case.id,
            service=case.subject["service"],
            kind=case.subject["kind"],
            subject_id=case.subject["id"],
            circle_id=case.subject["circle_id"],
            violation=ViolationResponse.of(case.violation),
            reason=case.note if case.is_removal else None,
            decided_at=case.decided_at,
            excerpt=case.excerpt,
            is_active=case.is_taken_down,
            appeal=OwnAppealResponse.of(case.appeal_until, case.appeal, now),
        )


class AppealEntry(ResponseModel):
    """An open appeal in the list. Its user, statement and evidence are a separate, recorded read.

    grants: how many reviewers have granted it; it needs `grants_needed`.
    """

    appeal_id: str
    kind: AppealKind
    grants: int
    grants_needed: int
    submitted_at: Moment
    due_at: Moment
    is_escalated: bool

    @classmethod
    def of(cls, appeal: UserAppeal) -> AppealEntry:
        return cls(
            appeal_id=appeal.id,
            kind=appeal.kind,
            grants=appeal.grants,
            grants_needed=appeal.grants_needed,
            submitted_at=appeal.submitted_at,
            due_at=appeal.due_at,
            is_escalated=appeal.escalated,
        )


class AppealedSanctionResponse(ResponseModel):
    """The sanction that the user appeals, as it was then."""

    sanction_id: str
    level: SanctionLevel
    until: Moment | None
    violation: Violation | None
    reason: str
    decided_at: Moment

    @classmethod
    def of(cls, sanction: Sanction) -> AppealedSanctionResponse:
        return cls(
            sanction_id=sanction.id,
            level=sanction.level,
            until=sanction.until,
            violation=sanction.violation,
            reason=sanction.reason,
            decided_at=sanction.at,
        )


class UserAppealResponse(AppealEntry):
    """An appeal with its statement. One of `case` and `sanction` is null: the other is what the user appeals."""

    user_id: str
    statement: str
    state: AppealState
    case: CaseResponse | None
    sanction: AppealedSanctionResponse | None

    @classmethod
    def of(cls, appeal: UserAppeal, case: Case | None = None) -> UserAppealResponse:
        return cls(
            **AppealEntry.of(appeal).model_dump(),
            user_id=appeal.user_id,
            statement=appeal.statement,
            state=appeal.state,
            case=CaseResponse.of(case) if case else None,
            sanction=AppealedSanctionResponse.of(appeal.sanction) if appeal.sanction else None,
        )


class AppealStateResponse(ResponseModel):
    """The state of an appeal, for a reviewer who decides it."""

    appeal_id: str
    state: AppealState
    grants: int
    grants_needed: int

    @classmethod
    def of(cls, appeal: UserAppeal) -> AppealStateResponse:
        return cls(appeal_id=appeal.id, state=appeal.state, grants=appeal.grants, grants_needed=appeal.grants_needed)


class AppealDecisionRequest(RequestModel):
    """What the reviewer decides, with a note for other reviewers."""

    outcome: AppealOutcome
    note: Paragraph
