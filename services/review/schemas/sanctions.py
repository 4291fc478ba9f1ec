"""Platform sanctions of users."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from services.review.domain import Sanction, SanctionRecord
from services.shared.http.schemas import RequestModel, RequestMoment, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph
from services.shared.security.account_status import SanctionLevel
from services.shared.security.violations import Violation


class SanctionRequest(RequestModel):
    """A sanction with its reason. Without `until` it is in force until it is lifted.

    violation: the rule that the user broke, which the user reads. reason: for reviewers.
    """

    level: Literal[
        SanctionLevel.WARNED, SanctionLevel.MUTED, SanctionLevel.RESTRICTED, SanctionLevel.SUSPENDED, SanctionLevel.BANNED
    ]
    violation: Violation
    reason: Paragraph
    until: RequestMoment | None = None
    emergency: bool = False


class LiftRequest(RequestModel):
    """Why a sanction is lifted. `mistake`: it was wrong, so its strike is removed."""

    reason: Paragraph
    mistake: bool = False


class ProposalRequest(RequestModel):
    """The proposal that the reviewer read."""

    proposal_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class PendingSanctionResponse(ResponseModel):
    """A sanction that a second reviewer must ratify until `ratify_until`.

    Level `none`: the current sanction is to be lifted.

    """

    proposal_id: str
    level: SanctionLevel
    until: Moment | None
    violation: Violation | None
    reason: str
    emergency: bool
    ratify_until: Moment

    @classmethod
    def of(cls, sanction: Sanction) -> PendingSanctionResponse:
        return cls(
            proposal_id=sanction.id,
            level=sanction.level,
            until=sanction.until,
            violation=sanction.violation,
            reason=sanction.reason,
            emergency=sanction.emergency,
            ratify_until=sanction.ratify_until,
        )


class SanctionActResponse(ResponseModel):
    """What became of the caller's own act. The sanction record is a separate, recorded read.

    pending: what the caller proposed, or imposed in an emergency, and a second reviewer must ratify; null if nothing is.
    """

    user_id: str
    pending: PendingSanctionResponse | None

    @classmethod
    def of(cls, record: SanctionRecord, caller_id: str) -> SanctionActResponse:
        own = record.pending if record.pending and record.pending.by.user_id == caller_id else None
        return cls(user_id=record.user_id, pending=PendingSanctionResponse.of(own) if own else None)


class SanctionRecordResponse(ResponseModel):
    """The sanction in force for a user, the strikes that count, and the pending sanction."""

    user_id: str
    level: SanctionLevel
    until: Moment | None
    violation: Violation | None
    reason: str
    strikes: int
    pending: PendingSanctionResponse | None

    @classmethod
    def of(cls, record: SanctionRecord, now: datetime) -> SanctionRecordResponse:
        record = record.expire_pending(at=now)  # the schedule may be late
        level = record.account_status.at(now)
        return cls(
            user_id=record.user_id,
            level=level,
            until=record.account_status.get_end(level),
            violation=record.current.violation if record.current else None,
            reason=record.current.reason if record.current else "",
            strikes=record.count_strikes(now),
            pending=PendingSanctionResponse.of(record.pending) if record.pending else None,
        )
