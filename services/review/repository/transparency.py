"""Counted acts, and the counts of each month that they are added to.

`count_acts` does not write: its result is one transaction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.review.domain.transparency import Act, Count, Process, TransparencyReport, find_act
from services.review.repository.appeals import APPEALS
from services.review.repository.applications import APPLICATIONS
from services.review.repository.cases import CASES
from services.review.repository.people import SANCTION_RECORDS
from services.review.repository.successions import SUCCESSIONS
from services.shared.security.audit import AuditEntry, chain_of
from services.shared.table.items import ABSENT, Item, Key, Put, Update
from services.shared.table.port import Table

# The kinds whose entries count by what the act made of the item.
FROM_ITEM: Mapping[str, Callable[[Item], Any]] = {
    "APPLICATION": APPLICATIONS.from_item,
    "APPEAL": APPEALS.from_item,
    "CASE": CASES.from_item,
    "ACCOUNT_STATUS": SANCTION_RECORDS.from_item,
    "SUCCESSION": SUCCESSIONS.from_item,
}


def act_from_item(image: Item) -> Act | None:
    """Return what the last audit entry of an item counts as, or None if the report does not count it."""
    kind, entry = image["sk"], AuditEntry(*json.loads(image["audit"]))
    entity = FROM_ITEM[kind](image) if kind in FROM_ITEM else None
    return find_act(chain_of(image), kind, entry, entity)


def counts_key(month: str) -> Key:
    return Key(f"TRANSPARENCY#{month}", "COUNTS")


def _act_key(act: Act) -> Key:
    return Key(f"COUNTED#{act.month}", f"{act.chain}#{act.index:010}")


def count_acts(acts: Sequence[Act]) -> list[Put | Update]:
    """Return the item of each act, and one update per month.

    The condition of an item fails if its act was counted before. The items are never deleted: the counts are their sums.
    """
    sums: dict[str, Counter[str]] = {}
    for act in acts:
        sums.setdefault(act.month, Counter()).update(_names_of(act))
    items = [Put({**_act_key(act).attributes(), "counted": _names_of(act)}, ABSENT) for act in acts]
    return [*items, *(Update(counts_key(month), None, add=dict(counts)) for month, counts in sums.items())]


def is_counted(table: Table, act: Act) -> bool:
    return table.get(_act_key(act), consistent_read=True) is not None


def get_report(table: Table, month: str, *, is_complete: bool) -> TransparencyReport:
    """Return the report of a month, of zeros if nothing was counted. Cost: 0.5 read units."""
    item = table.get(counts_key(month)) or {}
    times = {process: _times_from_item(item, process) for process in Process}
    return TransparencyReport(month, is_complete, {count: item.get(count, 0) for count in Count}, times)


def _names_of(act: Act) -> list[str]:
    """Return the attributes of the month's item that an act adds 1 to."""
    return [str(act.count), *([f"{_time_prefix(act.process)}{act.bound}"] if act.process else [])]


def _time_prefix(process: Process) -> str:
    return f"time_{process}_"


def _times_from_item(item: Item, process: Process) -> dict[int, int]:
    prefix = _time_prefix(process)
    return {int(name.removeprefix(prefix)): item[name] for name in item if name.startswith(prefix)}
