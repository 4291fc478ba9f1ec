"""The preference about the daily digest."""

from __future__ import annotations

from datetime import datetime, time

from services.circles.domain.digest import DigestPreference
from services.shared.http.schemas import ChinaTime, RequestModel, ResponseModel


class DigestPreferenceRequest(RequestModel):
    """Whether to send the circle's daily digest, and the quiet hours without push messages.

    The hours are in China time, to the minute; they can include midnight.
    """

    on: bool
    quiet_from: ChinaTime = time(22)
    quiet_until: ChinaTime = time(8)


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
