"""The port to the payment provider: what each adapter does. The contract suite is in tests/provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from services.commerce.domain.money import Money

PAYMENT_ID_PATTERN = "[A-Za-z0-9_-]{4,64}"
MAX_PARTS = 50  # of a page; a combined payment of WeChat Pay has at most 50 orders


class ProviderFailed(Exception):
    """The provider returned an error or nothing. The request can be repeated with the same reference."""


class ProviderDenied(ProviderFailed):
    """The provider understood the request and denied it, so nothing moved. A repeat without another state is denied too."""


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """What a buyer pays for one order. reference: `<buyer>/<order>`, which the events of its payment repeat."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment that the buyer completes at the provider's page."""

    id: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """The page where a buyer pays several orders at once. payments: the id of the payment of each reference."""

    pay_url: str
    payments: Mapping[str, str]

    def get_payment(self, reference: str) -> Payment:
        return Payment(self.payments[reference], self.pay_url)


class AccountState(StrEnum):
    """What a payee's account at the provider can do: `verified` ones are paid, `pending` and `restricted` ones are not."""

    PENDING = "pending"
    VERIFIED = "verified"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """The account of a payee. currently_due: the names of what the provider needs from the payee, such as a document."""

    id: str
    state: AccountState
    currently_due: tuple[str, ...] = ()


class MovementKind(StrEnum):
    """Why money moved at the provider. A chargeback takes it when it is opened; `chargeback_reversal` is one that was won."""

    CAPTURE = "capture"
    REFUND = "refund"
    PAYOUT = "payout"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came in or went out.

    id: of the payment, refund, payout or chargeback. payment_id: empty for a payout.
    reference: of the payment, `<buyer>/<order>`; of a payout, what we gave with it.
    """

    kind: MovementKind
    id: str
    payment_id: str
    reference: str
    amount: Money
    at: datetime

    @property
    def cash_change(self) -> int:
        """How the movement changes what the provider holds for us."""
        is_in = self.kind in (MovementKind.CAPTURE, MovementKind.CHARGEBACK_REVERSAL)
        return self.amount.amount if is_in else -self.amount.amount


@dataclass(frozen=True, slots=True)
class MovementPage:
    """A part of the movements of a day, the earliest first. next_cursor: of the next page; empty on the last one."""

    movements: tuple[Movement, ...]
    next_cursor: str = ""


class PaymentProvider(Protocol):
    """Every method raises ProviderFailed, and ProviderDenied if the provider denies the request itself."""

    def start(self, parts: Sequence[PaymentPart]) -> PaymentPage:
        """Return the page where the buyer pays these parts at once, with a payment for each.

        The same references return the same page, in any order. A reference has one started payment, on every page that shows
        it. The same reference with another amount is denied.
        """
        ...

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        """Request a refund of a captured payment. Its events have the reference, and a repeat of it refunds once.

        Denied above what was captured and is neither refunded nor charged back.
        """
        ...

    def pay_out(self, account_id: str, amount: Money, reference: str) -> None:
        """Request a payout to a payee. Its events have the reference, and a repeat of it pays once.

        Whether it succeeds is an event: it fails if the account is not verified, or if the provider holds less for us.
        Denied for an unknown account.
        """
        ...

    def get_account(self, account_id: str) -> ProviderAccount:
        """Return the account of a payee as it is now. Denied for an unknown account."""
        ...

    def list_movements(self, day: date, cursor: str = "") -> MovementPage:
        """Return a page of what moved on a day in UTC. cursor: of the page before; empty for the first page."""
        ...
