"""The stand-in of the payment provider."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.commerce.adapters.payments import PaymentPage, PaymentPart, ProviderFailed
from services.commerce.domain.money import Money


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that was started for one order."""

    id: str
    pay_url: str


class FakePayments:
    """A provider in process, as strict as the sandbox: one payment per reference, refunds of at most what was captured.

    captured: the sum by payment and currency, beside what was started. refunds: the payment and the amount by reference.
    """

    def __init__(self) -> None:
        self.started: dict[str, tuple[Payment, Money]] = {}
        self.captured: Counter[tuple[str, str]] = Counter()
        self.refunds: dict[str, tuple[str, Money]] = {}

    @property
    def refunded(self) -> dict[str, Money]:
        """The amount of each refund, by its reference."""
        return {reference: amount for reference, (_, amount) in self.refunds.items()}

    def start(self, parts: Sequence[PaymentPart]) -> PaymentPage:
        payments = {part.reference: self.start_one(part.reference, part.amount).id for part in parts}
        return PaymentPage("/pay", payments)

    def start_one(self, reference: str, amount: Money) -> Payment:
        """Return the payment of one order: a new one, or the one started for it before."""
        payment, started_amount = self.started.setdefault(reference, (Payment(f"pay_{len(self.started)}", "/pay"), amount))
        assert started_amount == amount, "the same reference for another amount"
        return payment

    def capture(self, payment_id: str, amount: Money) -> None:
        """Capture an amount, beside what a started payment has."""
        self.captured[payment_id, amount.currency] += amount.amount

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        if reference in self.refunds:
            assert self.refunds[reference] == (payment_id, amount), "the same reference for another refund"
            return
        left = self.get_captured(payment_id, amount.currency) - self.get_refunded(payment_id, amount.currency)
        if amount.amount > left:
            raise ProviderFailed("the refund exceeds what was captured")
        self.refunds[reference] = (payment_id, amount)

    def get_captured(self, payment_id: str, currency: str) -> int:
        """Return what was captured; a payment that was started counts as captured, so that tests need not say so."""
        started = (amount for payment, amount in self.started.values() if payment.id == payment_id)
        return self.captured[payment_id, currency] + sum(each.amount for each in started if each.currency == currency)

    def get_refunded(self, payment_id: str, currency: str) -> int:
        refunds = (amount for refunded_id, amount in self.refunds.values() if refunded_id == payment_id)
        return sum(each.amount for each in refunds if each.currency == currency)
