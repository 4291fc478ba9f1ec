"""The stand-in of the payment provider."""

from __future__ import annotations

from services.commerce.adapters.payments import Payment
from services.commerce.domain.money import Money


class FakePayments:
    """A provider in process, as strict as the sandbox: one payment per reference, refunds only of the whole amount."""

    def __init__(self) -> None:
        self.started: dict[str, tuple[Payment, Money]] = {}
        self.refunded: dict[str, Money] = {}

    def start(self, reference: str, amount: Money) -> Payment:
        payment, started_amount = self.started.setdefault(reference, (Payment(f"pay_{len(self.started)}", "/pay"), amount))
        assert started_amount == amount, "the same reference for another amount"
        return payment

    def refund(self, payment_id: str, amount: Money) -> None:
        assert any(payment.id == payment_id and started_amount == amount for payment, started_amount in self.started.values())
        self.refunded[payment_id] = amount
