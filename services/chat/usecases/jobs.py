"""The jobs of the service: background work that takes longer than one invocation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.chat.repository.closing import delete_circle_items
from services.chat.repository.export_lines import get_export_page
from services.chat.usecases.erasure import erase_messages_of_user
from services.chat.usecases.ports import Ports
from services.chat.usecases.retention import RETENTION, purge_room
from services.shared.erasure.jobs import ERASE
from services.shared.exports.jobs import EXPORT, write_parts
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import MessagesExported
from services.shared.table.jobs import Job, run_jobs
from services.shared.table.purging import PURGE


def handle_jobs(ports: Ports, has_time: HasTime = always) -> int:
    """Purge closed circles and expired messages, write exports and erase deleted accounts while there is time.

    Returns the number of steps. Runs every minute.

    Cost: 0.5 read units without a job.
    """
    steps = {PURGE: partial(_purge_circle, ports), EXPORT: partial(write_parts, ports, MessagesExported, get_export_page)}
    steps |= {ERASE: partial(erase_messages_of_user, ports), RETENTION: partial(purge_room, ports)}
    return run_jobs(ports, steps, has_time)


def _purge_circle(ports: Ports, job: Job) -> Iterator[None]:
    return delete_circle_items(ports.table, job.id)
