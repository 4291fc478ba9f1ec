"""Passcodes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from services.circles.domain import Passcode
from services.circles.domain.passcode import DEFAULT_GRACE, DEFAULT_LIFETIME, MAX_USES, share_texts
from services.shared.http.schemas import RequestModel, ResponseModel


class PasscodeRequest(RequestModel):
    """When a new passcode expires, and how often it can be used."""

    expires_in_hours: Annotated[int, Field(ge=1, le=720)] = int(DEFAULT_LIFETIME.total_seconds()) // 3600
    max_uses: Annotated[int, Field(ge=1, le=1000)] = MAX_USES

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=self.expires_in_hours)


class RotationRequest(RequestModel):
    """How long the old passcode stays active, unless it expires earlier."""

    grace_hours: Annotated[int, Field(ge=0, le=72)] = int(DEFAULT_GRACE.total_seconds()) // 3600

    @property
    def grace(self) -> timedelta:
        return timedelta(hours=self.grace_hours)


class PasscodeResponse(ResponseModel):
    """The stored state of a passcode, without its text."""

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
