"""Circles, what they ask of newcomers, and passcodes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from services.circles.domain import (
    Circle,
    CircleState,
    Member,
    Passcode,
    Role,
    Screening,
)
from services.circles.domain.passcode import GRACE, LIFETIME, MAX_USES, share_texts
from services.circles.domain.screening import MAX_QUESTIONS
from services.circles.schemas.members import SanctionResponse
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.text import Line, Paragraph


class PasscodeRequest(RequestModel):
    """How long and how often a new passcode opens the circle."""

    expires_in_hours: Annotated[int, Field(ge=1, le=720)] = int(LIFETIME.total_seconds()) // 3600
    max_uses: Annotated[int, Field(ge=1, le=1000)] = MAX_USES

    @property
    def life(self) -> timedelta:
        return timedelta(hours=self.expires_in_hours)


class RotationRequest(RequestModel):
    """How long the old passcode still opens, unless it ends before."""

    grace_hours: Annotated[int, Field(ge=0, le=72)] = int(GRACE.total_seconds()) // 3600

    @property
    def grace(self) -> timedelta:
        return timedelta(hours=self.grace_hours)


class ScreeningRequest(RequestModel):
    """Rules to agree to, up to five questions, and whether somebody who keeps order lets each one in by hand."""

    rules: Paragraph
    questions: Annotated[list[Line], Field(default_factory=list, max_length=MAX_QUESTIONS)]
    approval: bool = False


class CircleResponse(ResponseModel):
    """A circle as one of its members sees it; while it is read-only nothing can be said or sold in it."""

    circle_id: str
    name: str
    tags: list[str]
    state: CircleState
    read_only: bool
    seat: int
    created_at: datetime
    ends_at: datetime | None
    own_role: Role
    own_mute: SanctionResponse | None

    @classmethod
    def of(cls, circle: Circle, member: Member, at: datetime) -> CircleResponse:
        return cls(
            circle_id=circle.id,
            name=circle.name,
            tags=list(circle.tags),
            state=circle.state,
            read_only=circle.is_read_only(at),
            seat=circle.seat,
            created_at=circle.created_at,
            ends_at=circle.ends_at,
            own_role=member.acts_as,
            own_mute=SanctionResponse.of(member.muted(at)),
        )


class ScreeningResponse(ResponseModel):
    """What a circle asks of newcomers, if it is `on`; send `revision` back with the answers."""

    circle_id: str
    name: str
    on: bool
    rules: str
    questions: list[str]
    approval: bool
    revision: int

    @classmethod
    def of(cls, circle: Circle) -> ScreeningResponse:
        asked = circle.screening or Screening("", (), False, circle.screenings)
        said = {"rules": asked.rules, "questions": list(asked.questions), "approval": asked.approval}
        return cls(circle_id=circle.id, name=circle.name, on=bool(circle.screening), revision=asked.revision, **said)


class PasscodeResponse(ResponseModel):
    """What is kept of a passcode; the code itself is not."""

    passcode_id: str
    issuer: str
    created_at: datetime
    expires_at: datetime
    max_uses: int
    uses: int
    revoked: bool
    quarantined: bool

    @classmethod
    def of(cls, passcode: Passcode) -> PasscodeResponse:
        return cls(
            passcode_id=passcode.id,
            issuer=passcode.issuer,
            created_at=passcode.created_at,
            expires_at=passcode.ends_at,
            max_uses=passcode.max_uses,
            uses=passcode.uses,
            revoked=passcode.revoked,
            quarantined=passcode.quarantined_at is not None,
        )


class IssuedPasscode(PasscodeResponse):
    """A new passcode, shown this once: as it is, as texts to pass it on with, by language, and as a QR picture (a PNG as a data
    address) of the code alone."""

    passcode: str
    share: dict[str, str]
    qr: str

    @classmethod
    def showing(cls, text: str, passcode: Passcode) -> IssuedPasscode:
        import segno  # loaded when a code is issued

        qr = segno.make(text, error="m", micro=False).png_data_uri(scale=6)
        return cls(
            **PasscodeResponse.of(passcode).model_dump(), passcode=text, share=share_texts(text, passcode.ends_at), qr=qr
        )
