"""The jobs of the service: background work that takes longer than one invocation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.commerce.repository.closing import delete_circle_items
from services.commerce.repository.export_lines import get_export_page
from services.commerce.usecases.erasure import CHECK, check_trades, erase_trades_of_user
from services.commerce.usecases.ports import Ports
from services.shared.erasure.jobs import ERASE
from services.shared.exports.jobs import EXPORT, write_parts
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import TradesExported
from services.shared.table.jobs import Job, run_jobs
from services.shared.table.purging import PURGE


def handle_jobs(ports: Ports, has_time: HasTime = always) -> int:
    """Purge closed circles, write parts of exports, and check and erase deleted accounts, while there is time.

    Returns the number of steps. Runs every minute.

    Cost: 0.5 read units without a job.
    """
    get_page = partial(get_export_page, ports.vault.decrypt)
    steps = {PURGE: partial(_purge_circle, ports), EXPORT: partial(write_parts, ports, TradesExported, get_page)}
    steps |= {CHECK: partial(check_trades, ports), ERASE: partial(erase_trades_of_user, ports)}
    return run_jobs(ports, steps, has_time)


def _purge_circle(ports: Ports, job: Job) -> Iterator[None]:
    return delete_circle_items(ports.table, job.id)
