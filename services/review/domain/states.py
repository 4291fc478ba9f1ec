"""Where an application may stand, where it may go from there, how long each step may take, and where it waits meanwhile."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

LEASE = timedelta(minutes=15)
MAX_EXTENSIONS = 4
APPROVALS_NEEDED = 2
SLA = timedelta(hours=72)  # of working days
ANSWER_WITHIN = timedelta(days=7)
MAX_QUESTIONS = 2
APPEAL_WITHIN = timedelta(days=14)
KEPT_FOR = timedelta(days=180)  # personal data of what was turned down, or has closed


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEEDS_INFO = "needs_info"
    ACTIVE = "active"
    WAITLISTED = "waitlisted"
    REJECTED = "rejected"
    APPEALED = "appealed"
    UPHELD = "upheld"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


S = State
TRANSITIONS: dict[State, frozenset[State]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.SUBMITTED: frozenset({S.NEEDS_INFO, S.ACTIVE, S.WAITLISTED, S.REJECTED, S.WITHDRAWN}),
    S.NEEDS_INFO: frozenset({S.SUBMITTED, S.EXPIRED, S.WITHDRAWN}),
    S.WAITLISTED: frozenset({S.ACTIVE, S.EXPIRED, S.WITHDRAWN}),
    S.ACTIVE: frozenset({S.CLOSED}),  # its circle has ended: the seat is free again
    S.REJECTED: frozenset({S.APPEALED}),
    S.APPEALED: frozenset({S.ACTIVE, S.WAITLISTED, S.UPHELD}),
    S.UPHELD: frozenset(),
    S.EXPIRED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.CLOSED: frozenset(),
}
UNDER_REVIEW = (S.SUBMITTED, S.APPEALED)
OVER = (S.REJECTED, S.UPHELD, S.EXPIRED, S.WITHDRAWN, S.CLOSED)  # what is forgotten when its time has passed


class ReviewQueue(StrEnum):
    """Where an application waits, ordered by when it is due: all but the last two are for reviewers, those for the clock."""

    REVIEW = "review"  # for a first or a second decision
    APPEAL = "appeal"
    ESCALATED = "escalated"
    TENURE = "tenure"  # owners to be looked at again
    WAITING = "waiting"  # for its applicant's answer
    ERASE = "erase"
