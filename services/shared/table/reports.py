"""Reports of content to the platform, stored by the service that owns the content.

A report is an item of its own, one per reporter and subject. It contains the evidence of that moment, so a later edit or
deletion does not remove it. Its pending event carries it to review, which collects all reports of a subject in one case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.shared.kernel.clock import millis
from services.shared.kernel.rates import Rate
from services.shared.messaging.events import ContentReported
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import put_if_absent


@dataclass(frozen=True, slots=True)
class ReportInput:
    """The reason of a report, and the reporter's text for the reviewer."""

    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReportSubject:
    """The content that is reported.

    evidence: the content as it is now.
    copy_files: copies the files of the evidence, before the report is stored.
    """

    kind: str
    id: str
    circle_id: str
    author: str
    evidence: dict[str, Any]
    copy_files: Callable[[], None] = lambda: None


def put_report(
    ports: HasTable, event: type[ContentReported], subject: ReportSubject, reporter: str, report_input: ReportInput, rate: Rate
) -> None:
    """Store a report with its evidence and its pending event in one write.

    Unchanged if this reporter has already reported this subject. A report that is denied or repeated copies no files.
    Cost: 2 write units (1 for the slot, 1 for the report) and 1.5 read units.
    Raises: RateLimitReached.
    """
    key, at = Key(f"CIRCLE#{subject.circle_id}", f"REPORT#{subject.id}#{reporter}"), ports.clock()
    if ports.table.get(key, consistent_read=True):
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
        "version": millis(at),
    }
    put_if_absent(ports.table, item | pending_events(ports.new_id, at, event))
