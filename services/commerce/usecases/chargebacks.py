"""Chargebacks: money that the buyer's bank took back, repeated and in any order with captures and refunds.

While a chargeback is open, it holds money of the order as a refund would, and the order keeps its state. One that is lost
counts as a refund. One that is won gives the money back to those from which it was taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.commerce.domain import EntryLine, LedgerEntry, Order
from services.commerce.domain.chargeback import Chargeback, ChargebackState
from services.commerce.domain.ledger import chargeback_entry, chargeback_reversal_entry, offset_entry, refund_debits
from services.commerce.domain.payment import UnappliedPayment
from services.commerce.repository.chargebacks import load_chargeback_or
from services.commerce.usecases.money import (
    WebhookEvent,
    bear_what_is_ahead,
    complete_return,
    find_order,
    find_share_of_order,
    load_payment,
    returned_reservation,
    store,
)
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import ChargebackChanged, PaymentReported

STATES = {
    "chargeback.opened": ChargebackState.OPEN,
    "chargeback.won": ChargebackState.WON,
    "chargeback.lost": ChargebackState.LOST,
}


@dataclass(frozen=True, slots=True)
class Booked:
    """What an event changes, so far: the order, what no order keeps of the payment, and the ledger entries."""

    order: Order | None
    payment: UnappliedPayment
    entries: tuple[LedgerEntry, ...] = ()


def record_chargeback(ports: Ports, event: WebhookEvent) -> Order | None:
    """Book a chargeback that the provider reports, or its decision, on the order, the unapplied payment, or both.

    A decision that is reported first books the chargeback too. Reviewers get a case when it is booked, and its parties are
    notified by ChargebackChanged. Unchanged if it was applied before, also after another decision.

    Cost: 6 write units, 7 more for the balances, and 3 read units.
    Raises: Invalid (the chargeback has no id).
    """
    event.require("chargeback_id")
    loaded, at, state = find_order(ports, event), ports.clock(), STATES[event.type]
    order = loaded.entity if loaded else None
    known = (order.circle_id, order.seller_id) if order else ("", "")
    new = Chargeback(event.chargeback_id, event.payment_id, event.buyer_id, event.order_id, *known, event.amount)
    chargeback = load_chargeback_or(ports.table, new)
    if not chargeback.entity.awaits(state):
        return order
    payment = load_payment(ports, event, order)
    booked = Booked(order, payment.entity)
    if chargeback.entity.is_new:
        booked = _open(booked, event, at)
    booked = _decide(booked, event, state, at)
    after = complete_return(booked.order, booked.payment, at)
    events = [ChargebackChanged, PaymentReported] if chargeback.entity.is_new else [ChargebackChanged]
    others = (
        chargeback.write(ports, chargeback.entity.enter(state, at=at), *events),
        *returned_reservation(ports, order, after),
    )
    return store(ports, (loaded, after), (payment, booked.payment), *booked.entries, *others)


def _open(booked: Booked, event: WebhookEvent, at: datetime) -> Booked:
    """Take the money from the order first, as a refund at the provider does."""
    of_order = find_share_of_order(event, booked.order)
    rest = event.amount.amount - of_order
    order = booked.order.charge_back(of_order, at=at) if booked.order and of_order else booked.order
    payment = booked.payment.charge_back(rest, at=at) if rest else booked.payment
    ids = (event.order_id, event.chargeback_id, event.payment_id)
    return Booked(order, payment, (chargeback_entry(*ids, event.amount, _lines(booked.order, order)),))


def _decide(booked: Booked, event: WebhookEvent, state: ChargebackState, at: datetime) -> Booked:
    """Give back what was taken, or let the buyer have it for good."""
    order, payment = booked.order, booked.payment
    held = order.get_charged_back(event.payment_id, event.amount.currency) if order else 0
    of_order = min(event.amount.amount, held)
    rest = event.amount.amount - of_order
    match state:
        case ChargebackState.OPEN:
            return booked
        case ChargebackState.LOST:
            after = order.lose_chargeback(of_order, at=at) if order and of_order else order
            return replace(booked, order=after, payment=payment.lose_chargeback(rest, at=at) if rest else payment)
    after = order.win_chargeback(of_order, at=at) if order and of_order else order
    ids = (event.order_id, event.chargeback_id, event.payment_id)
    entry = chargeback_reversal_entry(*ids, event.amount, _lines(order, after))
    won = Booked(after, payment.win_chargeback(rest, at=at) if rest else payment, (*booked.entries, entry))
    return _bear_refunds(won, event, at)


def _bear_refunds(booked: Booked, event: WebhookEvent, at: datetime) -> Booked:
    """Let the order bear the refunds that came while the chargeback held its money."""
    order = booked.order
    if order is None or not order.get_kept(event.payment_id, event.amount.currency):
        return booked
    after, payment = bear_what_is_ahead(order, booked.payment, at)
    if after == order:
        return booked
    subject = f"{event.payment_id}:{event.chargeback_id}"
    return Booked(after, payment, (*booked.entries, offset_entry(order, after, event.payment_id, subject)))


def _lines(before: Order | None, after: Order | None) -> tuple[EntryLine, ...]:
    return refund_debits(before, after) if before and after and before.net != after.net else ()
