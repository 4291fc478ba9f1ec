"""The part of a data export that a service writes: a job, whose last step publishes the names of its files.

Circles publishes ExportRequested. Each other service writes what it stores of the user in the circle or in all of them, page by
page, each as one file, and publishes them. Circles adds them to the export.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from services.shared.exports.format import ExportBucket, Line, Part, export_folder, put_part
from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.kernel.errors import NotFound
from services.shared.messaging.events import ExportRequested, PartsExported
from services.shared.messaging.outbox import pending_events
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.jobs import Job
from services.shared.table.port import HasTable, Table
from services.shared.table.versioned import put_if_absent, save

EXPORT = "EXPORT"


class HasExports(HasTable, Protocol):
    @property
    def exports(self) -> ExportBucket: ...


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What a service still has to write of an export.

    circle_id: empty for the whole account. requested_at: what is newer is not exported.
    expires_at: after that no user can download the export.
    after: where the next page starts; empty for the first. parts: the files of the pages before. pictures: their number.
    """

    export_id: str
    circle_id: str
    user_id: str
    requested_at: datetime
    expires_at: datetime
    version: int
    after: str = ""
    parts: tuple[Part, ...] = ()
    pictures: int = 0

    @property
    def is_of_account(self) -> bool:
        return not self.circle_id

    def has_circle(self, circle_id: str) -> bool:
        """Whether what belongs to this circle is exported."""
        return self.is_of_account or circle_id == self.circle_id

    def add(self, page: ExportPage, part: Part | None, *, at: datetime) -> ExportJob:
        parts = (*self.parts, part) if part else self.parts
        after = replace(self, after=page.after or "", parts=parts, pictures=self.pictures + page.pictures)
        return replace(after, version=next_version(self.version, at))


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Some lines of an export. after: where the page after them starts; None if they are the last ones.

    pictures: how many were copied next to the parts.
    """

    lines: list[Line]
    after: str | None = None
    pictures: int = 0


GetPage = Callable[[Table, ExportJob], ExportPage]


def plan_export(ports: HasTable, event: ExportRequested) -> None:
    """Plan the service's part of an export. Unchanged if it is planned or written."""
    data = event.data
    times = (data.requested_at, data.expires_at, next_version(0, ports.clock()))
    if not ports.table.get(_parts_key(data.export_id)):
        put_if_absent(ports.table, job_to_item(ExportJob(data.export_id, data.circle_id, data.user_id, *times)))


def write_parts(ports: HasExports, event: type[PartsExported], get_page: GetPage, job: Job) -> Iterator[None]:
    """Write a service's part of an export; yields after each page. The last step publishes `event`.

    A file is put before the job is saved: if the function crashes in between, the page is written again.
    """
    service = event.SOURCE.removeprefix("coterie.")
    while True:
        loaded = EXPORT_JOBS.load(ports.table, job.key)
        export = loaded.entity
        if ports.clock() >= export.expires_at or ports.table.get(_parts_key(export.export_id), consistent_read=True):
            return
        page = get_page(ports.table, export)
        folder = export_folder(service, export.circle_id, export.export_id)
        after = export.add(page, put_part(ports.exports, service, folder, len(export.parts) + 1, page.lines), at=ports.clock())
        if page.after is None:
            put_if_absent(ports.table, _parts_item(after) | pending_events(ports.new_id, ports.clock(), event))
            return
        save(ports, loaded, after)
        yield


def _parts_key(export_id: str) -> Key:
    return Key(f"EXPORT#{export_id}", "PARTS")


def _parts_item(export: ExportJob) -> Item:
    """Return the item that publishes the parts. It is deleted when the export expires."""
    return {
        **_parts_key(export.export_id).attributes(),
        "export_id": export.export_id,
        "circle_id": export.circle_id,
        "user_id": export.user_id,
        "parts": [[part.name, part.lines, part.sha256] for part in export.parts],
        "pictures": export.pictures,
        "version": export.version,
        "expires_at": millis(export.expires_at) // 1000,
    }


def job_to_item(export: ExportJob) -> Item:
    return {
        **Job(EXPORT, export.export_id, export.requested_at).key.attributes(),
        "export_id": export.export_id,
        "circle_id": export.circle_id,
        "user_id": export.user_id,
        "requested_at": millis(export.requested_at),
        "until": millis(export.expires_at),  # `expires_at` is the attribute by which the table deletes items
        "version": export.version,
        "after": export.after,
        "parts": [[part.name, part.lines, part.sha256] for part in export.parts],
        "pictures": export.pictures,
    }


def job_from_item(item: Item) -> ExportJob:
    return ExportJob(
        export_id=item["export_id"],
        circle_id=item["circle_id"],
        user_id=item["user_id"],
        requested_at=from_millis(item["requested_at"]),
        expires_at=from_millis(item["until"]),
        version=item["version"],
        after=item["after"],
        parts=tuple(Part(*part) for part in item["parts"]),
        pictures=item["pictures"],
    )


EXPORT_JOBS = EntityStore(job_to_item, job_from_item, NotFound)
