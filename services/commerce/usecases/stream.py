"""What commerce derives from its own table's stream: balances of ledger accounts, and when addresses of orders are erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from services.commerce.repository import ledger as repository
from services.commerce.usecases.order_addresses import plan_erasure_of_address
from services.commerce.usecases.ports import Ports
from services.shared.messaging.stream import Change, Step, run_steps
from services.shared.table.port import ConditionFailed

# Entries per transaction, which holds at most 100 writes: an entry has a marker, and beside `cash` and `platform`, which all
# entries share, at most 3 lines.
MAX_GROUP = 20


def stream_steps(ports: Ports) -> tuple[Step, ...]:
    """Return what is derived from each change."""
    return (Step(partial(_aggregate_entries, ports), _groups), Step(partial(plan_erasure_of_address, ports)))


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Run the steps: each ledger entry counts once, and an address has one end, however the stream delivers changes."""
    run_steps(stream_steps(ports), changes)


def _groups(changes: Sequence[Change]) -> Iterable[Sequence[Change]]:
    entries = [change for change in changes if repository.is_new_entry(change)]
    return [entries[start : start + MAX_GROUP] for start in range(0, len(entries), MAX_GROUP)]


def _aggregate_entries(ports: Ports, changes: Sequence[Change]) -> None:
    """Write the markers of the entries and add their lines to the balances, in one transaction.

    A marker exists if its entry was counted. It is never deleted, so each try leaves out at least one entry more.
    Cost: 2 write units per entry, and 2 per ledger account of all of them.
    """
    entries = [repository.entry_from_change(change) for change in changes]
    while entries:
        try:
            ports.table.transact(repository.count_entries(entries), token=ports.new_id("txn"))
            return
        except ConditionFailed:
            entries = [entry for entry in entries if not repository.is_counted(ports.table, entry)]
