"""Reporting a thing to the platform: the same in every service that shows what people make.

The report is an item of its own, one a person and thing, with the evidence as it stood then: what is edited or taken back
afterwards is still in it. It rides to review as a fact, where one case collects all reports of a thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from services.shared.http.schemas import RequestModel
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import NewId
from services.shared.kernel.text import Paragraph
from services.shared.messaging.events import ContentReported, ContentReportedData
from services.shared.messaging.outbox import PendingEvent, with_pending_events
from services.shared.table.port import Item, Table
from services.shared.table.queries import put_if_absent

Reported = TypeVar("Reported", bound=ContentReported)


class ReportReason(StrEnum):
    SPAM = "spam"
    FRAUD = "fraud"
    HARASSMENT = "harassment"
    ILLEGAL = "illegal"
    PRIVACY = "privacy"
    MINORS = "minors"
    OTHER = "other"


class ReportIn(RequestModel):
    """Why it is reported; words help whoever looks into it."""

    reason: ReportReason
    words: Paragraph | None = None


@dataclass(frozen=True, slots=True)
class ReportSubject:
    """What is reported: of which kind, where, made by whom; `evidence` is how it looks now."""

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
    body: ReportIn,
    at: datetime,
    new_id: NewId,
) -> None:
    """Keep a report with its evidence and its fact in one write; a person's second report of a thing changes nothing."""
    item: Item = {
        "pk": f"CIRCLE#{subject.circle_id}",
        "sk": f"REPORT#{subject.id}#{reporter}",
        "service": event.SOURCE.removeprefix("coterie."),
        "kind": subject.kind,
        "subject_id": subject.id,
        "circle_id": subject.circle_id,
        "author": subject.author,
        "reporter": reporter,
        "reason": str(body.reason),
        "words": body.words or "",
        "evidence": subject.evidence,
        "version": millis(at),
    }
    put_if_absent(table, with_pending_events(item, new_id, event))


def report_event_builder(event: type[Reported]) -> Callable[[Item, PendingEvent], Reported]:
    """The builder of a service's own event from the report's item."""
    return lambda item, pending: event(**pending.envelope(f"{item['subject_id']}/{item['reporter']}"), data=_state(item))


def _state(item: Item) -> ContentReportedData:
    return ContentReportedData(
        service=item["service"],
        kind=item["kind"],
        subject_id=item["subject_id"],
        circle_id=item["circle_id"],
        author_id=item["author"],
        reporter_id=item["reporter"],
        reason=item["reason"],
        words=item["words"],
        evidence=item["evidence"],
    )
