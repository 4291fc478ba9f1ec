"""The states of an application with their transitions, and the review queues."""

from __future__ import annotations

from enum import StrEnum


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
    S.ACTIVE: frozenset({S.CLOSED}),  # its circle has closed, and the seat is free again
    S.REJECTED: frozenset({S.APPEALED}),
    S.APPEALED: frozenset({S.ACTIVE, S.WAITLISTED, S.UPHELD}),
    S.UPHELD: frozenset(),
    S.EXPIRED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.CLOSED: frozenset(),
}
UNDER_REVIEW = (S.SUBMITTED, S.APPEALED)
ERASABLE = (S.REJECTED, S.UPHELD, S.EXPIRED, S.WITHDRAWN, S.CLOSED)  # personal data is erased after `retention`


class AppealState(StrEnum):
    """The state of a user's appeal against a take-down or a sanction. Only `open` has a next one."""

    OPEN = "open"
    GRANTED = "granted"
    UPHELD = "upheld"


class ReviewQueue(StrEnum):
    """A queue of items by the time they are due. Reviewers work on all but the last two; the schedule works on those."""

    REVIEW = "review"  # a first or second decision
    APPEAL = "appeal"
    ESCALATED = "escalated"
    TENURE = "tenure"  # owners whose assessment is due
    WAITING = "waiting"  # for information from the applicant
    ERASE = "erase"  # personal data


QUEUE_OF_STATE = {S.SUBMITTED: ReviewQueue.REVIEW, S.APPEALED: ReviewQueue.APPEAL, S.NEEDS_INFO: ReviewQueue.WAITING}
