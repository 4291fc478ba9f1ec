"""The moderation log of a circle."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.circles.domain import Role
from services.circles.domain.moderation_log import LogEntry, ModerationAct
from services.shared.http.schemas import ResponseModel
from services.shared.kernel.moments import Moment


class LogEntryResponse(ResponseModel):
    """One act of moderation."""

    act: Annotated[ModerationAct, Field(description="What was done.", examples=["mute"])]
    subject_id: Annotated[
        str, Field(description="The user, note, comment or passcode.", examples=["0d3c6ef0-4b55-4f0e-9d0a-6f2f7f1f6c11"])
    ]
    by: Annotated[str, Field(description="The user who did it.", examples=["5b0a4a52-83ce-4f1e-8f67-0c1d0a3f9a2e"])]
    at: Moment = Field(description="When it was done.", examples=["2026-08-03T12:00:00.000Z"])
    reason: Annotated[str, Field(description="Why; empty for an act without one.", examples=["Repeated advertisements."])]
    until: Annotated[Moment | None, Field(description="The end of a mute or a ban.", examples=["2026-08-10T12:00:00.000Z"])]
    role: Annotated[Role | None, Field(description="The role that the act is about.", examples=["moderator"])]

    @classmethod
    def of(cls, entry: LogEntry) -> LogEntryResponse:
        return cls(
            act=entry.act,
            subject_id=entry.subject_id,
            by=entry.by,
            at=entry.at,
            reason=entry.reason,
            until=entry.until,
            role=entry.role,
        )
