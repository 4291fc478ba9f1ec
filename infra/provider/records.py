"""What the sandbox records: payments, the pages where they are paid, payouts, accounts and chargebacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


class ProviderError(Exception):
    """A response other than success."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class Payment:
    """A payment. charged_back: what chargebacks took that are open or lost."""

    payment_id: str
    reference: str
    amount: int
    currency: str
    captured_at: datetime | None = None
    refunded: int = 0
    charged_back: int = 0

    @property
    def left(self) -> int:
        """What is captured, and neither refunded nor charged back."""
        return self.amount - self.refunded - self.charged_back if self.captured_at else 0


@dataclass
class PayPage:
    """A page to pay on. number: of the forms that were submitted, so that a form counts once. failure: of the last one."""

    page_id: str
    payments: list[Payment]
    methods: list[str]
    opened_at: datetime
    lifetime: timedelta
    number: int = 0
    failure: str = ""

    @property
    def open_payments(self) -> list[Payment]:
        return [payment for payment in self.payments if not payment.captured_at]

    def is_expired(self, now: datetime) -> bool:
        return now >= self.opened_at + self.lifetime


@dataclass
class Chargeback:
    """A chargeback. state: open, won or lost."""

    chargeback_id: str
    payment: Payment
    amount: int
    state: str = "open"


@dataclass
class Account:
    """The account of a payee."""

    account_id: str
    state: str = "pending"
    currently_due: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {"account_id": self.account_id, "state": self.state, "currently_due": self.currently_due}
