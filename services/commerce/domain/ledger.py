"""The double-entry ledger: what each step of an order moves. A debit is positive, a credit negative.

Ledger accounts: `cash` is what the payment provider holds for us, `escrow:<order>` what we owe to an order,
`unapplied:<payment>` what we owe to the buyer because no order keeps the payment.
`seller:<user>`, `owner:<user>` and `platform` are what can be paid out. `seller-pending:<user>` is what a sanction on the
seller blocks, `commission-pending:<user>` a commission inside its return window, or blocked by a sanction on the owner.
`payout:<payout>` is what the provider is to pay to a payee: the entries of payouts are in `domain/payout.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from services.commerce.domain.money import Money
from services.commerce.domain.order import Order
from services.commerce.domain.order_state import DIVIDED
from services.commerce.domain.party import Parties, Payee

CASH = "cash"
PLATFORM = "platform"
COMMISSION_PENDING = "commission-pending:"


class EntryReason(StrEnum):
    """Why money moved. An order or payout has at most one entry per reason and subject.

    capture, refund: an order has one capture without a subject, which pays it. The subject of other captures names payment and
        amount, that of a refund is the provider's refund. So each has one entry, however often the provider reports it.
    chargeback, chargeback_reversal: the buyer's bank took money back, and gave it again because we won. The subject is the
        provider's chargeback.
    commission_canceled: a reviewer decided that the order is a wash trade. The seller gets the commission.
    offset: a refund that was reported before its capture counts for the order. The subject is the payment.
    payout, payout_paid, payout_returned: a payout was requested; the provider paid it; it ended without being paid.
    """

    CAPTURE = "capture"
    SPLIT = "split"
    SELLER = "seller"
    COMMISSION = "commission"
    COMMISSION_CANCELED = "commission_canceled"
    REFUND = "refund"
    OFFSET = "offset"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    PAYOUT = "payout"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RETURNED = "payout_returned"


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
    """An immutable movement of money. Its lines always sum to zero.

    order_id: the order or the payout that it belongs to. payment_id: of the capture that pays an order; empty otherwise.
    """

    order_id: str
    reason: EntryReason
    currency: str
    lines: tuple[EntryLine, ...]
    subject: str = ""
    payment_id: str = ""

    @property
    def id(self) -> str:
        """The entry among those of its order."""
        return f"{self.reason}:{self.subject}" if self.subject else str(self.reason)

    @property
    def cash_change(self) -> int:
        """How the entry changes what the provider holds for us."""
        return sum(line.amount for line in self.lines if line.ledger_account == CASH)

    @property
    def commission_owner_id(self) -> str:
        """The owner for which this entry books the first part of a commission; empty if it books none."""
        owners = (line.ledger_account for line in self.lines if line.ledger_account.startswith(COMMISSION_PENDING))
        return next(owners, "").removeprefix(COMMISSION_PENDING) if self.reason is EntryReason.SPLIT else ""

    def __post_init__(self) -> None:
        if sum(line.amount for line in self.lines) != 0:
            raise ValueError("the lines of a ledger entry must sum to zero")


def capture_entry(order: Order) -> LedgerEntry:
    """Move the buyer's payment, which the provider holds, into the order's escrow."""
    return replace(_move(order, EntryReason.CAPTURE, CASH, escrow_account(order), order.total), payment_id=order.payment_id)


def split_entry(order: Order) -> LedgerEntry:
    """Divide the escrow on receipt. The shares of unpaid payees are pending."""
    shares = order.shares
    parts = {
        seller_account(order, is_pending=Payee.SELLER in order.unpaid): shares.seller,
        PLATFORM: shares.platform,
        f"{COMMISSION_PENDING}{order.owner_id}": shares.owner,
    }
    credit_lines = [EntryLine(ledger_account, -share.amount) for ledger_account, share in parts.items() if share.amount]
    debit = EntryLine(escrow_account(order), order.net.amount)
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
        pending = f"{COMMISSION_PENDING}{before.owner_id}"
        entries.append(_move(before, EntryReason.COMMISSION, pending, payable, before.shares.owner))
    return entries


def canceled_commission_entry(order: Order) -> LedgerEntry | None:
    """Move the commission of a divided order to the seller, also after its release; None if there is none to move.

    An owner who was paid out owes it to the platform then, as after a refund.
    """
    commission = order.shares.owner
    if order.state not in DIVIDED or not commission.amount:
        return None
    kind = "commission-pending" if Payee.OWNER in order.unpaid else "owner"
    seller = seller_account(order, is_pending=Payee.SELLER in order.unpaid)
    return _move(order, EntryReason.COMMISSION_CANCELED, f"{kind}:{order.owner_id}", seller, commission)


def unapplied_capture_entry(order_id: str, payment_id: str, money: Money) -> LedgerEntry:
    """Book a captured payment that no order keeps."""
    lines = _lines(CASH, unapplied_account(payment_id), money.amount)
    subject = f"{payment_id}:{money.amount}:{money.currency}"
    return LedgerEntry(order_id, EntryReason.CAPTURE, money.currency, lines, subject)


def refund_entry(
    order_id: str, refund_id: str, payment_id: str, money: Money, of_order: tuple[EntryLine, ...] = ()
) -> LedgerEntry:
    """Book a refund. of_order: the debits of what the order bears; the unapplied payment bears the rest."""
    return _out_entry(EntryReason.REFUND, (order_id, refund_id, payment_id), money, of_order)


def chargeback_entry(
    order_id: str, chargeback_id: str, payment_id: str, money: Money, of_order: tuple[EntryLine, ...] = ()
) -> LedgerEntry:
    """Book a chargeback, as a refund."""
    return _out_entry(EntryReason.CHARGEBACK, (order_id, chargeback_id, payment_id), money, of_order)


def chargeback_reversal_entry(
    order_id: str, chargeback_id: str, payment_id: str, money: Money, of_order: tuple[EntryLine, ...] = ()
) -> LedgerEntry:
    """Book a chargeback that was won. of_order: the credits of what the order gets back."""
    back = Money(-money.amount, money.currency)
    return _out_entry(EntryReason.CHARGEBACK_REVERSAL, (order_id, chargeback_id, payment_id), back, of_order)


def _out_entry(reason: EntryReason, ids: tuple[str, str, str], money: Money, of_order: tuple[EntryLine, ...]) -> LedgerEntry:
    """Move money out of what the provider holds; a negative amount comes back. ids: of the order, subject and payment."""
    order_id, subject, payment_id = ids
    rest = money.amount - sum(line.amount for line in of_order)
    of_payment = (EntryLine(unapplied_account(payment_id), rest),) if rest else ()
    lines = (*of_order, *of_payment, EntryLine(CASH, -money.amount))
    return LedgerEntry(order_id, reason, money.currency, lines, subject)


def offset_entry(before: Order, after: Order, payment_id: str, subject: str = "") -> LedgerEntry:
    """Let an order bear what was refunded or charged back of its payment while the order could not bear it.

    subject: the payment, by default, as when its capture is reported after the refund.
    """
    debits = refund_debits(before, after)
    credit = EntryLine(unapplied_account(payment_id), -sum(line.amount for line in debits))
    return LedgerEntry(before.id, EntryReason.OFFSET, before.total.currency, (*debits, credit), subject or payment_id)


def refund_debits(before: Order, after: Order) -> tuple[EntryLine, ...]:
    """Return what a refund takes back: from the escrow, or pro rata from each payee of a divided one, also after a payout.

    The lines are credits if the order gets money back.
    """
    if before.is_in_escrow:
        return (EntryLine(escrow_account(before), before.net.amount - after.net.amount),)
    old, new = before.shares, after.shares
    owner = "commission-pending" if Payee.OWNER in before.unpaid else "owner"
    parts = {
        seller_account(before, is_pending=Payee.SELLER in before.unpaid): old.seller - new.seller,
        PLATFORM: old.platform - new.platform,
        f"{owner}:{before.owner_id}": old.owner - new.owner,
    }
    return tuple(EntryLine(ledger_account, part.amount) for ledger_account, part in parts.items() if part.amount)


def seller_account(order: Order, *, is_pending: bool = False) -> str:
    return f"seller-pending:{order.seller_id}" if is_pending else f"seller:{order.seller_id}"


def accounts_of_seller(user_id: str) -> tuple[str, ...]:
    return f"seller:{user_id}", f"seller-pending:{user_id}"


def accounts_of_owner(user_id: str) -> tuple[str, ...]:
    return f"owner:{user_id}", f"{COMMISSION_PENDING}{user_id}"


def escrow_account(order: Order) -> str:
    return f"escrow:{order.id}"


def unapplied_account(payment_id: str) -> str:
    return f"unapplied:{payment_id}"


def _move(order: Order, reason: EntryReason, debit: str, credit: str, money: Money) -> LedgerEntry:
    return LedgerEntry(order.id, reason, money.currency, _lines(debit, credit, money.amount))


def _lines(debit: str, credit: str, amount: int) -> tuple[EntryLine, ...]:
    return EntryLine(debit, amount), EntryLine(credit, -amount)
