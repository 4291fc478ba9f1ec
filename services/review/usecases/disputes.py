"""Disputes of orders: two reviewers of different identities rule on what goes back to the buyer.

`ratify_ruling` is the only way to a ruling.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.review.domain import Reviewer
from services.review.domain.calendar import add_working_time
from services.review.domain.dispute import Dispute, Ruling, RulingState
from services.review.repository import disputes as repository
from services.review.settings import settings
from services.review.usecases.access import record_access
from services.review.usecases.conflicts import has_conflict_of_interest
from services.review.usecases.ports import Ports
from services.review.usecases.reviewers import require_reviewer
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import DisputeChanged, DisputeOverdue, DisputeRuled
from services.shared.security.audit import AuditTrail
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, update

Step = Callable[[Dispute, Reviewer, bool], Dispute]


def list_dispute_cases(ports: Ports, caller: Caller, page: PageRequest) -> Page[Dispute]:
    """Return a page of the disputes that wait for a ruling: the overdue ones first, then the earliest due. The response
    names no user.

    Cost: 2.5 read units for one dispute, and 0.5 for each further one.
    Raises: ReviewerNotEnrolled.
    """
    require_reviewer(ports, caller)
    return repository.list_open_disputes(ports.table, page)


def get_dispute_case(ports: Ports, caller: Caller, dispute_id: str) -> Dispute:
    """Return a dispute with its parties. The access is limited per hour and is recorded before the dispute is returned.

    Cost: 3 write units and 7 read units.
    Raises: ReviewerNotEnrolled, DisputeNotFound, ConflictOfInterest, ReadLimitReached.
    """
    by = require_reviewer(ports, caller)
    dispute = repository.load_dispute(ports.table, dispute_id).entity
    record_access(ports, by, dispute_id, dispute.parties)
    return dispute


def propose_ruling(ports: Ports, caller: Caller, dispute_id: str, amount: int, note: str) -> Dispute:
    """Propose what goes back to the buyer, and why. A second reviewer must ratify it. Unchanged if it is repeated.

    amount: at most that of the dispute, in the minor unit; 0 for nothing.

    Cost: 4 write units and 6 read units.
    Raises: ReviewerNotEnrolled, DisputeNotFound, ConflictOfInterest, DisputeClosed, RulingAlreadyProposed, RulingAboveAmount.
    """

    def propose(before: Dispute, by: Reviewer, has_conflict: bool) -> Dispute:
        return before.propose(Ruling(amount, note, by, ports.clock()), has_conflict=has_conflict)

    return _act(ports, require_reviewer(ports, caller), dispute_id, propose)


def ratify_ruling(ports: Ports, caller: Caller, dispute_id: str, proposal_id: str) -> Dispute:
    """Put the proposed ruling into force, as a second reviewer. Commerce refunds the buyer and ends the freeze of the order.

    Unchanged if it is repeated.

    Cost: 10 write units and 6 read units.
    Raises: ReviewerNotEnrolled, DisputeNotFound, ConflictOfInterest (also for another user of the proposer), DisputeClosed,
    RulingNotProposed, ProposalChanged, SecondReviewerRequired.
    """

    def ratify(before: Dispute, by: Reviewer, has_conflict: bool) -> Dispute:
        return before.ratify(by, proposal_id, has_conflict=has_conflict, at=ports.clock())

    return _act(ports, require_reviewer(ports, caller), dispute_id, ratify)


def reject_ruling(ports: Ports, caller: Caller, dispute_id: str, proposal_id: str) -> Dispute:
    """Delete the proposed ruling. Any reviewer can, the proposer too. Unchanged if it is no longer proposed.

    Raises: ReviewerNotEnrolled, DisputeNotFound, ConflictOfInterest, DisputeClosed.
    """

    def reject(before: Dispute, by: Reviewer, has_conflict: bool) -> Dispute:
        return before.reject(by, proposal_id, has_conflict=has_conflict, at=ports.clock())

    return _act(ports, require_reviewer(ports, caller), dispute_id, reject)


def update_dispute(ports: Ports, event: DisputeChanged) -> None:
    """Store what commerce published about a dispute. Unchanged if the event is not newer than the stored version."""
    data, at = event.data, ports.clock()
    new = Dispute(
        id=data.dispute_id,
        order_id=data.order_id,
        circle_id=data.circle_id,
        buyer=data.buyer_id,
        seller=data.seller_id,
        owner=data.owner_id,
        reason=data.reason,
        amount=data.amount,
        currency=data.currency,
        opened_at=event.occurred_at,
        trail=AuditTrail(salt=ports.new_id("salt")),
        due_at=add_working_time(at, settings().review_time),
    )

    def change(before: Dispute) -> Dispute:
        return before.apply(event.entity_version, is_open=data.state == "open", has_answer=data.has_answer, at=at)

    update(ports, partial(repository.load_dispute_or, ports.table, new), change)


def escalate_dispute(ports: Ports, dispute_id: str) -> bool:
    """Mark an overdue dispute, so that it is listed first, and publish it. It is marked once. Returns whether it is marked."""

    def change(before: Dispute) -> Dispute | Changed[Dispute]:
        after = before.escalate(at=ports.clock())
        return before if after == before else Changed(after, [DisputeOverdue])

    return update(ports, partial(repository.load_dispute, ports.table, dispute_id), change).escalated


def erase_ruling(ports: Ports, dispute_id: str) -> bool:
    """Delete the reason of a ruling that was made long ago. False if another run was first."""
    load = partial(repository.load_dispute, ports.table, dispute_id)
    return update(ports, load, lambda dispute: dispute.erase(at=ports.clock())).due_at is None


def _act(ports: Ports, by: Reviewer, dispute_id: str, step: Step) -> Dispute:
    def change(before: Dispute) -> Dispute | Changed[Dispute]:
        after = step(before, by, has_conflict_of_interest(ports, by, before.parties, previous=before.acted))
        is_ruled = after.state is RulingState.RULED and before.state is not RulingState.RULED
        return Changed(after, [DisputeRuled]) if is_ruled else after

    return update(ports, partial(repository.load_dispute, ports.table, dispute_id), change)
