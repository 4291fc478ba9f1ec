"""The outcomes of cases for their reporters: published after the decision, and once more if an appeal reverses it.

The stream plans a job for each outcome. The job publishes the latest outcome in events of at most 100 reporters. A report that
was made before the decision and comes after it is published with its own write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.review.domain import Case
from services.review.repository import cases
from services.review.repository import report_outcomes as repository
from services.review.usecases.ports import Ports
from services.shared.messaging.reports import NO_USER_ID
from services.shared.table.jobs import Job, job_write
from services.shared.table.port import Write

PUBLISH_OUTCOME = "PUBLISH_OUTCOME"  # the job that publishes the outcome of a case to its reporters


def plan_outcome(ports: Ports, before: Case | None, after: Case) -> None:
    """Plan the job of a new outcome. A repeat plans it again, and it finds that all is published. Cost: 1 write unit."""
    if after.outcome_version > (before.outcome_version if before else 0):
        ports.table.put(job_write(Job(PUBLISH_OUTCOME, after.id, ports.clock())).item, when=None)


def publish_outcome(ports: Ports, job: Job) -> Iterator[None]:
    """Publish the latest outcome of a case to its reporters, 100 at a time. Yields after each page, and continues there.

    Cost: for each page 1 write unit per 28 reporters, and 1 read unit per 4 KB of reports; 2 read units more per run.
    """
    case = cases.find_case(ports.table, job.id)
    if case is None or case.report_outcome is None:
        return
    last = repository.find_last_reporter(ports.table, case)
    while True:
        reporters, last = repository.list_reporters(ports.table, case, last)
        if last is None:
            return
        repository.put_results(ports, case, reporters, last)
        yield


def late_report_writes(ports: Ports, case: Case, reporter_id: str) -> Sequence[Write]:
    """Return what publishes the outcome to the reporter of a report that came after the decision.

    It is on the condition that the case is unchanged: the job of a later outcome reads the report, or this write fails.
    """
    return [] if reporter_id == NO_USER_ID else repository.late_result_writes(ports, case, reporter_id)
