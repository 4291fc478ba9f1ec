"""What this service derives from its own stream.

These are counters, audit entries, the moderation log, revisions, highlight items, where the files of pictures are, quarantines
of members, memberships ended by a ban of their identity, the names and avatars that circles show, the events of likes, the
interests of who consents to campaigns and the stages of their people, a metric, and the guessing alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.circles.domain import Note
from services.circles.repository import counters as repository
from services.circles.repository import wrong_guesses
from services.circles.repository.like_events import plan_like_event
from services.circles.repository.moderation_log import put_log_entries
from services.circles.repository.notes import note_changes
from services.circles.settings import settings
from services.circles.usecases.campaign_consents import add_interests, delete_withdrawn
from services.circles.usecases.campaign_stages import record_stages
from services.circles.usecases.guardrails import count_ordinary_notes
from services.circles.usecases.highlights import update_highlight
from services.circles.usecases.identities import enforce_identity_bans
from services.circles.usecases.passcodes import quarantine_joined_members
from services.circles.usecases.people import copy_profiles
from services.circles.usecases.ports import Ports
from services.circles.usecases.revisions import update_revisions
from services.circles.usecases.tags import aggregate_tag_group, tag_groups
from services.circles.usecases.taken_down_files import update_files
from services.shared.kernel.observability import record_metric
from services.shared.messaging.counters import aggregate
from services.shared.messaging.stream import Change, Step, run_steps
from services.shared.security.audit import put_audit_entries
from services.shared.table.entities import EntityChange

MAX_GROUP = 49  # changes per transaction: each updates at most 2 items, and a transaction holds at most 100 writes


def stream_steps(ports: Ports) -> tuple[Step, ...]:
    """Return what is derived from each change. Counters are aggregated per group, all else per change.

    The audit comes first, so that nothing else delays it.
    A change moves the counters of one step only. So a change that was set aside there was not counted by another step.
    """
    return (
        Step(partial(_put_audit_entries, ports)),
        Step(partial(put_log_entries, ports.table)),
        Step(partial(_derive_items, ports)),
        Step(partial(count_ordinary_notes, ports), lambda changes: [changes]),
        Step(partial(aggregate_tag_group, ports), tag_groups),
        Step(partial(_aggregate_counters, ports), _counted),
        Step(partial(_raise_alarms, ports), _counted),
    )


def handle_changes(ports: Ports, changes: Sequence[Change]) -> None:
    """Derive everything from a group of at most 49 stream records. A repeat of the group changes nothing."""
    run_steps(stream_steps(ports), changes)


def _put_audit_entries(ports: Ports, changes: Sequence[Change]) -> None:
    put_audit_entries(ports.table, changes, ports.clock())


def _derive_items(ports: Ports, changes: Sequence[Change]) -> None:
    quarantine_joined_members(ports, changes)
    enforce_identity_bans(ports, changes)
    copy_profiles(ports, changes)
    update_revisions(ports, changes)
    for stored in changes:
        add_interests(ports, stored)
        delete_withdrawn(ports, stored)
        record_stages(ports, stored)
    for change in note_changes(changes):
        update_highlight(ports, change)
        update_files(ports, change)
        _record_pictures(change)
    for stored in changes:
        if stored.key.sk.startswith("NOTE#"):
            plan_like_event(ports.table, stored)


def _counted(changes: Sequence[Change]) -> list[Sequence[Change]]:
    counted = [change for change in changes if repository.counters_of(change)]
    return [counted] if counted else []


def _aggregate_counters(ports: Ports, changes: Sequence[Change]) -> None:
    at = ports.clock()
    aggregate(ports.table, changes, partial(repository.updates_of, at=at), at=at, new_id=ports.new_id)


def _raise_alarms(ports: Ports, changes: Sequence[Change]) -> None:
    wrong_guesses.raise_alarms(ports, repository.counted_parts(changes), settings().guessing_alarm_threshold)


def _record_pictures(change: EntityChange[Note]) -> None:
    """Record the number of pictures of a new note, from the stream, so that no request waits for the metric."""
    if change.before is None and change.after:
        record_metric("PicturesPerNote", len(change.after.content.pictures))
