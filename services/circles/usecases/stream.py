"""What this service derives from its own stream: counters, the guessing alarm, the audit trail."""

from __future__ import annotations

from collections.abc import Sequence

from services.circles.domain.guesses import ALARM_AT
from services.circles.repository import counters as repository
from services.circles.usecases.highlights import follow_archive
from services.circles.usecases.passcodes import quarantine_joiners
from services.circles.usecases.ports import Ports
from services.circles.usecases.tags import count_tags
from services.circles.usecases.writing import keep_revisions
from services.shared.kernel.clock import millis
from services.shared.kernel.observability import record_metric
from services.shared.messaging.counters import aggregate
from services.shared.messaging.events import GuessingAlarmRaised
from services.shared.messaging.outbox import with_pending_events
from services.shared.messaging.stream import Change
from services.shared.security.audit import put_audit_entries
from services.shared.table.port import Attr, ConditionFailed, Key

GROUP = 49  # changes a transaction: each moves at most two items, and a transaction takes a hundred


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Count a group of stream records once, keep their audit entries and what notes said before they were edited, quarantine
    whom a code that got about let in, raise the alarm if a window is over its limit."""
    put_audit_entries(ports.table, changes)
    quarantine_joiners(ports, changes)
    _measure_notes(changes)
    keep_revisions(ports, changes)
    follow_archive(ports, changes)
    count_tags(ports, changes)
    counted = [change for change in changes if repository.counters_of(change)]
    aggregate(ports.table, counted, repository.updates_of, at=ports.clock(), new_id=ports.new_id)
    for key in {key for key, _ in repository.tally(counted) if key.pk == repository.ALARM}:
        _raise_alarm(ports, key)


def _measure_notes(changes: Sequence[Change]) -> None:
    """How many pictures notes have, for the mean of the metric: from the stream, so that nobody waits for it."""
    for change in changes:
        if change.key.sk.startswith("NOTE#") and change.old is None and change.new:
            record_metric("PicturesPerNote", len(change.new["pictures"]))


def _raise_alarm(ports: Ports, key: Key) -> None:
    row = ports.table.get(key, consistent_read=True) or {}
    if row.get("wrong", 0) < ALARM_AT or "outbox" in row:
        return
    carried = with_pending_events({"version": millis(ports.clock())}, ports.new_id, GuessingAlarmRaised)
    try:
        ports.table.update(key, set=carried, when=Attr("outbox").not_exists())
    except ConditionFailed:
        return  # raised meanwhile
