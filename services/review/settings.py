"""The settings of the review service."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.settings import InForce, Settings, burst, interval, setting

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CohortName = Annotated[str, StringConstraints(pattern="^[a-z0-9-]{1,40}$")]
Seats = Annotated[int, Field(ge=0, le=100_000, strict=True)]


class ReviewSettings(Settings):
    """The time of a review is working time; every other period is calendar time."""

    ORDER = (
        ("max_abusive_reports", "decided_reports_counted"),
        ("claim_lease", "review_time"),
        # With a shorter pause one reviewer alone could have a user suspended most of the time.
        ("emergency_period", "emergency_pause"),
    )

    # Cohorts
    cohort: CohortName = Field(default="first-100", description="The cohort that new applications are for.")
    quotas: dict[CohortName, Seats] = Field(
        default={"first-100": 100},
        max_length=20,
        description="The seats of each cohort; one that is not listed keeps the seats it has.",
    )

    # How often one user can do something
    application_burst: int = burst(5, "create an application")
    application_interval: timedelta = interval(HOUR, "application")
    change_burst: int = burst(200, "change something that exists")
    change_interval: timedelta = interval(2 * SECOND, "change")
    rename_burst: int = burst(3, "try to rename a circle")
    # Long, because each attempt reveals to the owner whether a name is available, and names of circles are secrets.
    rename_interval: timedelta = setting(10 * DAY, HOUR, 365 * DAY, "After that, the time per attempt to rename a circle.")

    # Applications
    max_circle_tags: int = setting(10, 1, 10, "The most tags of an application.")
    max_evidence_links: int = setting(10, 1, 10, "The most links to evidence of an application; it needs one.")
    min_active_days: int = setting(30, 0, 3650, "The days that an applicant must have been active elsewhere.")
    statement_lifetime: timedelta = setting(30 * DAY, HOUR, 365 * DAY, "How old a verifier's statement can be.")
    max_applications_per_year: int = setting(6, 1, 100, "The most applications of one person in 365 days.")
    rejection_cool_down: timedelta = setting(30 * DAY, timedelta(0), 365 * DAY, "How long a person waits after a rejection.")
    max_circles: int = setting(3, 1, 100, "The most circles of one person.")
    max_strikes: int = setting(2, 0, 10, "The strikes with which a person can no longer own a circle.")

    # Reviews
    review_time: timedelta = setting(72 * HOUR, HOUR, 30 * DAY, "The working time in which an application is to be decided.")
    claim_lease: timedelta = setting(15 * MINUTE, MINUTE, 8 * HOUR, "How long a reviewer has an application to themselves.")
    max_claim_extensions: int = setting(4, 0, 100, "How often a reviewer can extend a claim.")
    # At 3, an application has at most 6 decisions, and the record of its change fits in a message of the failure queue.
    approvals_needed: int = setting(2, 2, 3, "The number of different reviewers whose approvals grant a circle.")
    max_leases: int = setting(
        5, 1, 1000, "The most leases of one identity on one application in the `lease_window`: claims and extensions."
    )
    lease_window: timedelta = setting(DAY, HOUR, 30 * DAY, "How long a lease counts, whether it was released or not.")
    max_claims: int = setting(20, 1, 100, "The most applications that one identity has claimed at once.")
    max_edits: int = setting(5, 1, 100, "The most edits of a submitted application, and as many again after a question.")
    max_information_requests: int = setting(2, 0, 10, "How often reviewers can ask an applicant for information.")
    information_period: timedelta = setting(7 * DAY, DAY, 60 * DAY, "How long an applicant can respond to a question.")
    appeal_period: timedelta = setting(
        14 * DAY, DAY, 180 * DAY, "How long a rejection, a take-down or a sanction can be appealed."
    )
    retention: timedelta = setting(
        180 * DAY, DAY, 3650 * DAY, "How long the personal data of an application is kept after it ended."
    )
    max_reads_per_hour: int = setting(
        60, 1, 10_000, "The most reads of personal data per reviewer or operator and hour, in all services."
    )
    read_grant_lifetime: timedelta = setting(
        MINUTE, timedelta(seconds=10), 15 * MINUTE, "How long a grant to read about a user in another service can be used."
    )

    # Tenures
    tenure_term: timedelta = setting(180 * DAY, 7 * DAY, 3650 * DAY, "The time between two assessments of an owner.")
    tenure_probation: timedelta = setting(30 * DAY, DAY, 365 * DAY, "How long an owner on probation has until the next one.")

    # Reports and sanctions
    max_abusive_reports: int = setting(3, 1, 50, "The abusive reports from which on a user's reports open no case.")
    decided_reports_counted: int = setting(10, 1, 50, "The number of a user's last decided reports that are counted.")
    max_later_revisions: int = setting(5, 1, 10, "The most later revisions of reported content that an open case collects.")
    evidence_url_lifetime: timedelta = setting(
        MINUTE, timedelta(seconds=10), 15 * MINUTE, "How long the address of a reported picture is valid."
    )
    emergency_period: timedelta = setting(
        24 * HOUR, HOUR, 7 * DAY, "How long an emergency sanction lasts without a ratification."
    )
    emergency_pause: timedelta = setting(
        7 * DAY, HOUR, 90 * DAY, "How long an identity gets no emergency sanction after one expired or was rejected."
    )
    proposal_period: timedelta = setting(7 * DAY, HOUR, 90 * DAY, "How long a proposed sanction can be ratified.")
    strike_lifetime: timedelta = setting(180 * DAY, DAY, 3650 * DAY, "How long a strike counts.")

    @model_validator(mode="after")
    def require_quota(self) -> Self:
        if self.cohort not in self.quotas:
            raise ValueInvalid("cohort-without-quota", setting="cohort", quotas="quotas")
        return self


settings = InForce(ReviewSettings)
