"""Passcodes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from services.circles.domain import Passcode
from services.circles.domain.passcode import share_texts
from services.circles.settings import settings
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.limits import at_most, whole_hours
from services.shared.kernel.moments import Moment


class PasscodeRequest(RequestModel):
    """When a new passcode expires, and how often it can be used."""

    expires_in_hours: Annotated[
        int,
        Field(ge=1, le=720, default_factory=lambda: whole_hours(settings().passcode_lifetime)),
        at_most(lambda: whole_hours(settings().max_passcode_lifetime)),
    ]
    max_uses: Annotated[
        int,
        Field(ge=1, le=1000, default_factory=lambda: settings().passcode_uses),
        at_most(lambda: settings().max_passcode_uses),
    ]

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=self.expires_in_hours)


class RotationRequest(RequestModel):
    """How long the old passcode stays active, unless it expires earlier."""

    grace_hours: Annotated[
        int,
        Field(ge=0, le=72, default_factory=lambda: whole_hours(settings().rotation_grace)),
        at_most(lambda: whole_hours(settings().max_rotation_grace)),
    ]

    @property
    def grace(self) -> timedelta:
        return timedelta(hours=self.grace_hours)


class PasscodeResponse(ResponseModel):
    """The stored state of a passcode, without its text."""

    passcode_id: str
    issuer: str
    created_at: Moment
    expires_at: Moment
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
            expires_at=passcode.expires_at,
            max_uses=passcode.max_uses,
            uses=passcode.uses,
            revoked=passcode.revoked,
            quarantined=passcode.quarantined_at is not None,
        )


class IssuedPasscodeResponse(PasscodeResponse):
    """A new passcode with its text, which no other response contains.

    `share_texts` are messages to share, by language; `qr` is a QR code of the text alone, as a PNG data URL.
    """

    passcode: str
    share_texts: dict[str, str]
    qr: str

    @classmethod
    def with_text(cls, text: str, passcode: Passcode) -> IssuedPasscodeResponse:
        import segno  # loaded only when a passcode is issued, to keep other cold starts short

        qr = segno.make(text, error="m", micro=False).png_data_uri(scale=6)
        texts = share_texts(text, passcode.expires_at)
        return cls(**PasscodeResponse.of(passcode).model_dump(), passcode=text, share_texts=texts, qr=qr)
