"""Differences between the ledger and the provider: one item per movement and flaw, which is written once."""

from __future__ import annotations

from services.commerce.domain.money import Money
from services.commerce.domain.movement import Difference, Flaw
from services.shared.kernel.clock import from_millis, millis
from services.shared.messaging.events import DifferenceReported
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import ABSENT, PRESENT, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, HasTable, Table

TEXTS = ("movement", "user_id", "subject")


def difference_key(movement: str, flaw: Flaw) -> Key:
    return Key(f"DIFFERENCE#{movement}", f"FLAW#{flaw}")


def put_difference(ports: HasTable, difference: Difference) -> bool:
    """Store a difference with the event that opens its case. False if it was stored before.

    Cost: 1 write unit.
    """
    item = _difference_to_item(difference) | pending_events(ports.new_id, ports.clock(), DifferenceReported)
    try:
        ports.table.put(item, when=ABSENT)
    except ConditionFailed:
        return False
    return True


def list_differences(table: Table, movement: str) -> list[Difference]:
    """Return the differences of a movement. Cost: 0.5 read units."""
    return [_difference_from_item(item) for item in query_all(table, Query(pk=f"DIFFERENCE#{movement}", limit=10))]


def resolve_difference(table: Table, difference: Difference) -> None:
    """Store that the entry came later than the provider's list. Its case stays for the reviewers."""
    table.update(difference_key(difference.movement, difference.flaw), when=PRESENT, set={"is_resolved": True})


def _difference_to_item(difference: Difference) -> Item:
    return {
        **difference_key(difference.movement, difference.flaw).attributes(),
        **{name: getattr(difference, name) for name in TEXTS},
        "flaw": str(difference.flaw),
        "at_provider": difference.at_provider.amount,
        "in_ledger": difference.in_ledger.amount,
        "currency": difference.at_provider.currency,
        "found_at": millis(difference.found_at),
        "version": difference.version,
        "is_resolved": difference.is_resolved,
    }


def _difference_from_item(item: Item) -> Difference:
    return Difference(
        **{name: item[name] for name in TEXTS},
        flaw=Flaw(item["flaw"]),
        at_provider=Money(item["at_provider"], item["currency"]),
        in_ledger=Money(item["in_ledger"], item["currency"]),
        found_at=from_millis(item["found_at"]),
        version=item["version"],
        is_resolved=item["is_resolved"],
    )
