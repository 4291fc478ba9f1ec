"""The stand-in of the payment provider."""

from __future__ import annotations

from collections import Counter

from services.commerce.adapters.payments import Payment, ProviderFailed
from services.commerce.domain.money import Money


class FakePayments:
    """A provider in process, as strict as the sandbox: one payment per reference, refunds of at most what was captured.

    captured: the sum by payment and currency. A payment that was started counts as captured.
    refunded: the amount of each refund that was requested, by its reference.
    """

    def __init__(self) -> None:
        self.started: dict[str, tuple[Payment, Money]] = {}
        self.captured: Counter[tuple[str, str]] = Counter()
        self.refunded: dict[str, Money] = {}
        self._sums: Counter[tuple[str, str]] = Counter()

    def start(self, reference: str, amount: Money) -> Payment:
        payment, started_amount = self.started.setdefault(reference, (Payment(f"pay_{len(self.started)}", "/pay"), amount))
        assert started_amount == amount, "the same reference for another amount"
        return payment

    def capture(self, payment_id: str, amount: Money) -> None:
        """Capture an amount, beside what a started payment has."""
        self.captured[payment_id, amount.currency] += amount.amount

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        if reference in self.refunded:
            assert self.refunded[reference] == amount, "the same reference for another amount"
            return
        account = (payment_id, amount.currency)
        started = sum(
            each.amount
            for payment, each in self.started.values()
            if (payment.id, each.currency) == (payment_id, amount.currency)
        )
        if self._sums[account] + amount.amount > self.captured[account] + started:
            raise ProviderFailed("the refund exceeds what was captured")
        self._sums[account] += amount.amount
        self.refunded[reference] = amount

    def get_refunded(self, payment_id: str, currency: str) -> int:
        return self._sums[payment_id, currency]
