"""The jobs of the service: background work that takes longer than one invocation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from services.review.repository import cases
from services.review.repository.export_lines import get_export_page
from services.review.usecases.appeals import erase_appeal
from services.review.usecases.cases import ERASE_CASE
from services.review.usecases.erasure import erase_case, erase_reports_of_user
from services.review.usecases.ports import Ports
from services.review.usecases.product_metrics import FIGURE_JOBS, FIGURES, compute_circle_figures
from services.review.usecases.report_outcomes import PUBLISH_OUTCOME, publish_outcome
from services.shared.erasure.jobs import ERASE
from services.shared.exports.jobs import EXPORT, write_parts
from services.shared.kernel.remaining_time import HasTime, always, latched
from services.shared.messaging.events import ReportsExported
from services.shared.table.jobs import Job, job_write, run_jobs
from services.shared.table.purging import PURGE
from services.shared.table.versioned import update


def handle_jobs(ports: Ports, has_time: HasTime = always) -> int:
    """Purge circles, write exports, erase accounts and publish outcomes of cases, then compute figures, while there is time.

    Returns the number of steps. Runs every minute. The figures of all circles are due in the same night. They come last, so
    they delay no purge, export or erasure.

    Cost: 1 read unit without a job.
    """
    steps = {PURGE: partial(_purge_circle, ports), EXPORT: partial(write_parts, ports, ReportsExported, get_export_page)}
    steps |= {ERASE: partial(erase_reports_of_user, ports), ERASE_CASE: partial(erase_case, ports)}
    steps |= {PUBLISH_OUTCOME: partial(publish_outcome, ports)}
    figures = {FIGURES: partial(compute_circle_figures, ports)}
    left = latched(has_time)
    return run_jobs(ports, steps, left) + run_jobs(ports, figures, left, partition=FIGURE_JOBS)


def _purge_circle(ports: Ports, job: Job) -> Iterator[None]:
    """Erase the texts of the circle's cases, and mark those that a decision needs. Yields after each case.

    A marked case plans this job again when it is decided, and for the end of its author's time to appeal: what reviewers still
    have to decide about stays as evidence until then. Applications and tenures end by their own rules.
    """
    for case_id in cases.iter_case_ids(ports.table, job.id):
        load = partial(cases.load_case, ports.table, case_id)
        case = update(ports, load, lambda case: case.close_circle(at=ports.clock()))
        if case.erased:
            cases.erase_reports(ports.table, case_id)
            erase_appeal(ports, case_id)
        elif case.appeal_until and ports.clock() < case.appeal_until:
            ports.table.put(job_write(Job(PURGE, job.id, case.appeal_until)).item, when=None)
        yield
