"""Payouts above the limit: operators of different persons approve them, or one rejects them."""

from __future__ import annotations

from functools import partial

from services.commerce.domain.payout import Payout, PayoutState
from services.commerce.errors import PayoutNotFound
from services.commerce.repository import payouts as repository
from services.commerce.repository.payees import get_payee
from services.commerce.usecases.payouts import ended
from services.commerce.usecases.ports import Ports
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import PayoutChanged
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, Versioned, update


def list_payouts_to_approve(ports: Ports, caller: Caller, page: PageRequest) -> Page[Payout]:
    """Return a page of the payouts that wait for approvals, the oldest first.

    Cost: 11 read units for 20 payouts.
    Raises: OperatorRequired.
    """
    caller.require_operator()
    return repository.list_payouts_to_approve(ports.table, page)


def approve_payout(ports: Ports, caller: Caller, payout_id: str) -> Payout:
    """Add the caller's approval, and return the payout. With the second one it is sent.

    Identities are read now, also those of the operator who approved before: two users of one person count once.
    Unchanged if the caller has approved it.
    Cost: 1 write unit and 6 read units.
    Raises: OperatorRequired, PayoutNotFound, PayoutStateConflict, ConflictOfInterest, ApproverNotVerified,
    SecondOperatorRequired.
    """
    caller.require_operator()

    def change(payout: Payout) -> Payout | Changed[Payout]:
        if caller.user_id in payout.approver_ids:
            return payout
        approver, payee = get_payee(ports.table, caller.user_id), get_payee(ports.table, payout.user_id)
        earlier = [get_payee(ports.table, user_id) for user_id in payout.approver_ids]
        after = payout.approve(approver, earlier, payee, at=ports.clock())
        return Changed(after, [PayoutChanged] if after.state is not payout.state else [])

    return update(ports, partial(_load, ports, payout_id), change)


def reject_payout(ports: Ports, caller: Caller, payout_id: str, note: str) -> Payout:
    """End a payout that waits for approvals, and return it. Its amount is in the balance again; the user reads the note.

    Unchanged if it is rejected.
    Cost: 5 write units and 6 read units.
    Raises: OperatorRequired, PayoutNotFound, PayoutStateConflict, ConflictOfInterest, ApproverNotVerified.
    """
    caller.require_operator()

    def change(payout: Payout) -> Payout | Changed[Payout]:
        if payout.state is PayoutState.REJECTED:
            return payout
        operator, payee = get_payee(ports.table, caller.user_id), get_payee(ports.table, payout.user_id)
        return ended(payout.reject(operator, payee, note, at=ports.clock()))

    return update(ports, partial(_load, ports, payout_id), change)


def _load(ports: Ports, payout_id: str) -> Versioned[Payout]:
    """Raises: PayoutNotFound."""
    user_id = repository.find_payee_id(ports.table, payout_id)
    if not user_id:
        raise PayoutNotFound
    return repository.load_payout(ports.table, user_id, payout_id)
