"""The double-entry ledger: what each step of an order moves. A debit is positive, a credit negative.

Ledger accounts: `cash` is what the payment provider holds for us, `escrow:<order>` what we owe to an order.
`seller:<user>`, `owner:<user>` and `platform` are what can be paid out. `commission-pending:<user>` is a commission inside its
return window.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.commerce.domain.money import Money
from services.commerce.domain.order import Order

CASH = "cash"
PLATFORM = "platform"


class EntryReason(StrEnum):
    """Why money moved. An order has at most one entry per reason."""

    CAPTURE = "capture"
    SPLIT = "split"
    COMMISSION = "commission"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class EntryLine:
    ledger_account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account of the ledger sums to. A debit balance is positive."""

    ledger_account: str
    currency: str
    balance: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An immutable movement of money. Its lines always sum to zero."""

    order_id: str
    reason: EntryReason
    currency: str
    lines: tuple[EntryLine, ...]

    def __post_init__(self) -> None:
        if sum(line.amount for line in self.lines) != 0:
            raise ValueError("the lines of a ledger entry must sum to zero")


def capture_entry(order: Order) -> LedgerEntry:
    """Move the buyer's payment, which the provider holds, into the order's escrow."""
    return _move(order, EntryReason.CAPTURE, CASH, escrow_account(order), order.total)


def split_entry(order: Order) -> LedgerEntry:
    """Divide the escrow on receipt. The owner's commission is pending until the return window ends."""
    shares = order.shares
    parts = {
        f"seller:{order.seller_id}": shares.seller,
        PLATFORM: shares.platform,
        f"commission-pending:{order.owner_id}": shares.owner,
    }
    credit_lines = [EntryLine(ledger_account, -share.amount) for ledger_account, share in parts.items() if share.amount]
    debit = EntryLine(escrow_account(order), order.total.amount)
    return LedgerEntry(order.id, EntryReason.SPLIT, order.total.currency, (debit, *credit_lines))


def commission_entry(order: Order) -> LedgerEntry | None:
    """Release the owner's commission after the return window; None if the order has no commission."""
    owner = order.shares.owner
    if not owner.amount:
        return None
    return _move(order, EntryReason.COMMISSION, f"commission-pending:{order.owner_id}", f"owner:{order.owner_id}", owner)


def refund_entry(order: Order) -> LedgerEntry:
    return _move(order, EntryReason.REFUND, escrow_account(order), CASH, order.total)


def escrow_account(order: Order) -> str:
    return f"escrow:{order.id}"


def _move(order: Order, reason: EntryReason, debit: str, credit: str, money: Money) -> LedgerEntry:
    lines = (EntryLine(debit, money.amount), EntryLine(credit, -money.amount))
    return LedgerEntry(order.id, reason, money.currency, lines)
