"""What commerce derives from its own table's stream: the balances of the ledger accounts."""

from __future__ import annotations

from collections.abc import Sequence

from services.commerce.repository.ledger import balance_updates
from services.commerce.usecases.ports import Ports
from services.shared.messaging.counters import aggregate
from services.shared.messaging.stream import Change

MAX_GROUP = 20  # changes per transaction: an entry has at most 4 lines, and a transaction holds at most 100 writes


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Add the lines of new ledger entries to the balances, each entry once."""
    aggregate(ports.table, changes, balance_updates, at=ports.clock(), new_id=ports.new_id)
