"""What every event is made of, and the one kind that several services publish: a report of what somebody made."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class EventData(BaseModel):
    """Data of an event. A reader ignores what a newer publisher added. Built when first used: a function meets few of them."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Event(EventData):
    """What happened to one entity: its public state after the fact, with its version.

    `entity_version` grows with every write of the entity, so a reader keeps what is newer and drops the rest."""

    SOURCE: ClassVar[str]
    SCHEMA_VERSION: ClassVar[int] = 1

    id: str
    entity_id: str
    entity_version: int
    occurred_at: datetime
    correlation_id: str

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    def detail(self) -> dict[str, Any]:
        """The envelope as it travels: `{id, name, source, schema_version, entity_id, ..., data}`."""
        body = self.model_dump(mode="json")
        return {**body, "name": self.name(), "source": self.SOURCE, "schema_version": self.SCHEMA_VERSION}


class ContentReportedData(EventData):
    service: str
    kind: str
    subject_id: str
    circle_id: str
    author_id: str
    reporter_id: str
    reason: str
    words: str
    evidence: dict[str, Any]


class ContentReported(Event):
    """Somebody reported what somebody made, as it looked then. Each service that shows such things has one of this kind."""

    data: ContentReportedData
