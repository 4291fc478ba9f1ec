"""The transparency report: what the platform decided in a month, as its audit chains have it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.review.domain.transparency import COUNTED, TransparencyReport, month_of
from services.review.errors import TransparencyReportNotFound
from services.review.repository import transparency as repository
from services.review.usecases.ports import Ports
from services.shared.messaging.stream import Change
from services.shared.table.port import ConditionFailed


def get_transparency_report(ports: Ports, month: str) -> TransparencyReport:
    """Return the report of a month (`2026-11`, UTC). That of the current month is not complete.

    Cost: 1 read unit.
    Raises: TransparencyReportNotFound (the month has not begun).
    """
    current = month_of(ports.clock())
    if month > current:
        raise TransparencyReportNotFound
    return repository.get_report(ports.table, month, is_complete=month < current)


def audited_groups(changes: Sequence[Change]) -> Iterable[Sequence[Change]]:
    """Return the changes with a new audit entry that can count, as one group."""
    group = [change for change in changes if _has_counted_entry(change)]
    return [group] if group else []


def _has_counted_entry(change: Change) -> bool:
    if change.new is None or change.new.get("audit") in (None, (change.old or {}).get("audit")):
        return False
    rules = COUNTED.get(change.key.sk)
    return rules is None or any(rules.values())


def aggregate_acts(ports: Ports, changes: Sequence[Change]) -> None:
    """Add new audit entries to the counts of their months, each entry once, however the stream delivers them.

    Each try leaves out at least one entry more: an act's item exists if its entry was counted.
    Cost: 2 write units per entry, and 2 per month of all of them.
    """
    acts = [act for change in changes if (act := repository.act_from_item(change.new or {}))]
    while acts:
        try:
            ports.table.transact(repository.count_acts(acts), token=ports.new_id("txn"))
            return
        except ConditionFailed:
            acts = [act for act in acts if not repository.is_counted(ports.table, act)]
