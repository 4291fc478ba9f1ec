"""The jobs that delete the expired messages of a room."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.chat.domain import Room
from services.shared.table.items import Put
from services.shared.table.jobs import Job, job_write
from services.shared.table.port import Table

RETENTION = "RETENTION"
PERIOD = timedelta(hours=1)  # the jobs of a room fall on full hours: two changes of its retention plan one job


def retention_job_write(room: Room, at: datetime) -> Put:
    """Return the write that plans the next purge of a room."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return job_write(Job(RETENTION, f"{room.circle_id}/{room.id}", hour + PERIOD))


def plan_purge_of_room(table: Table, room: Room, at: datetime) -> None:
    """Plan the next purge of a room. Unchanged if it is planned."""
    write = retention_job_write(room, at)
    table.put(write.item, when=write.when)
