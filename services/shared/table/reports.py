"""Reports of content to the platform, stored by the service that owns the content.

A report is an item of its own, one per reporter and subject. It contains the evidence of that moment, so a later edit or
deletion does not remove it. Its pending event carries it to review, which collects all reports of a subject in one case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.shared.kernel.clock import millis
from services.shared.kernel.ids import NewId
from services.shared.messaging.events import ContentReported
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import Item
from services.shared.table.port import Table
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
    """

    kind: str
    id: str
    circle_id: str
    author: str
    evidence: dict[str, Any]


def put_report(
    table: Table,
    event: type[ContentReported],
    subject: ReportSubject,
    reporter: str,
    report_input: ReportInput,
    at: datetime,
    new_id: NewId,
) -> None:
    """Store a report with its evidence and its pending event in one write.

    Unchanged if this reporter has already reported this subject.
    """
    item: Item = {
        "pk": f"CIRCLE#{subject.circle_id}",
        "sk": f"REPORT#{subject.id}#{reporter}",
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
    put_if_absent(table, item | pending_events(new_id, at, event))
