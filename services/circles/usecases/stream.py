"""What this service derives from its own stream.

These are counters, audit entries, revisions, highlight items, quarantines of members, a metric, and the guessing alarm.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.circles.domain.attempts import ALARM_THRESHOLD
from services.circles.repository import counters as repository
from services.circles.usecases.highlights import update_highlight_items
from services.circles.usecases.passcodes import quarantine_joined_members
from services.circles.usecases.ports import Ports
from services.circles.usecases.revisions import put_revisions
from services.circles.usecases.tags import aggregate_tags
from services.shared.kernel.clock import millis
from services.shared.kernel.observability import record_metric
from services.shared.messaging.counters import aggregate
from services.shared.messaging.events import GuessingAlarmRaised
from services.shared.messaging.outbox import with_pending_events
from services.shared.messaging.stream import Change
from services.shared.security.audit import put_audit_entries
from services.shared.table.port import Attr, ConditionFailed, Key

MAX_GROUP = 49  # changes per transaction: each updates at most 2 items, and a transaction holds at most 100 writes


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Derive everything from a group of at most 49 stream records. A repeat of the group changes nothing."""
    put_audit_entries(ports.table, changes)
    quarantine_joined_members(ports, changes)
    _record_pictures_per_note(changes)
    put_revisions(ports, changes)
    update_highlight_items(ports, changes)
    aggregate_tags(ports, changes)
    counted = [change for change in changes if repository.counters_of(change)]
    aggregate(ports.table, counted, repository.updates_of, at=ports.clock(), new_id=ports.new_id)
    for key in {key for key, _ in repository.sum_changes(counted) if key.pk == repository.ALARM}:
        _raise_alarm(ports, key)


def _record_pictures_per_note(changes: Sequence[Change]) -> None:
    """Record the number of pictures of each new note.

    From the stream, so that no request waits for the metric.
    """
    for change in changes:
        if change.key.sk.startswith("NOTE#") and change.old is None and change.new:
            record_metric("PicturesPerNote", len(change.new["pictures"]))


def _raise_alarm(ports: Ports, key: Key) -> None:
    """Publish GuessingAlarmRaised if a window's wrong passcodes reach the threshold.

    Unchanged if it was published.
    """
    item = ports.table.get(key, consistent_read=True) or {}
    if item.get("wrong_guesses", 0) < ALARM_THRESHOLD or "outbox" in item:
        return
    pending_event = with_pending_events({"version": millis(ports.clock())}, ports.new_id, GuessingAlarmRaised)
    try:
        ports.table.update(key, set=pending_event, when=Attr("outbox").not_exists())
    except ConditionFailed:
        return  # another handler has raised it
