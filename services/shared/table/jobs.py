"""Background work that takes longer than one invocation, such as the purge of a circle.

A job is an item of the partition JOBS until it is done. The schedule of the service takes steps of the jobs that are due, in
turns, while there is time. A job whose run was interrupted continues in the next run, so each step must be safe to repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.shared.kernel.clock import from_rfc3339, rfc3339
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime
from services.shared.table.items import Item, Key, Put, Query
from services.shared.table.port import HasTable, Table

JOBS = "JOBS"
MAX_JOBS = 100  # per run, the longest due first


@dataclass(frozen=True, slots=True)
class Job:
    """kind: what is to be done. id: of the entity that it is about. partition: its own for jobs that must delay no others."""

    kind: str
    id: str
    due_at: datetime
    partition: str = JOBS

    @property
    def key(self) -> Key:
        return Key(self.partition, f"{rfc3339(self.due_at)}#{self.kind}#{self.id}")


Steps = Callable[[Job], Iterator[None]]  # yields after each step; the job is done when it ends


def job_write(job: Job) -> Put:
    """Return the write that plans a job. A repeat plans the same job."""
    return Put(job.key.attributes(), None)


def run_jobs(ports: HasTable, steps: Mapping[str, Steps], has_time: HasTime, *, partition: str = JOBS) -> int:
    """Take steps of the due jobs of a partition in turns, while there is time, and return their number.

    A job that fails is logged and tried again in the next run; the others continue.
    """
    running = {job: steps[job.kind](job) for job in _list_due_jobs(ports.table, partition, ports.clock())}
    taken = 0
    while running:
        for job, work in list(running.items()):
            if not has_time():
                return taken
            taken += 1
            if not _take_step(ports.table, job, work):
                del running[job]
    return taken


def _take_step(table: Table, job: Job, work: Iterator[None]) -> bool:
    """Take one step, and return whether the job goes on in this run. A job without another step is deleted."""
    try:
        if next(work, True) is None:
            return True
        table.delete(job.key, when=None)
    except Exception as error:  # noqa: BLE001 (one job that fails must not stop the others; the next run tries it again)
        logger().warning("job failed", job=job.kind, id=job.id, error_type=type(error).__name__)
    return False


def _list_due_jobs(table: Table, partition: str, at: datetime) -> list[Job]:
    items = table.query(Query(pk=partition, last=f"{rfc3339(at)}~", limit=MAX_JOBS)).items
    return [_job_from_item(item) for item in items]


def _job_from_item(item: Item) -> Job:
    due_at, kind, entity_id = item["sk"].split("#")
    return Job(kind, entity_id, from_rfc3339(due_at), item["pk"])
