"""The refunds of an order that we request: one way in, and how requests follow what the order has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from services.commerce.domain.order_record import OrderRecord
from services.commerce.domain.order_state import OrderState
from services.commerce.domain.refund import RefundReason, Refunds
from services.commerce.errors import OrderStateConflict, RefundAboveRefundable
from services.shared.kernel.clock import next_version


@dataclass(frozen=True, slots=True)
class RefundableOrder(OrderRecord):
    """An order with its requests for refunds."""

    def request_refund(self, amount: int, reason: RefundReason, *, at: datetime) -> Self:
        """Request a refund of at most what is refundable. This is the only way to a refund that we start.

        A paid order of which all goes back is refunding, so it cannot be shipped: its units return to stock in the same write.
        Otherwise the state stays.
        Raises: OrderStateConflict, RefundAboveRefundable.
        """
        if not self.keeps_payment:
            raise OrderStateConflict(state=self.state)
        if not 0 < amount <= self.refundable.amount:
            raise RefundAboveRefundable(refundable=self.refundable.amount)
        refunds = self.refunds.add(amount, reason, at)
        after = replace(self, refunds=refunds, version=next_version(self.version, at))
        is_whole = self.refunded + refunds.requested == self.total.amount
        return after._give_up(reason, at) if is_whole and self.state is OrderState.PAID else after

    def _give_up(self, reason: RefundReason, at: datetime) -> Self:
        """Request what is refundable. What an open chargeback holds is requested when we win it."""
        after = replace(self._transition(OrderState.REFUNDING, at, None), cancel_reason=reason)
        rest = after.refundable.amount
        return after.request_refund(rest, reason, at=at) if rest else after

    def fail_refund(self, number: int, *, at: datetime) -> Self:
        """Record that the provider could not make a request. It is repeated under a new number, after a pause.

        Unchanged if it is not open: a repeated event does not request a second refund.
        """
        return self._with_refunds(self.refunds.fail(number, at), at)

    def close_refund(self, number: int | None, amount: int, *, at: datetime) -> Self:
        """Remove the request that the provider has made; see `Refunds.close`."""
        return self._with_refunds(self.refunds.close(number, amount), at)

    def repeat_refunds(self, *, at: datetime) -> Self:
        """Record that the requests that are due were repeated."""
        return self._with_refunds(self.refunds.repeat(at), at)

    def _with_refunds(self, refunds: Refunds, at: datetime) -> Self:
        return self if refunds == self.refunds else replace(self, refunds=refunds, version=next_version(self.version, at))

    def _settle_refunds(self, at: datetime) -> Self:
        """Fit the requests to what the order has now. One that was cancelled requests all that it has again."""
        refunds = self.refunds.fit(self.total.amount - self.refunded, self.net.amount, at)
        after = replace(self, refunds=refunds)
        rest = after.refundable.amount if self.state is OrderState.REFUNDING else 0
        if self.cancel_reason is None or not rest:
            return after
        return replace(after, refunds=refunds.add(rest, self.cancel_reason, at, retry_at=at))
