"""Disputes: the buyer opens or withdraws one, the seller answers once, and two reviewers rule on it in the review service."""

from __future__ import annotations

from functools import partial

from services.commerce.domain import Order
from services.commerce.domain import order_freeze as freeze
from services.commerce.domain.dispute import Dispute, DisputeReason
from services.commerce.domain.refund import RefundReason
from services.commerce.errors import DisputeNotFound
from services.commerce.repository import orders
from services.commerce.repository.disputes import DISPUTES
from services.commerce.repository.reserving import release_reservation
from services.commerce.settings import settings
from services.commerce.usecases.order_refunds import request_new_refunds
from services.commerce.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import DisputeChanged, DisputeRuled, OrderChanged
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, Versioned, save, update


def open_dispute(
    ports: Ports, caller: Caller, order_id: str, key: IdempotencyKey, *, reason: DisputeReason, statement: str
) -> Dispute:
    """Ask the platform to rule on an order, and return the dispute. The order is frozen until the dispute has ended.

    A retry with the same key returns the first dispute.

    Cost: 8 write units (1 for the slot, 4 for the transaction, 3 for the indexes) and 2 read units.
    Raises: OrderNotFound (for every user but the buyer), OrderFrozen, DisputeNotAllowed, KeyReused, RateLimitReached.
    """
    dispute_id = key.id("dsp")

    def build() -> Changed[Dispute]:
        at, loaded = ports.clock(), orders.load_order(ports.table, caller.user_id, order_id)
        order = loaded.entity
        frozen = freeze.open_dispute(order, caller.user_id, dispute_id, reason, at=at)
        ids = (dispute_id, order.id, order.circle_id, order.buyer_id, order.seller_id, order.owner_id)
        new = Dispute(*ids, order.net, reason, statement, created_at=at, version=next_version(0, at))
        return Changed(new, [DisputeChanged], [loaded.write(ports, frozen)])

    slot = Slot.of_key(ports, key, settings().rate("dispute"))
    return create(ports, key, slot, DISPUTES, DISPUTES.key(caller.user_id, dispute_id), build)


def get_dispute(ports: Ports, caller: Caller, dispute_id: str) -> Dispute:
    """Return a dispute to its buyer or seller.

    Cost: 1.5 read units for the buyer; 1.5 more for the seller.
    Raises: DisputeNotFound.
    """
    return DISPUTES.load_of_party(ports.table, caller.user_id, dispute_id).entity


def list_disputes(ports: Ports, caller: Caller, page: PageRequest, *, sold: bool = False) -> Page[Dispute]:
    """Return a page of the disputes that the caller opened, or of those with the caller, newest first."""
    list_page = DISPUTES.list_of_seller if sold else DISPUTES.list_of_buyer
    return list_page(ports.table, caller.user_id, page)


def answer_dispute(ports: Ports, caller: Caller, dispute_id: str, text: str) -> Dispute:
    """Record the seller's answer to a dispute, once, and return the dispute. Unchanged if it is repeated.

    Cost: 2 write units and 3 read units.
    Raises: DisputeNotFound (also for the buyer), DisputeStateConflict.
    """

    def change(before: Dispute) -> Dispute:
        return before.answer_as(caller.user_id, text, at=ports.clock())

    return update(ports, partial(DISPUTES.load_of_party, ports.table, caller.user_id, dispute_id), change, DisputeChanged)


def withdraw_dispute(ports: Ports, caller: Caller, dispute_id: str) -> Dispute:
    """End a dispute without a ruling, for the buyer, and return it. Unchanged if it is withdrawn.

    Cost: 7 write units (4 for the transaction, 3 for the indexes) and 2.5 read units.
    Raises: DisputeNotFound (also for the seller), DisputeStateConflict (reviewers have ruled).
    """

    def change(before: Dispute) -> Dispute | Changed[Dispute]:
        after = before.withdraw(caller.user_id, at=ports.clock())
        if after == before:
            return before
        loaded = orders.load_order(ports.table, before.buyer_id, before.order_id)
        order = freeze.end_dispute(loaded.entity, before.id, at=ports.clock())
        return Changed(after, [DisputeChanged], [loaded.write(ports, order)])

    return update(ports, partial(DISPUTES.load_of_party, ports.table, caller.user_id, dispute_id), change)


def apply_ruling(ports: Ports, event: DisputeRuled) -> None:
    """Apply the ruling of two reviewers: request the refund and end the freeze of the order, in one transaction.

    A refund or chargeback since can leave less to refund than the ruling says. Unchanged if the dispute has ended, so a
    repeated event requests nothing, and a withdrawal that came first counts.
    """
    data, changed = event.data, list[tuple[Order, Order]]()

    def change(before: Dispute) -> Dispute | Changed[Dispute]:
        changed.clear()
        if not before.is_open:
            return before
        at, loaded = ports.clock(), orders.load_order(ports.table, before.buyer_id, before.order_id)
        order = loaded.entity
        amount = min(data.amount, order.refundable.amount)
        ended = freeze.end_dispute(order, before.id, at=at)
        after = ended.request_refund(amount, RefundReason.RULING, at=at) if amount else ended
        changed.append((order, after))
        ruled = before.rule(amount, data.note, at=at)
        if after.state is order.state:
            return Changed(ruled, [DisputeChanged], [loaded.write(ports, after)])
        units = release_reservation(ports, order)  # it was not shipped, and all of it goes back
        return Changed(ruled, [DisputeChanged], [loaded.write(ports, after, OrderChanged), *units])

    try:
        update(ports, partial(DISPUTES.load_of_buyer, ports.table, data.buyer_id, data.dispute_id), change)
    except DisputeNotFound:
        return  # of a dispute that this table does not have
    for both in changed:
        request_new_refunds(ports, *both)


def advance_dispute(ports: Ports, loaded: Versioned[Dispute]) -> bool:
    """Erase the texts of a dispute that ended long ago. False if it is not due."""
    before, at = loaded.entity, ports.clock()
    if before.due_at is None or at < before.due_at:
        return False
    save(ports, loaded, before.erase_texts(at=at))
    return True
