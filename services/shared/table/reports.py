"""Reports of content to the platform, stored by the service that owns the content.

A report is an item of its own, one per reporter and subject. It contains the evidence of that moment, so a later edit or
deletion does not remove it. Its pending event carries it to review, which collects all reports of a subject in one case.
The reporter can report a later revision of the subject: the report replaces the one before, and has an event of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from services.shared.kernel.clock import next_version
from services.shared.kernel.rates import Rate
from services.shared.messaging.events import ContentReported
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Attr, Item, Key, Query
from services.shared.table.port import ConditionFailed, HasTable, Table
from services.shared.table.rate_limits import Slot


@dataclass(frozen=True, slots=True)
class ReportInput:
    """The reason of a report, and the reporter's text for the reviewer."""

    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReportSubject:
    """The content that is reported.

    evidence: the content as it is now. revision: increases with each edit; 1 for content that cannot be edited.
    copy_files: copies the files of the evidence, before the report is stored.
    """

    kind: str
    id: str
    circle_id: str
    author: str
    evidence: dict[str, Any]
    revision: int = 1
    copy_files: Callable[[], None] = lambda: None


def put_report(
    ports: HasTable, event: type[ContentReported], subject: ReportSubject, reporter: str, report_input: ReportInput, rate: Rate
) -> None:
    """Store a report with its evidence and its pending event in one write.

    Unchanged if this reporter has already reported this revision of the subject, or a later one: review decides it, or has
    decided it, and the reporter reads the outcome there. A report that is denied or repeated copies no files.
    Cost: 2 write units (1 for the slot, 1 for the report) and 1.5 read units.
    Raises: RateLimitReached.
    """
    key, at = Key(f"CIRCLE#{subject.circle_id}", f"REPORT#{subject.id}#{reporter}"), ports.clock()
    earlier = ports.table.get(key, consistent_read=True) or {}
    if subject.revision <= earlier.get("revision", 0):
        return
    Slot(ports, reporter, rate).use()
    subject.copy_files()
    item: Item = {
        **key.attributes(),
        "service": event.SOURCE.removeprefix("coterie."),
        "kind": subject.kind,
        "subject_id": subject.id,
        "circle_id": subject.circle_id,
        "author": subject.author,
        "reporter": reporter,
        "reason": report_input.reason,
        "text": report_input.text,
        "evidence": subject.evidence,
        "revision": subject.revision,
        "version": next_version(earlier.get("version", 0), at),
    }
    is_first = Attr("revision").not_exists() | Attr("revision").lt(subject.revision)
    with suppress(ConditionFailed):  # a parallel request stored the same report
        ports.table.put(item | pending_events(ports.new_id, at, event), when=is_first)


def find_evidence(table: Table, circle_id: str, subject_id: str) -> dict[str, Any] | None:
    """Return the evidence of a report of a subject; None if it has none, or if they were deleted with its circle.

    Cost: 1 read unit.
    """
    query = Query(pk=f"CIRCLE#{circle_id}", prefix=f"REPORT#{subject_id}#", limit=1, consistent_read=True)
    return next((item["evidence"] for item in table.query(query).items), None)
