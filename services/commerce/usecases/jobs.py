"""The jobs of the service: background work that takes longer than one invocation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.commerce.repository.closing import delete_circle_items
from services.commerce.usecases.erasure import CHECK, check_trades, erase_trades_of_user
from services.commerce.usecases.exports import get_page_with_pictures
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.reconciliation import RECONCILE, reconcile_day
from services.commerce.usecases.suspicions import DECIDE, SEARCH, apply_decision, search_trades
from services.shared.erasure.jobs import ERASE
from services.shared.exports.jobs import EXPORT, write_parts
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.messaging.events import TradesExported
from services.shared.pictures.files import delete_files_of_scope
from services.shared.table.jobs import Job, run_jobs
from services.shared.table.purging import PURGE


def handle_jobs(ports: Ports, has_time: HasTime = always) -> int:
    """Purge circles, write exports, check and erase accounts, reconcile days, search for wash trade, while there is time.

    Returns the number of steps. Runs every minute.

    Cost: 0.5 read units without a job.
    """
    steps = {
        PURGE: partial(_purge_circle, ports),
        EXPORT: partial(write_parts, ports, TradesExported, partial(get_page_with_pictures, ports)),
    }
    steps |= {CHECK: partial(check_trades, ports), ERASE: partial(erase_trades_of_user, ports)}
    steps[RECONCILE] = partial(reconcile_day, ports)
    steps |= {SEARCH: partial(search_trades, ports), DECIDE: partial(apply_decision, ports)}
    return run_jobs(ports, steps, has_time)


def _purge_circle(ports: Ports, job: Job) -> Iterator[None]:
    """Delete the items, then the files of the circle's pictures."""
    yield from delete_circle_items(ports.table, job.id)
    yield from delete_files_of_scope(ports.pictures, job.id)
