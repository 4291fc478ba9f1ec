"""What the provider's list of movements must have for a ledger entry, and how the two can differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.commerce.domain.ledger import EntryReason, LedgerEntry
from services.commerce.domain.money import Money


def movement_of(entry: LedgerEntry) -> str:
    """Return the name of the provider's movement behind an entry with cash: its kind, and an id that both sides know.

    A capture is named by its payment, a refund by its id at the provider, a payout by ours.
    """
    if entry.reason is EntryReason.CAPTURE:
        return f"capture:{entry.payment_id or entry.subject.partition(':')[0]}"
    if entry.reason is EntryReason.PAYOUT_PAID:
        return f"payout:{entry.order_id}"
    return f"{entry.reason}:{entry.subject}"


class Flaw(StrEnum):
    """How the ledger and the provider differ about a movement.

    not_in_ledger: the provider has it. not_at_provider: the ledger has it. amount_differs: both have it.
    unconfirmed: a payout was requested and has no result for too long. contradicted: the provider reports another result, or
        another amount, of a payout than before.
    """

    NOT_IN_LEDGER = "not_in_ledger"
    NOT_AT_PROVIDER = "not_at_provider"
    AMOUNT_DIFFERS = "amount_differs"
    UNCONFIRMED = "unconfirmed"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Difference:
    """A movement about which the ledger and the provider differ. Reviewers get one case of each.

    movement: its name, as `movement_of` returns it. user_id: the buyer or payee; empty if the provider names none that we know.
    subject: the order or payout; empty if unknown. at_provider, in_ledger: the change of cash on each side; 0 if it has none.
    is_resolved: whether the entry came later, with the same amount.
    """

    movement: str
    flaw: Flaw
    user_id: str
    subject: str
    at_provider: Money
    in_ledger: Money
    found_at: datetime
    version: int
    is_resolved: bool = False
