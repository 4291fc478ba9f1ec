"""The base class of events, and those that several services publish: the report of content, the files of an export."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from services.shared.kernel.moments import Moment


class EventData(BaseModel):
    """The data of an event. Unknown fields are ignored: a newer publisher can add fields.

    Each class is built at its first use, because a function needs few of them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Event(EventData):
    """A change of one entity, with the public state after it.

    entity_version: grows with each write of the entity, so a consumer can ignore an event that is not newer.
    """

    SOURCE: ClassVar[str]
    SCHEMA_VERSION: ClassVar[int] = 1

    id: str
    entity_id: str
    entity_version: int
    occurred_at: Moment
    correlation_id: str

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    def detail(self) -> dict[str, Any]:
        """Return the envelope on the event bus: `{id, name, source, schema_version, entity_id, ..., data}`."""
        body = self.model_dump(mode="json")
        return {**body, "name": self.name(), "source": self.SOURCE, "schema_version": self.SCHEMA_VERSION}


class ContentReportedData(EventData):
    """text: of the reporter.

    evidence: the content at the time of the report. revision: its revision; 1 for content that cannot be edited.
    """

    service: str
    kind: str
    subject_id: str
    circle_id: str
    author_id: str
    reporter_id: str
    reason: str
    text: str
    evidence: dict[str, Any]
    revision: int = 1


class ContentReported(Event):
    """A user reported content of another user. Each service that shows content publishes one subclass."""

    data: ContentReportedData


class ExportedPart(EventData):
    """One file of a data export, with its number of JSON lines and the SHA-256 of its bytes."""

    name: str
    lines: int
    sha256: str


class PartsExportedData(EventData):
    """parts: the files in the folder of the service, in order; none if it stores nothing of the user in the circle.

    pictures: how many are beside them.
    """

    export_id: str
    circle_id: str
    user_id: str
    parts: list[ExportedPart]
    pictures: int = 0


class UserErasedData(EventData):
    user_id: str


class UserErased(Event):
    """A service has erased what it stored of a deleted account. Each service but circles publishes one subclass."""

    data: UserErasedData


class PartsExported(Event):
    """A service wrote its part of a data export. Each service but circles publishes one subclass."""

    data: PartsExportedData
