"""Reports of content to the platform, stored by the service that owns the content.

A report is an item of its own, one per reporter and subject. It contains the evidence of that moment, so a later edit or
deletion does not remove it. Its pending event carries it to review, which collects all reports of a subject in one case.
The reporter can report a later revision of the subject: the report replaces the one before, and has an event of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from services.shared.kernel.clock import next_version
from services.shared.kernel.rates import Rate
from services.shared.messaging.events import ContentReported
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Attr, Item, Key, Query
from services.shared.table.port import ConditionFailed, HasTable, Table
from services.shared.table.rate_limits import Slot

SURROUNDINGS = "surroundings"


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
    surroundings: what was around it, of other users. It is stored for the event alone: the stream of the service deletes it.
    """

    kind: str
    id: str
    circle_id: str
    author: str
    evidence: dict[str, Any]
    revision: int = 1
    copy_files: Callable[[], None] = lambda: None
    surroundings: list[dict[str, Any]] = field(default_factory=list)


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
        # A string, because the filter of a stream finds no list.
        **({SURROUNDINGS: json.dumps(subject.surroundings, ensure_ascii=False)} if subject.surroundings else {}),
    }
    is_first = Attr("revision").not_exists() | Attr("revision").lt(subject.revision)
    with suppress(ConditionFailed):  # a parallel request stored the same report
        ports.table.put(item | pending_events(ports.new_id, at, event), when=is_first)


def list_reported_surroundings(report: Item) -> list[dict[str, Any]]:
    """Return the surroundings of a report; none if they were deleted."""
    found: list[dict[str, Any]] = json.loads(report.get(SURROUNDINGS, "[]"))
    return found


def delete_surroundings(table: Table, report: Key) -> None:
    """Delete the surroundings of a report, whose event has them. Unchanged if it has none, or if it is deleted."""
    with suppress(ConditionFailed):
        table.update(report, remove=(SURROUNDINGS,), when=Attr(SURROUNDINGS).exists())


def find_evidence(table: Table, circle_id: str, subject_id: str) -> dict[str, Any] | None:
    """Return the evidence of a report of a subject; None if it has none, or if they were deleted with its circle.

    Cost: 1 read unit.
    """
    query = Query(pk=f"CIRCLE#{circle_id}", prefix=f"REPORT#{subject_id}#", limit=1, consistent_read=True)
    return next((item["evidence"] for item in table.query(query).items), None)
