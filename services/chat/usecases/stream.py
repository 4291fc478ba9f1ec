"""What this service derives from its own stream: audit entries, heads of rooms, earlier texts, pictures' files, pushes, days.

It deletes the surroundings of reports too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import partial

from services.chat.repository.message_items import MESSAGE, RETRIED
from services.chat.repository.messages import numbers_of, room_of_message
from services.chat.repository.room_acts import ACTS
from services.chat.usecases.guardrails import count_ordinary_messages, is_by_owner
from services.chat.usecases.heads import update_head
from services.chat.usecases.member_days import is_sent, record_member_days
from services.chat.usecases.notification_pushes import is_renewed, push_notifications
from services.chat.usecases.notifying_messages import is_notifying, notify_messages
from services.chat.usecases.picture_files import has_files, update_files
from services.chat.usecases.ports import Ports
from services.chat.usecases.pushes import push_burst
from services.chat.usecases.reactions import count_reactions, group_reactions
from services.chat.usecases.revisions import apply_revisions, is_revised
from services.shared.messaging.stream import Change, Changes, Step
from services.shared.security.audit import put_audit_entries
from services.shared.table.reports import SURROUNDINGS, delete_surroundings

MAX_GROUP = 100  # changes that are processed together: a whole batch


def stream_steps(ports: Ports) -> tuple[Step, ...]:
    """Return what is derived from changes: of messages heads, pushes of bursts and files; of notifications their pushes.

    Of a message that was edited, recalled or removed also its earlier content and the frames of open screens, after the head:
    a chat list that a frame makes a client read is not behind it. Of a message that mentions or answers users
    their notifications. Of reactions the counts of their messages. Of the owner's messages the ordinary ones. Of the first
    message of a day that the member was active. A report loses its surroundings, which its event has.
    """
    return (
        Step(partial(_put_audit_entries, ports), _audited),
        Step(partial(update_head, ports), _by_room),
        Step(partial(_push_burst, ports), lambda changes: _by_room(filter(_needs_push, changes))),
        Step(partial(update_files, ports), _with_files),
        Step(partial(apply_revisions, ports), _revised),
        Step(partial(notify_messages, ports), _notifying),
        Step(partial(count_reactions, ports), group_reactions),
        Step(partial(count_ordinary_messages, ports), _by_owner),
        Step(partial(record_member_days, ports), _sent),
        Step(partial(push_notifications, ports), _renewed),
        Step(partial(_delete_surroundings, ports), _with_surroundings),
    )


def _put_audit_entries(ports: Ports, changes: Changes) -> None:
    put_audit_entries(ports.table, changes, ports.clock())


def _audited(changes: Changes) -> list[Changes]:
    """The changes with an audit entry: removals of messages, and acts on rooms.

    The entries of settings are written with them, in one transaction.
    """
    audited = (MESSAGE, ACTS)
    return [[change] for change in changes if change.key.sk.startswith(audited) and change.new and "audit" in change.new]


def _revised(changes: Changes) -> list[Changes]:
    return [[change] for change in changes if is_revised(change)]


def _needs_push(change: Change) -> bool:
    """Whether a change is a new message that its sender did not push, or the mark of one whose sender can have died before."""
    if change.new is None:
        return False
    return "in_burst" in change.new if change.old is None else RETRIED in change.new and RETRIED not in change.old


def _push_burst(ports: Ports, changes: Changes) -> None:
    circle_id, room_id = room_of_message(changes[0].key)
    push_burst(ports, circle_id, room_id, numbers_of(changes))


def _by_owner(changes: Changes) -> list[Changes]:
    own = [change for change in changes if is_by_owner(change)]
    return [own] if own else []


def _sent(changes: Changes) -> list[Changes]:
    sent = [change for change in changes if is_sent(change)]
    return [sent] if sent else []


def _by_room(changes: Iterable[Change]) -> list[Changes]:
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.key.sk.startswith(MESSAGE):
            groups[change.key.pk].append(change)
    return list(groups.values())


def _with_files(changes: Changes) -> list[Changes]:
    return [[change] for change in changes if has_files(change)]


def _renewed(changes: Changes) -> list[Changes]:
    """Each notification is a group of its own, so that one that fails is set aside alone."""
    return [[change] for change in changes if is_renewed(change)]


def _with_surroundings(changes: Changes) -> list[Changes]:
    return [[change] for change in changes if change.new and SURROUNDINGS in change.new]


def _delete_surroundings(ports: Ports, changes: Changes) -> None:
    """Delete the surroundings of a report. The relay publishes them from the record of the stream, not from the item."""
    delete_surroundings(ports.table, changes[0].key)


def _notifying(changes: Changes) -> list[Changes]:
    return [[change] for change in changes if is_notifying(change)]
