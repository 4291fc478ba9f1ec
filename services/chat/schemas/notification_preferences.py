"""Requests and responses of the preferences about notifications."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated

from pydantic import Field

from services.chat.domain import NotificationKind, NotificationPreferences
from services.shared.http.schemas import ChinaTime, RequestModel, ResponseModel

MAX_KINDS = len(NotificationKind)
Kinds = Annotated[list[NotificationKind], Field(max_length=MAX_KINDS)]


class NotificationPreferencesRequest(RequestModel):
    """What the caller wants to be notified of. A kind that is in neither list is listed and pushed.

    The quiet hours are in China time, to the minute; they can include midnight. The daily digest is one push a day, at
    `digest_at` in China time, with the number of unread notifications; at the end of the quiet hours if that is in them.
    """

    unlisted: Kinds
    unpushed: Kinds
    quiet: bool
    quiet_from: ChinaTime = time(22)
    quiet_until: ChinaTime = time(8)
    daily_digest: bool = False
    digest_at: ChinaTime = time(20)

    def to_preferences(self, user_id: str) -> NotificationPreferences:
        unlisted, unpushed = (frozenset(map(str, kinds)) for kinds in (self.unlisted, self.unpushed))
        hours = (self.quiet, self.quiet_from, self.quiet_until)
        return NotificationPreferences(user_id, unlisted, unpushed, *hours, self.daily_digest, self.digest_at)


class NotificationPreferencesResponse(ResponseModel):
    """The caller's preferences; `quiet_now` is whether the quiet hours apply now."""

    etag: str
    unlisted: list[NotificationKind]
    unpushed: list[NotificationKind]
    quiet: bool
    quiet_from: str
    quiet_until: str
    quiet_now: bool
    daily_digest: bool
    digest_at: str

    @classmethod
    def of(cls, preferences: NotificationPreferences, at: datetime) -> NotificationPreferencesResponse:
        return cls(
            etag=str(preferences.version),
            unlisted=sorted(map(NotificationKind, preferences.unlisted)),
            unpushed=sorted(map(NotificationKind, preferences.unpushed)),
            quiet=preferences.quiet,
            quiet_from=f"{preferences.quiet_from:%H:%M}",
            quiet_until=f"{preferences.quiet_until:%H:%M}",
            quiet_now=preferences.is_quiet(at),
            daily_digest=preferences.daily_digest,
            digest_at=f"{preferences.digest_at:%H:%M}",
        )
