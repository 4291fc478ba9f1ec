"""What this service derives from its own stream: the heads of rooms."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from services.chat.usecases.heads import update_head
from services.chat.usecases.ports import Ports
from services.shared.messaging.stream import Change, Changes, Step

MAX_GROUP = 100  # changes that are processed together: a whole batch


def stream_steps(ports: Ports) -> tuple[Step, ...]:
    """Return what is derived from each change of a message: the head of its room."""
    return (Step(partial(update_head, ports), _by_room),)


def _by_room(changes: Changes) -> list[Changes]:
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        groups[change.key.pk].append(change)
    return list(groups.values())
