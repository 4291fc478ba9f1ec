"""The purge of a closed circle: each service deletes the texts of the circle that it stores, in jobs of its own.

A job runs when the circle has closed, and another one 15 days later. An event that is late by then is in no queue any more:
inbox queues and dead-letter queues keep a message for 14 days. So no event has to be checked against closed circles.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.shared.table.items import Item, Key, Put, Query
from services.shared.table.jobs import Job, job_write
from services.shared.table.pages import query_all
from services.shared.table.port import Table

PURGE = "PURGE"
SECOND_PURGE_AFTER = timedelta(days=15)
PAGE_SIZE = 500


def purge_writes(circle_id: str, closed_at: datetime) -> list[Put]:
    """Return the writes that plan both purges of a circle."""
    return [job_write(Job(PURGE, circle_id, due_at)) for due_at in (closed_at, closed_at + SECOND_PURGE_AFTER)]


def plan_purge(table: Table, circle_id: str, closed_at: datetime) -> None:
    """Plan both purges of a circle. A repeat plans the same ones."""
    for write in purge_writes(circle_id, closed_at):
        table.put(write.item, when=write.when)


def delete_partition(table: Table, pk: str, prefix: str | None = None) -> Iterator[None]:
    """Delete the items of a partition, or those with a prefix; yield after each of them."""
    for item in iter_items(table, pk, prefix):
        table.delete(Key.of(item), when=None)
        yield


def iter_items(table: Table, pk: str, prefix: str | None = None) -> Iterator[Item]:
    """Yield the items of a partition, or those with a prefix, with consistent reads."""
    return query_all(table, Query(pk=pk, prefix=prefix, limit=PAGE_SIZE, consistent_read=True))
