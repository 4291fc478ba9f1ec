"""The events of the review service: applications, seats, owners, account status, identities."""

from __future__ import annotations

from datetime import date
from typing import Literal

from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import Event, EventData, PartsExported, UserErased


class ApplicationData(EventData):
    application_id: str
    applicant_id: str
    state: Literal["submitted", "needs_info", "active", "waitlisted", "rejected", "appealed", "upheld", "expired"]


class ApplicationSubmitted(Event):
    """An applicant submitted an application, provided the requested information, or appealed."""

    SOURCE = "coterie.review"
    data: ApplicationData


class ApplicationRejected(Event):
    """A reviewer rejected an application."""

    SOURCE = "coterie.review"
    data: ApplicationData


class InformationRequested(Event):
    """A reviewer requested information from an applicant; the review period is paused."""

    SOURCE = "coterie.review"
    data: ApplicationData


class ApplicationExpired(Event):
    """An applicant did not respond in time. It is not a rejection: the applicant can apply again at once."""

    SOURCE = "coterie.review"
    data: ApplicationData


class ReviewOverdue(Event):
    """A review exceeded its period, and any reviewer can claim it now. Published once per review."""

    SOURCE = "coterie.review"
    data: ApplicationData


class ApplicationWaitlisted(Event):
    """An application was approved, but its cohort has no free seat."""

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
    """An application was approved and got a seat of its cohort. Circles creates the circle, and the applicant can open it."""

    SOURCE = "coterie.review"
    data: SeatGrantedData


class OwnerRemovedData(EventData):
    application_id: str
    owner_id: str


class OwnerRemoved(Event):
    """Two reviewers removed the owner of a circle after a probation. The circle needs a successor."""

    SOURCE = "coterie.review"
    data: OwnerRemovedData


class CircleNameChangedData(EventData):
    """circle_name: the name to show. violation: a `Violation` while the circle's own name is down, otherwise empty."""

    circle_id: str
    circle_name: str
    violation: str = ""


class CircleNameChanged(Event):
    """The owner of a circle renamed it, or its name was taken down or restored."""

    SOURCE = "coterie.review"
    data: CircleNameChangedData


class AccountStatusChangedData(EventData):
    user_id: str
    level: Literal["none", "warned", "muted", "restricted", "suspended", "banned"]
    until: Moment | None
    valid_after: int
    previous_level: Literal["none", "warned", "muted", "restricted", "suspended", "banned"] = "none"
    previous_until: Moment | None = None
    violation: str = ""
    previous_violation: str = ""


class AccountStatusChanged(Event):
    """A platform sanction of a user was imposed, changed or lifted.

    until: None if the level is in force until it is lifted.
    valid_after: seconds since 1970; tokens of a sign-in before this second ends are invalid, also refreshed ones.
    previous_level, previous_until: what an emergency replaced; the higher of both levels is in force.
    violation, previous_violation: why each was imposed, as a `Violation`; empty without a level.
    """

    SOURCE = "coterie.review"
    data: AccountStatusChangedData


class SuccessionDecidedData(EventData):
    succession_id: str
    circle_id: str
    owner_id: str
    candidate_id: str
    state: Literal["accepted", "approved", "rejected"]


class SuccessionDecided(Event):
    """The candidate accepted a succession, two reviewers approved it, or one reviewer rejected it."""

    SOURCE = "coterie.review"
    data: SuccessionDecidedData


class AccountVerifiedData(EventData):
    """adult_on: the day on which a minor turns 18, in China; null of an adult. Nothing else is published of an age."""

    user_id: str
    identity_id: str
    adult_on: date | None


class AccountVerified(Event):
    """A user was verified under an identity. Users of the same person have the same opaque `identity_id`.

    Published once per user and identity: a user who was verified under several belongs to all of them.
    """

    SOURCE = "coterie.review"
    data: AccountVerifiedData


class ReviewerChangedData(EventData):
    user_id: str
    identity_id: str
    is_enrolled: bool


class ReviewerChanged(Event):
    """An operator enrolled a user as a reviewer, or ended the enrolment."""

    SOURCE = "coterie.review"
    data: ReviewerChangedData


class ReportsExported(PartsExported):
    """The reports and the application of a user in a circle were written for a data export."""

    SOURCE = "coterie.review"


class TakeDownChangedData(EventData):
    """subject_id: the id in the report of the content. author_id: who made the content.

    violation: a `Violation`; empty for the kind `listing_removal`, which a moderator decided.
    """

    case_id: str
    service: str
    kind: str
    subject_id: str
    circle_id: str
    author_id: str
    violation: str
    is_active: bool


class TakeDownChanged(Event):
    """A case took content down, or an appeal restored it. Of the kind `listing_removal`, its seller can appeal, or has won.

    Content is down while the take-down of at least one of its cases is active. The version orders the events of one case.
    """

    SOURCE = "coterie.review"
    data: TakeDownChangedData


class ReportsDecidedData(EventData):
    """reporter_ids: at most 100. outcome: `reversed` if the case was upheld, and an appeal of the author was granted."""

    case_id: str
    content_kind: str
    reporter_ids: list[str]
    outcome: Literal["upheld", "dismissed", "abusive", "reversed"]


class ReportsDecided(Event):
    """The reports of users in one case have an outcome, or another one by an appeal. There is an event per 100 reporters.

    Only chat subscribes to it, to notify the reporters: no other service knows who reported what. It does not name the author
    of the content. The version orders the outcomes of one case.
    """

    SOURCE = "coterie.review"
    data: ReportsDecidedData


class AppealDecidedData(EventData):
    """user_id: who appealed. case_id: of the take-down; empty for a sanction."""

    appeal_id: str
    user_id: str
    kind: Literal["take_down", "sanction"]
    case_id: str
    state: Literal["granted", "upheld"]


class AppealDecided(Event):
    """Reviewers decided an appeal against a take-down or a sanction. `upheld`: the decision stays, which is final.

    What a granted one changes is in TakeDownChanged and AccountStatusChanged.
    """

    SOURCE = "coterie.review"
    data: AppealDecidedData


class DisputeOverdueData(EventData):
    dispute_id: str
    order_id: str


class DisputeOverdue(Event):
    """Reviewers did not rule on a dispute in its period, so it is listed first. Published once per dispute."""

    SOURCE = "coterie.review"
    data: DisputeOverdueData


class DisputeRuledData(EventData):
    """amount: what goes back to the buyer, in the minor unit. note: why; buyer and seller read it."""

    dispute_id: str
    order_id: str
    buyer_id: str
    amount: int
    currency: str
    note: str


class DisputeRuled(Event):
    """Two reviewers ruled on a dispute. Commerce requests the refund and ends the freeze of the order.

    It has the reason as a text, since commerce shows it to buyer and seller, and erases it with their statements.
    """

    SOURCE = "coterie.review"
    data: DisputeRuledData


class TradesDecidedData(EventData):
    case_id: str
    circle_id: str
    group_id: str
    is_fake: bool


class TradesDecided(Event):
    """A reviewer decided whether the trades of a suspected group are fake. Published once per case."""

    SOURCE = "coterie.review"
    data: TradesDecidedData


class ReportsErased(UserErased):
    """The applications, reports and connections of a deleted account were erased."""

    SOURCE = "coterie.review"
