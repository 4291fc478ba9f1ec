"""What the ledger counts for the desks and statements of payees: sums by month and reason, and lines of movements.

A payee is a user as seller or as owner. What is payable to them and what is pending are two ledger accounts and one statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.commerce.domain.ledger import COMMISSION_PENDING, PLATFORM, EntryReason, LedgerEntry
from services.shared.kernel.clock import china_day, shift_month

SELLER, OWNER = "seller:", "owner:"
SELLER_PENDING = "seller-pending:"
PAYABLE_OF = {SELLER: SELLER, SELLER_PENDING: SELLER, OWNER: OWNER, COMMISSION_PENDING: OWNER}
PENDING_OF = {SELLER: SELLER_PENDING, OWNER: COMMISSION_PENDING}
PENDING = "pending_"  # begins the name of a sum of a pending ledger account


def payee_of(ledger_account: str) -> str:
    """Return the payable ledger account of the payee that an account belongs to; empty if it belongs to none."""
    kind, colon, user_id = ledger_account.partition(":")
    payable = PAYABLE_OF.get(kind + colon)
    return f"{payable}{user_id}" if payable else ""


def pending_account(payable: str) -> str:
    """Return the pending ledger account of a payee."""
    kind, colon, user_id = payable.partition(":")
    return f"{PENDING_OF[kind + colon]}{user_id}"


def sums_of(entry: LedgerEntry) -> dict[str, dict[str, int]]:
    """Return what an entry adds to the sums of each payee and of the platform, by the name of the sum."""
    sums: dict[str, dict[str, int]] = {}
    for line in entry.lines:
        payee = PLATFORM if line.ledger_account == PLATFORM else payee_of(line.ledger_account)
        if payee:
            name = str(entry.reason) if line.ledger_account == payee else f"{PENDING}{entry.reason}"
            of_payee = sums.setdefault(payee, {})
            of_payee[name] = of_payee.get(name, 0) + line.amount
    return sums


def day_of(at: datetime) -> str:
    """Return the day in China, as `2026-11-30`."""
    return china_day(at).isoformat()


def months_until(last: str, count: int) -> list[str]:
    """Return this month and the ones before it, the latest first."""
    return [shift_month(last, -back) for back in range(count)]


@dataclass(frozen=True, slots=True)
class Figures:
    """The sums of a payee in one period, by reason. What the payee gets is positive: the sign of the ledger is turned.

    period: a month of a payee, a day of the platform. payable, pending: of the two ledger accounts.
    """

    period: str
    payable: Mapping[EntryReason, int]
    pending: Mapping[EntryReason, int]

    @classmethod
    def of(cls, period: str, sums: Mapping[str, int]) -> Figures:
        """Build the figures from sums by name, as `sums_of` returns them."""
        payable = {EntryReason(name): -sum_ for name, sum_ in sums.items() if not name.startswith(PENDING)}
        pending = {EntryReason(name.removeprefix(PENDING)): -sum_ for name, sum_ in sums.items() if name.startswith(PENDING)}
        return cls(period, payable, pending)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of a ledger account of a payee, or the sum of a day and reason of the platform.

    booked_at: when the balance changed. subject: the order or payout; empty for a sum. is_pending: of the pending account.
    amount: what the payee gets is positive.
    """

    booked_at: datetime
    reason: EntryReason
    subject: str
    is_pending: bool
    amount: int
    currency: str
