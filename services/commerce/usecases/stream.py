"""What commerce derives from its own table's stream: balances, files, ends of addresses, attributions, large stocks, trades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from services.commerce.repository import ledger as repository
from services.commerce.repository.balances import count_entries, is_counted
from services.commerce.usecases.divided_stock import follow_stock, with_stock
from services.commerce.usecases.order_addresses import plan_erasure_of_address
from services.commerce.usecases.picture_files import has_files, update_files
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.suspicions import record_trades, traded_orders
from services.commerce.usecases.touches import attribute_order, placed_orders
from services.shared.messaging.stream import Change, Step, run_steps
from services.shared.table.port import ConditionFailed

# Entries per transaction, which holds at most 100 writes: an entry has a marker, at most 3 lines beside `cash` and `platform`,
# which all entries share, and the sums of at most 2 payees.
MAX_GROUP = 16


def stream_steps(ports: Ports) -> tuple[Step, ...]:
    """Return what is derived from each change."""
    return (
        Step(partial(_aggregate_entries, ports), _groups),
        Step(partial(update_files, ports), _with_files),
        Step(partial(plan_erasure_of_address, ports)),
        Step(partial(attribute_order, ports), placed_orders),
        Step(partial(follow_stock, ports), with_stock),
        Step(partial(record_trades, ports), traded_orders),
    )


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Process changes, each once, however the stream delivers them."""
    run_steps(stream_steps(ports), changes)


def _with_files(changes: Sequence[Change]) -> Iterable[Sequence[Change]]:
    return [[change] for change in changes if has_files(change)]


def _groups(changes: Sequence[Change]) -> Iterable[Sequence[Change]]:
    entries = [change for change in changes if repository.is_new_entry(change)]
    return [entries[start : start + MAX_GROUP] for start in range(0, len(entries), MAX_GROUP)]


def _aggregate_entries(ports: Ports, changes: Sequence[Change]) -> None:
    """Write the markers of the entries and add their lines to the balances, in one transaction.

    A marker exists if its entry was counted. It is never deleted, so each try leaves out at least one entry more.
    Cost: 2 write units per entry; 2 per ledger account, 2 for the sums of each payee and of the platform, of all of them; 1 for
    each index of an entry: of seller, of owner, and of cash that is not reconciled.
    """
    entries = [repository.entry_from_change(change) for change in changes]
    while entries:
        try:
            ports.table.transact(count_entries(entries, ports.clock()), token=ports.new_id("txn"))
            return
        except ConditionFailed:
            entries = [entry for entry in entries if not is_counted(ports.table, entry)]
