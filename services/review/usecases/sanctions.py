"""Platform sanctions of users: impose, ratify, reject and lift them, and read the sanction record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.review.domain import Sanction, SanctionRecord
from services.review.repository import people
from services.review.usecases.access import record_access
from services.review.usecases.conflicts import has_conflict_of_interest, load_linked_users
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import AccountStatusChanged
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from services.shared.table.versioned import Changed, update


def impose_sanction(
    ports: Ports,
    caller: Caller,
    user_id: str,
    *,
    level: SanctionLevel,
    until: datetime | None,
    violation: Violation,
    reason: str,
    emergency: bool,
    request: ChangeRequest | None = None,
) -> SanctionRecord:
    """Impose a sanction on a user, or propose it, and return the sanction record.

    A sanction from `restricted` upwards, or in place of one that two reviewers decided, is a proposal that a second reviewer
    must ratify. An emergency takes effect at once, and expires after the `emergency_period` unless it is ratified; then the
    sanction that it replaced is in force again.
    Unchanged if the same reviewer repeats the same sanction, or if the request was applied before, so a late repeat restores
    no sanction that was lifted or rejected since.

    violation: the rule that the user broke. The user reads it, and not `reason`, which is for reviewers.
    Cost: 7 write units and 4 read units; 4 write units for a proposal, 9 for an emergency.
    Raises: ReviewerNotEnrolled, Invalid (`until` is not in the future), ConflictOfInterest, SanctionAlreadyPending,
    EmergencyNotHigher (it does not exceed the sanction in force), EmergencyNotRatified (an emergency of this reviewer
    expired or was rejected less than the `emergency_pause` ago), RateLimitReached.
    """
    by, at = require_reviewer(ports, caller), ports.clock()
    if until is not None and until <= at:
        raise Invalid(fields=(FieldError("/until", "must-be-in-future"),))
    sanction = Sanction(level, until, reason, by, at, emergency, violation=violation)

    def step(record: SanctionRecord) -> SanctionRecord:
        conflict = has_conflict_of_interest(ports, by, {user_id})
        # Only an emergency after another one asks under which other identities the reviewer is known.
        is_next = emergency and (record.unratified or record.pending)
        own = load_linked_users(ports, {by.user_id}, {by.identity_hash}).identities if is_next else frozenset()
        return record.impose(sanction, has_conflict=conflict, identities=own)

    return _act(ports, user_id, step, request)


def ratify_sanction(ports: Ports, caller: Caller, user_id: str, proposal_id: str) -> SanctionRecord:
    """Ratify the pending sanction as a second reviewer, and return the sanction record.

    `proposal_id` identifies the exact proposal that the reviewer read.

    Cost: 8 write units and 4 read units.
    Raises: ReviewerNotEnrolled, SanctionNotPending, ConflictOfInterest, RatificationExpired, ProposalChanged,
    SecondReviewerRequired.
    """
    by = require_reviewer(ports, caller)

    def step(record: SanctionRecord) -> SanctionRecord:
        previous = [record.pending.by] if record.pending else []
        conflict = has_conflict_of_interest(ports, by, {user_id}, previous=previous)
        return record.ratify(by, proposal_id, has_conflict=conflict, at=ports.clock())

    return _change(ports, user_id, step)


def reject_sanction(ports: Ports, caller: Caller, user_id: str, proposal_id: str) -> SanctionRecord:
    """Reject the pending sanction, and return the sanction record.

    A rejected emergency restores the previous sanction, and its proposer can impose no other during the `emergency_pause`.

    The proposer can reject the proposal too. Unchanged if this proposal is no longer pending.

    Raises: ReviewerNotEnrolled, ConflictOfInterest.
    """
    by = require_reviewer(ports, caller)

    def step(record: SanctionRecord) -> SanctionRecord:
        conflict = has_conflict_of_interest(ports, by, {user_id})
        return record.reject(by, proposal_id, has_conflict=conflict, at=ports.clock())

    return _change(ports, user_id, step)


def lift_sanction(
    ports: Ports, caller: Caller, user_id: str, reason: str, *, mistake: bool = False, request: ChangeRequest | None = None
) -> SanctionRecord:
    """Lift the current sanction, and return the sanction record.

    From `restricted` upwards, or if two reviewers decided the sanction, a second reviewer must ratify.

    mistake: the sanction was wrong, so its strike is removed.
    Unchanged if the request was applied before, so a late repeat lifts no newer sanction.

    Cost: 7 write units and 4 read units.
    Raises: ReviewerNotEnrolled, ConflictOfInterest, SanctionAlreadyPending, SanctionNotInForce, RateLimitReached.
    """
    by = require_reviewer(ports, caller)

    def step(record: SanctionRecord) -> SanctionRecord:
        conflict = has_conflict_of_interest(ports, by, {user_id})
        return record.lift(by, reason, has_conflict=conflict, mistake=mistake, at=ports.clock())

    return _act(ports, user_id, step, request)


def get_sanction_record(ports: Ports, caller: Caller, user_id: str) -> SanctionRecord:
    """Return the sanction record of a user. The access is limited per hour and is recorded before the record is returned.

    Cost: 3 write units and 5 read units.
    Raises: ReviewerNotEnrolled, UserNotFound (no sanction was ever imposed or proposed), ConflictOfInterest, ReadLimitReached.
    """
    by = require_reviewer(ports, caller)
    # The record is first: also the error that a user has no sanction is personal data.
    record_access(ports, by, f"sanctions of {user_id}", {user_id})
    return people.get_sanction_record(ports.table, user_id)


def expire_proposal(ports: Ports, user_id: str) -> None:
    """Delete a proposal or emergency that no second reviewer ratified in time.

    Unchanged if its time has not passed.
    """
    _change(ports, user_id, lambda record: record.expire_pending(at=ports.clock()))


class _PendingExpired(Exception):
    """The pending sanction was not ratified in time, and the schedule has not deleted it yet."""


def _act(
    ports: Ports, user_id: str, step: Callable[[SanctionRecord], SanctionRecord], request: ChangeRequest | None
) -> SanctionRecord:
    """Change a record in which no pending sanction has expired.

    One that has is deleted before, in a write of its own: a write records one audit entry.
    """

    def checked_step(before: SanctionRecord) -> SanctionRecord:
        if before.expire_pending(at=ports.clock()) is not before:
            raise _PendingExpired
        return step(before)

    try:
        return _change(ports, user_id, checked_step, request)
    except _PendingExpired:
        expire_proposal(ports, user_id)
    return _act(ports, user_id, step, request)


def _change(
    ports: Ports, user_id: str, step: Callable[[SanctionRecord], SanctionRecord], request: ChangeRequest | None = None
) -> SanctionRecord:
    def change(before: SanctionRecord) -> SanctionRecord | Changed[SanctionRecord]:
        after = step(before)
        return after if after.account_status == before.account_status else Changed(after, [AccountStatusChanged])

    return update(ports, lambda: people.load_sanction_record(ports.table, user_id, ports.new_id), change, request=request)
