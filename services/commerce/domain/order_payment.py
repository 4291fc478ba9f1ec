"""What the provider reports of an order's payment: captures, refunds and chargebacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from services.commerce.domain.money import Money
from services.commerce.domain.order_refunds import RefundableOrder
from services.commerce.domain.order_state import UNPAID, OrderState
from services.commerce.errors import OrderStateConflict
from services.shared.kernel.clock import next_version


@dataclass(frozen=True, slots=True)
class PaidOrder(RefundableOrder):
    """An order with its payment."""

    def is_in_time(self, captured_at: datetime) -> bool:
        """Whether a payment that was captured then was captured before the end of the reservation."""
        end = self.due_at if self.state is OrderState.RESERVED else self.expired_at
        return end is not None and captured_at < end

    def awaits(self, amount: Money) -> bool:
        """Whether a payment of this amount can pay the order: it is unpaid, and the amount is its total."""
        return self.state in UNPAID and amount == self.total

    def is_paid_by(self, payment_id: str, amount: Money) -> bool:
        """Whether this capture was applied to the order before."""
        return self.payment_id == payment_id and amount == self.total

    def pay(self, payment_id: str, *, payer: str = "", at: datetime) -> Self:
        """Record a captured payment of the total. An expired order must reserve its stock again in the same write.

        payer: the keyed hash of who paid; empty if unknown.
        Raises: OrderStateConflict.
        """
        paid = self._transition(OrderState.PAID, at, at + self.ships_within)
        return replace(paid, payment_id=payment_id, paid_at=at, traces=replace(paid.traces, payer=payer))

    def return_payment(self, payment_id: str, *, at: datetime) -> Self:
        """Record a late payment of the total, which goes back as an UnappliedPayment. A reservation must release its stock.

        Raises: OrderStateConflict.
        """
        if self.state not in UNPAID:
            raise OrderStateConflict(state=self.state)
        return replace(self._transition(OrderState.REFUNDING, at, None), payment_id=payment_id)

    def complete_return(self, *, at: datetime) -> Self:
        """Record that the late payment is back at the buyer. Raises: OrderStateConflict."""
        self._require_state(OrderState.REFUNDING)
        if self.is_in_escrow:
            raise OrderStateConflict(state=self.state)
        return replace(self._transition(OrderState.REFUNDED, at, None), refunded=self.total.amount)

    def get_kept(self, payment_id: str, currency: str) -> int:
        """Return how much money of this payment the order keeps: what the provider can have refunded or charged back."""
        is_kept = self.keeps_payment and (payment_id, currency) == (self.payment_id, self.total.currency)
        return self.net.amount if is_kept else 0

    def refund(self, amount: int, *, at: datetime) -> Self:
        """Record that the provider has refunded a part of the money that the order keeps, or the rest of it.

        Without a rest the order is refunded, and no payee waits for a share. Otherwise its state stays.
        Raises: OrderStateConflict.
        """
        self._require_kept(amount)
        return self._add_refund(amount, at)

    def charge_back(self, amount: int, *, at: datetime) -> Self:
        """Record that a chargeback holds a part of the money that the order keeps, or the rest of it. Its state stays.

        Raises: OrderStateConflict.
        """
        self._require_kept(amount)
        after = replace(self, charged_back=self.charged_back + amount, version=next_version(self.version, at))
        return after._settle_refunds(at)

    def win_chargeback(self, amount: int, *, at: datetime) -> Self:
        """Record that money of a chargeback is back with the order."""
        return self._end_chargeback(amount, at)._settle_refunds(at)

    def lose_chargeback(self, amount: int, *, at: datetime) -> Self:
        """Record that money of a chargeback stays with the buyer, as a refund does."""
        return self._end_chargeback(amount, at)._add_refund(amount, at)

    def get_charged_back(self, payment_id: str, currency: str) -> int:
        """Return how much of the order's money open chargebacks of this payment hold."""
        return self.charged_back if (payment_id, currency) == (self.payment_id, self.total.currency) else 0

    def _end_chargeback(self, amount: int, at: datetime) -> Self:
        if not 0 < amount <= self.charged_back:
            raise ValueError("an order gets back at most what chargebacks hold of it")
        return replace(self, charged_back=self.charged_back - amount, version=next_version(self.version, at))

    def _require_kept(self, amount: int) -> None:
        if not self.keeps_payment:
            raise OrderStateConflict(state=self.state)
        if not 0 < amount <= self.net.amount:
            raise ValueError("a refund must be between 1 and what is left of the order's money")

    def _add_refund(self, amount: int, at: datetime) -> Self:
        after = replace(self, refunded=self.refunded + amount, version=next_version(self.version, at))
        after = after._settle_refunds(at)
        if after.refunded < self.total.amount:
            return after
        return replace(after._transition(OrderState.REFUNDED, at, None), unpaid=frozenset())

    def note_unapplied_payment(self, *, at: datetime) -> Self:
        """Return the order with a new version, so that no concurrent payment of it overlooks an UnappliedPayment."""
        return replace(self, has_unapplied_payments=True, version=next_version(self.version, at))
