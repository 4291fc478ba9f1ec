"""The jobs of the service: background work that takes longer than one invocation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.chat.repository.closing import delete_circle_items
from services.chat.repository.retention_jobs import RETENTION
from services.chat.repository.rooms import iter_rooms
from services.chat.usecases.erasure import erase_messages_of_user
from services.chat.usecases.exports import get_page_with_pictures
from services.chat.usecases.notifying import UPDATE_VISIBILITY, update_visibility
from services.chat.usecases.ports import Ports
from services.chat.usecases.retention import purge_room
from services.shared.erasure.jobs import ERASE
from services.shared.exports.jobs import EXPORT, write_parts
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import MessagesExported
from services.shared.pictures.files import delete_files_of_scope
from services.shared.table.jobs import Job, run_jobs
from services.shared.table.purging import PURGE


def handle_jobs(ports: Ports, has_time: HasTime = always) -> int:
    """Purge circles and expired messages, write exports, erase accounts and hide notifications while there is time.

    Returns the number of steps. Runs every minute.

    Cost: 0.5 read units without a job.
    """
    steps = {
        PURGE: partial(_purge_circle, ports),
        EXPORT: partial(write_parts, ports, MessagesExported, partial(get_page_with_pictures, ports)),
        ERASE: partial(erase_messages_of_user, ports),
        RETENTION: partial(purge_room, ports),
        UPDATE_VISIBILITY: partial(update_visibility, ports),
    }
    return run_jobs(ports, steps, has_time)


def _purge_circle(ports: Ports, job: Job) -> Iterator[None]:
    """Delete the files of each room, whose item names them, then the items."""
    for room in iter_rooms(ports.table, job.id):
        yield from delete_files_of_scope(ports.pictures, room.id)
    yield from delete_circle_items(ports.table, job.id)
