"""The purge of a closed circle: each service deletes the texts of the circle that it stores, in jobs of its own.

A job runs when the circle has closed, and another one 15 days later. An event that is late by then is in no queue any more:
inbox queues and dead-letter queues keep a message for 14 days. So no event has to be checked against closed circles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from services.shared.table.items import Attr, Condition, Delete, Item, Key, Put, Query
from services.shared.table.jobs import Job, job_write
from services.shared.table.pages import query_all
from services.shared.table.port import Table

PURGE = "PURGE"
SECOND_PURGE_AFTER = timedelta(days=15)
PAGE_SIZE = 500
AUDIT_HEAD = "audit_head"
ENDED = "ENDED#"  # before the chain of a deleted entity: the end of its audit chain


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
        delete_item(table, item)
        yield


def delete_item(table: Table, item: Item, *, when: Condition | None = None) -> None:
    """Delete an item. Of an audited entity the end of its chain stays: without it, an audit would report the chain as broken.

    Cost: 1 write unit per KB; of an audited entity twice that, and 2.
    Raises: ConditionFailed (of `when`, or an audit entry was added since the item was read).
    """
    key = Key.of(item)
    if AUDIT_HEAD not in item:
        table.delete(key, when=when)
        return
    unchanged = Attr(AUDIT_HEAD).eq(item[AUDIT_HEAD])
    end = {
        **Key(f"{ENDED}{key.pk}|{key.sk}", str(item["audit_length"])).attributes(),
        **{name: item[name] for name in (AUDIT_HEAD, "audit_length")},
    }
    token = hashlib.sha256(f"{key.pk}|{key.sk}|{item[AUDIT_HEAD]}".encode()).hexdigest()[:32]
    table.transact([Put(end, None), Delete(key, unchanged & when if when else unchanged)], token=token)


def iter_items(table: Table, pk: str, prefix: str | None = None) -> Iterator[Item]:
    """Yield the items of a partition, or those with a prefix, with consistent reads."""
    return query_all(table, Query(pk=pk, prefix=prefix, limit=PAGE_SIZE, consistent_read=True))
