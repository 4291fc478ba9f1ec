"""The preference about the daily digest."""

from __future__ import annotations

from datetime import datetime, time

from pydantic import field_validator

from services.circles.domain.digest import DigestPreference
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.errors import ValueInvalid


class DigestPreferenceRequest(RequestModel):
    """Whether to send the circle's daily digest, and the quiet hours without push messages.

    The hours are in China time, to the minute; they can include midnight.
    """

    on: bool
    quiet_from: time = time(22)
    quiet_until: time = time(8)

    @field_validator("quiet_from", "quiet_until")
    @classmethod
    def require_minutes(cls, hour: time) -> time:
        if hour.tzinfo or hour.second or hour.microsecond:
            raise ValueInvalid("must-be-china-time")
        return hour


class DigestPreferenceResponse(ResponseModel):
    """The caller's preference; `quiet_now` is whether the quiet hours apply now."""

    etag: str
    on: bool
    quiet_from: str
    quiet_until: str
    quiet_now: bool

    @classmethod
    def of(cls, preference: DigestPreference, at: datetime) -> DigestPreferenceResponse:
        hours = {"quiet_from": f"{preference.quiet_from:%H:%M}", "quiet_until": f"{preference.quiet_until:%H:%M}"}
        return cls(etag=str(preference.version), on=preference.on, **hours, quiet_now=preference.is_quiet(at))
