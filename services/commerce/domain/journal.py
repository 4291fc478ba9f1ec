"""The ledger: immutable entries whose lines sum to zero. A debit is positive, a credit negative."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.commerce.domain.money import Money
from services.commerce.domain.order import Order

CASH = "cash"  # what the payment provider holds for us
PLATFORM = "platform"


class Reason(StrEnum):
    """Why money moved; an order has at most one entry for each."""

    CAPTURE = "capture"
    SPLIT = "split"
    COMMISSION = "commission"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Line:
    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Journal:
    order_id: str
    reason: Reason
    currency: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if sum(line.amount for line in self.lines) != 0:
            raise ValueError("an entry's lines sum to zero")


def captured(order: Order) -> Journal:
    """The buyer's money lies with the provider and is owed to the order's escrow."""
    return _move(order, Reason.CAPTURE, CASH, escrow(order), order.total)


def split(order: Order) -> Journal:
    """On receipt the escrow is shared out; the owner's commission waits for the return window."""
    shares = order.shares
    parts = {
        f"seller:{order.seller}": shares.seller,
        PLATFORM: shares.platform,
        f"commission-pending:{order.owner}": shares.owner,
    }
    lines = [Line(account, -share.amount) for account, share in parts.items() if share.amount]
    return Journal(order.id, Reason.SPLIT, order.total.currency, (Line(escrow(order), order.total.amount), *lines))


def commission_released(order: Order) -> Journal | None:
    """The return window is over: the owner may be paid. None when there is no commission."""
    owner = order.shares.owner
    if not owner.amount:
        return None
    return _move(order, Reason.COMMISSION, f"commission-pending:{order.owner}", f"owner:{order.owner}", owner)


def refunded(order: Order) -> Journal:
    return _move(order, Reason.REFUND, escrow(order), CASH, order.total)


def escrow(order: Order) -> str:
    return f"escrow:{order.id}"


def _move(order: Order, reason: Reason, debit: str, credit: str, amount: Money) -> Journal:
    return Journal(order.id, reason, amount.currency, (Line(debit, amount.amount), Line(credit, -amount.amount)))
