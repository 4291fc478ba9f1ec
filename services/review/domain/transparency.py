"""What the transparency report counts: one table of all actions in the audit chains of review.

A count is the number of audit entries of one month. No count is about a user, a circle or a cohort, and the report has no text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from services.review.domain.appeal import UserAppeal
from services.review.domain.application import Application
from services.review.domain.case import Case
from services.review.domain.sanction_record import SanctionRecord
from services.review.domain.states import AppealState, State
from services.review.domain.succession import Succession, SuccessionState
from services.shared.kernel.clock import from_rfc3339
from services.shared.security.account_status import SanctionLevel
from services.shared.security.audit import AuditEntry

# Upper bounds in hours: a time is stored as the smallest bound that it does not exceed, so the item of a month stays small.
TIME_BOUNDS = (1, 4, 8, 24, 48, 72, 120, 168, 240, 336, 504, 720)
LONGER = 0  # stands for no bound
MIN_TIMES = 5  # the median of fewer would be the time of one person's case


class Count(StrEnum):
    """A number of the report, in the order in which the report has them."""

    APPLICATIONS_SUBMITTED = "applications_submitted"
    APPLICATIONS_GRANTED = "applications_granted"
    APPLICATIONS_REJECTED = "applications_rejected"
    APPLICATIONS_WITHDRAWN = "applications_withdrawn"
    APPLICATIONS_EXPIRED = "applications_expired"
    INFORMATION_REQUESTED = "information_requested"
    REVIEWS_OVERDUE = "reviews_overdue"
    APPEALS_SUBMITTED = "appeals_submitted"
    APPEALS_GRANTED = "appeals_granted"
    APPEALS_UPHELD = "appeals_upheld"
    CONTENT_TAKEN_DOWN = "content_taken_down"
    CONTENT_RESTORED = "content_restored"
    CASES_UPHELD = "cases_upheld"
    CASES_DISMISSED = "cases_dismissed"
    CASES_ABUSIVE = "cases_abusive"
    USERS_WARNED = "users_warned"
    USERS_MUTED = "users_muted"
    USERS_RESTRICTED = "users_restricted"
    USERS_SUSPENDED = "users_suspended"
    USERS_BANNED = "users_banned"
    EMERGENCIES = "emergencies"
    SANCTIONS_LIFTED = "sanctions_lifted"
    SANCTIONS_OVERTURNED = "sanctions_overturned"
    PROPOSALS_REJECTED = "proposals_rejected"
    PROPOSALS_EXPIRED = "proposals_expired"
    OWNERS_RENEWED = "owners_renewed"
    OWNERS_ON_PROBATION = "owners_on_probation"
    OWNERS_REMOVED = "owners_removed"
    SUCCESSIONS_APPROVED = "successions_approved"
    SUCCESSIONS_REJECTED = "successions_rejected"
    DISPUTES_RULED = "disputes_ruled"


class Process(StrEnum):
    """What the report measures the time of, from its start to the decision."""

    APPLICATIONS = "applications"
    APPEALS = "appeals"
    CASES = "cases"


@dataclass(frozen=True, slots=True)
class Act:
    """One counted audit entry.

    process, bound: the upper bound of the time that a decision took; of an act without one, None.
    """

    chain: str
    index: int
    month: str
    count: Count
    process: Process | None = None
    bound: int = LONGER


@dataclass(frozen=True, slots=True)
class TransparencyReport:
    """The counts of one month, and how long decisions took.

    is_complete: whether the month has ended.
    times: per process, the number of decisions by the upper bound of their time.
    """

    month: str
    is_complete: bool
    counts: Mapping[Count, int]
    times: Mapping[Process, Mapping[int, int]]

    def get_median_bound(self, process: Process) -> int | None:
        """Return the smallest bound that the median time does not exceed; None if it has none, or of fewer than MIN_TIMES."""
        numbers = self.times[process]
        total, seen = sum(numbers.values()), 0
        for bound in TIME_BOUNDS:
            seen += numbers.get(bound, 0)
            if total >= MIN_TIMES and 2 * seen >= total:
                return bound
        return None


def month_of(at: datetime) -> str:
    """Return the month in UTC, as `2026-11`."""
    return f"{at.astimezone(UTC):%Y-%m}"


def _of_submission(application: Application) -> Count | None:
    return Count.APPLICATIONS_SUBMITTED if not application.questions else None  # otherwise it answers a question


def _of_approval(application: Application) -> Count | None:
    if application.state not in (State.ACTIVE, State.WAITLISTED):
        return None  # not the last approval
    return Count.APPEALS_GRANTED if application.appeal else Count.APPLICATIONS_GRANTED


def _of_rejection(application: Application) -> Count:
    return Count.APPEALS_UPHELD if application.appeal else Count.APPLICATIONS_REJECTED


def _of_upheld_case(case: Case) -> Count:
    return Count.CONTENT_TAKEN_DOWN if case.is_taken_down else Count.CASES_UPHELD


def _of_grant(appeal: UserAppeal) -> Count | None:
    return Count.APPEALS_GRANTED if appeal.state is AppealState.GRANTED else None  # otherwise a second one must grant


def _of_succession(succession: Succession) -> Count | None:
    return Count.SUCCESSIONS_APPROVED if succession.state is SuccessionState.APPROVED else None


OF_LEVEL = {
    SanctionLevel.NONE: Count.SANCTIONS_LIFTED,
    SanctionLevel.WARNED: Count.USERS_WARNED,
    SanctionLevel.MUTED: Count.USERS_MUTED,
    SanctionLevel.RESTRICTED: Count.USERS_RESTRICTED,
    SanctionLevel.SUSPENDED: Count.USERS_SUSPENDED,
    SanctionLevel.BANNED: Count.USERS_BANNED,
}


def _of_sanction(record: SanctionRecord) -> Count | None:
    return OF_LEVEL[record.current.level] if record.current else None


Rule = Count | Callable[[Any], Count | None] | None

# Per kind of audited item, which is its sort key: each action of its chain, and what the entry counts as. None: nothing.
COUNTED: Mapping[str, Mapping[str, Rule]] = {
    "APPLICATION": {
        "submitted": _of_submission,
        "edited": None,
        "withdrawn": Count.APPLICATIONS_WITHDRAWN,
        "asked for information": Count.INFORMATION_REQUESTED,
        "approved": _of_approval,
        "rejected": _of_rejection,
        "appealed": Count.APPEALS_SUBMITTED,
        "escalated": Count.REVIEWS_OVERDUE,
        "expired": Count.APPLICATIONS_EXPIRED,
        "expired on the waitlist": Count.APPLICATIONS_EXPIRED,
        "promoted": None,
        "closed": None,
        "erased": None,
    },
    "CASE": {
        "case upheld": _of_upheld_case,
        "case dismissed": Count.CASES_DISMISSED,
        "case abusive": Count.CASES_ABUSIVE,
        "removal received": None,  # the act of a circle's moderator
        "appeal granted": Count.CONTENT_RESTORED,
        "appeal upheld": None,
    },
    # Its outcome is also an entry of what it is against, the case or the sanction record.
    "APPEAL": {
        "appealed": Count.APPEALS_SUBMITTED,
        "appeal granted": _of_grant,
        "appeal upheld": Count.APPEALS_UPHELD,
        "escalated": Count.REVIEWS_OVERDUE,
    },
    "ACCOUNT_STATUS": {
        "sanctioned": _of_sanction,
        "ratified": _of_sanction,
        "lifted": Count.SANCTIONS_LIFTED,
        "emergency": Count.EMERGENCIES,
        "rejected": Count.PROPOSALS_REJECTED,
        "expired": Count.PROPOSALS_EXPIRED,
        "proposed": None,
        "appeal granted": Count.SANCTIONS_OVERTURNED,
        "appeal upheld": None,
    },
    "TENURE": {
        "renew": Count.OWNERS_RENEWED,
        "probation": Count.OWNERS_ON_PROBATION,
        "remove": Count.OWNERS_REMOVED,
        "proposed renew": None,
        "proposed probation": None,
        "proposed remove": None,
        "renamed": None,
    },
    "SUCCESSION": {"accepted": None, "approved": _of_succession, "rejected": Count.SUCCESSIONS_REJECTED},
    "DISPUTE": {
        "ruling proposed": None,
        "ruling ratified": Count.DISPUTES_RULED,
        "ruling rejected": None,
        "escalated": Count.REVIEWS_OVERDUE,
    },
    "REVIEWER": {"enrolled": None, "dismissed": None},
    "ACCESS_LOG": {"read": None},
    "SETTINGS": {"settings changed": None},
}


def _appealed_at(appealed: Application | UserAppeal) -> datetime | None:
    """Return when an appeal was submitted, against a rejection or another decision."""
    if isinstance(appealed, UserAppeal):
        return appealed.submitted_at
    return appealed.appeal.at if appealed.appeal else None


# What ends a process, and when the process started.
STARTS: Mapping[Count, tuple[Process, Callable[[Any], datetime | None]]] = {
    **dict.fromkeys(
        (Count.APPLICATIONS_GRANTED, Count.APPLICATIONS_REJECTED),
        (Process.APPLICATIONS, lambda application: application.submitted_at),
    ),
    **dict.fromkeys((Count.APPEALS_GRANTED, Count.APPEALS_UPHELD), (Process.APPEALS, _appealed_at)),
    **dict.fromkeys(
        (Count.CONTENT_TAKEN_DOWN, Count.CASES_UPHELD, Count.CASES_DISMISSED, Count.CASES_ABUSIVE),
        (Process.CASES, lambda case: case.opened_at),
    ),
}
Counted: TypeAlias = Application | Case | SanctionRecord | Succession | UserAppeal


def find_act(chain: str, kind: str, entry: AuditEntry, entity: Counted | None) -> Act | None:
    """Return what an audit entry counts as, or None if the report does not count it.

    entity: after the act; None of a kind that counts by the action alone.
    Raises: KeyError (an action that COUNTED does not name: its record is set aside, and counted by the redrive that follows).
    """
    action = "read" if kind == "ACCESS_LOG" else entry.action  # a read names its subject
    rule = COUNTED[kind][action]
    count = rule(entity) if callable(rule) else rule
    if count is None:
        return None
    at = from_rfc3339(entry.at)
    act = Act(chain, entry.index, month_of(at), count)
    process, started_at = STARTS.get(count, (None, lambda _: None))
    start = started_at(entity)
    return Act(chain, entry.index, act.month, count, process, _bound_of(at, start)) if process and start else act


def _bound_of(at: datetime, start: datetime) -> int:
    hours = (at - start).total_seconds() / 3600
    return next((bound for bound in TIME_BOUNDS if hours <= bound), LONGER)
