"""What review tells: applications, seats, owners, where people stand."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.shared.messaging.events.base import Event, EventData


class ApplicationData(EventData):
    application_id: str
    applicant_id: str
    state: Literal["submitted", "needs_info", "active", "waitlisted", "rejected", "appealed", "upheld", "expired"]


class ApplicationSubmitted(Event):
    """An applicant handed in an application to own a circle, answered what was asked, or appealed."""

    SOURCE = "coterie.review"
    data: ApplicationData


class ApplicationRejected(Event):
    """A reviewer turned an application down, with the reasons."""

    SOURCE = "coterie.review"
    data: ApplicationData


class InformationRequested(Event):
    """A reviewer asked an applicant for something; the clock stands until they answer."""

    SOURCE = "coterie.review"
    data: ApplicationData


class ApplicationExpired(Event):
    """An applicant did not answer in time. No rejection: they may apply again at once."""

    SOURCE = "coterie.review"
    data: ApplicationData


class ReviewOverdue(Event):
    """A review took longer than it may, and was given to whoever is free; told once."""

    SOURCE = "coterie.review"
    data: ApplicationData


class ApplicationWaitlisted(Event):
    """An application was approved when every seat of its cohort was taken."""

    SOURCE = "coterie.review"
    data: ApplicationData


class SeatGrantedData(EventData):
    application_id: str
    applicant_id: str
    cohort: str
    seat: int
    circle_name: str
    circle_tags: list[str]


class SeatGranted(Event):
    """An application was approved and took a seat of its cohort: its applicant may open a circle."""

    SOURCE = "coterie.review"
    data: SeatGrantedData


class OwnerRemovedData(EventData):
    application_id: str
    owner_id: str


class OwnerRemoved(Event):
    """Two people removed the owner of a circle, after a probation: it needs another."""

    SOURCE = "coterie.review"
    data: OwnerRemovedData


class AccountStatusChangedData(EventData):
    user_id: str
    level: Literal["none", "warned", "muted", "restricted", "suspended", "banned"]
    until: datetime | None
    valid_after: int


class AccountStatusChanged(Event):
    """A person was put under a sanction, or is so no longer; without `until` it holds until it is lifted. Tokens issued before
    `valid_after` (seconds) are void."""

    SOURCE = "coterie.review"
    data: AccountStatusChangedData


class SuccessionAnsweredData(EventData):
    succession_id: str
    circle_id: str
    owner_id: str
    candidate_id: str
    state: Literal["accepted", "approved", "refused"]


class SuccessionAnswered(Event):
    """Who was offered a circle has accepted it; two reviewers agreed that it goes to them, or one did not."""

    SOURCE = "coterie.review"
    data: SuccessionAnsweredData


class AccountVerifiedData(EventData):
    user_id: str
    identity_id: str


class AccountVerified(Event):
    """Somebody has shown who is behind an account: accounts of one human carry the same opaque name."""

    SOURCE = "coterie.review"
    data: AccountVerifiedData
