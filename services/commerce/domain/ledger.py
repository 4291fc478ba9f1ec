"""The double-entry ledger: what each step of an order moves. A debit is positive, a credit negative.

Ledger accounts: `cash` is what the payment provider holds for us, `escrow:<order>` what we owe to an order.
`seller:<user>`, `owner:<user>` and `platform` are what can be paid out. `seller-pending:<user>` is what a sanction on the
seller blocks, `commission-pending:<user>` a commission inside its return window, or blocked by a sanction on the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.commerce.domain.money import Money
from services.commerce.domain.order import Order
from services.commerce.domain.party import Parties, Payee

CASH = "cash"
PLATFORM = "platform"


class EntryReason(StrEnum):
    """Why money moved. An order has at most one entry per reason."""

    CAPTURE = "capture"
    SPLIT = "split"
    SELLER = "seller"
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
    """Divide the escrow on receipt. The shares of unpaid payees are pending."""
    shares = order.shares
    parts = {
        seller_account(order, is_pending=Payee.SELLER in order.unpaid): shares.seller,
        PLATFORM: shares.platform,
        f"commission-pending:{order.owner_id}": shares.owner,
    }
    credit_lines = [EntryLine(ledger_account, -share.amount) for ledger_account, share in parts.items() if share.amount]
    debit = EntryLine(escrow_account(order), order.total.amount)
    return LedgerEntry(order.id, EntryReason.SPLIT, order.total.currency, (debit, *credit_lines))


def release_entries(before: Order, after: Order, parties: Parties) -> list[LedgerEntry]:
    """Move the shares that became payable from their pending accounts.

    A commission that the owner does not earn goes to the seller.
    """
    released = before.unpaid - after.unpaid
    entries, seller = [], seller_account(before)
    if Payee.SELLER in released:
        pending = seller_account(before, is_pending=True)
        entries.append(_move(before, EntryReason.SELLER, pending, seller, before.shares.seller))
    if Payee.OWNER in released:
        payable = f"owner:{before.owner_id}" if parties.owner_earns else seller
        pending = f"commission-pending:{before.owner_id}"
        entries.append(_move(before, EntryReason.COMMISSION, pending, payable, before.shares.owner))
    return entries


def refund_entry(order: Order) -> LedgerEntry:
    return _move(order, EntryReason.REFUND, escrow_account(order), CASH, order.total)


def seller_account(order: Order, *, is_pending: bool = False) -> str:
    return f"seller-pending:{order.seller_id}" if is_pending else f"seller:{order.seller_id}"


def escrow_account(order: Order) -> str:
    return f"escrow:{order.id}"


def _move(order: Order, reason: EntryReason, debit: str, credit: str, money: Money) -> LedgerEntry:
    lines = (EntryLine(debit, money.amount), EntryLine(credit, -money.amount))
    return LedgerEntry(order.id, reason, money.currency, lines)
