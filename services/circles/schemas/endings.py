"""How a circle does, what it tells, how it ends, and what one takes along."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from services.circles.domain import Circle
from services.circles.domain.digest import DigestChoice
from services.circles.domain.export import Export, ExportKind, ExportState
from services.circles.domain.health import Health
from services.circles.domain.succession import Offer, OfferKind, OfferState
from services.circles.schemas.notes import NoteResponse
from services.circles.usecases.recaps import Recap
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.ids import PATTERNS


class DigestRequest(RequestModel):
    """Whether you want the circle's daily digest, and the hours, in China, to the minute, in which nothing shall be pushed."""

    on: bool
    quiet_from: time = time(22)
    quiet_until: time = time(8)

    @field_validator("quiet_from", "quiet_until")
    @classmethod
    def to_the_minute(cls, hour: time) -> time:
        if hour.tzinfo or hour.second or hour.microsecond:
            raise ValueError("is a time of day in China, such as 22:30")
        return hour


class DigestResponse(ResponseModel):
    """What you have chosen; `quiet_now` says whether it is such an hour."""

    on: bool
    quiet_from: str
    quiet_until: str
    quiet_now: bool

    @classmethod
    def of(cls, choice: DigestChoice, at: datetime) -> DigestResponse:
        hours = {"quiet_from": f"{choice.quiet_from:%H:%M}", "quiet_until": f"{choice.quiet_until:%H:%M}"}
        return cls(on=choice.on, **hours, quiet_now=choice.is_quiet(at))


class RecapResponse(ResponseModel):
    """What you have missed since you last told of reading: how many notes (`more` beyond a hundred), those most spoken of, and
    whether it is an hour of yours in which nothing shall be pushed."""

    since: datetime
    missed: int
    more: bool
    highlights: list[NoteResponse]
    quiet_now: bool

    @classmethod
    def of(cls, recap: Recap) -> RecapResponse:
        highlights = [NoteResponse.of(one) for one in recap.highlights]
        return cls(since=recap.since, missed=recap.missed, more=recap.more, highlights=highlights, quiet_now=recap.quiet)


class HealthResponse(ResponseModel):
    """How the circle did in 28 days, in thousandths, by the published formulae; null where there was nothing to measure."""

    measured_at: datetime
    words: int
    speakers: int
    first_reply: int | None
    concentration: int | None
    insularity: int | None
    commercial: int | None
    silent_days: int
    score: int

    @classmethod
    def of(cls, health: Health) -> HealthResponse:
        return cls.model_validate(health, from_attributes=True)


class NoticeIn(RequestModel):
    """For how many days the circle can still be read and exported."""

    notice_days: Annotated[int, Field(ge=7, le=90)] = 30

    @property
    def notice(self) -> timedelta:
        return timedelta(days=self.notice_days)


class NoticeOut(ResponseModel):
    """When the circle will be gone."""

    circle_id: str
    ends_at: datetime | None

    @classmethod
    def of(cls, circle: Circle) -> NoticeOut:
        return cls(circle_id=circle.id, ends_at=circle.ends_at)


class OfferRequest(RequestModel):
    """Whom the circle is offered to."""

    user_id: Annotated[str, StringConstraints(pattern=f"^{PATTERNS['user_id']}$")]


class OfferResponse(ResponseModel):
    """An open offer; whom it is made to accepts it with the review service, by its id, until `ends_at`."""

    succession_id: str
    kind: OfferKind
    to: str
    state: OfferState
    ends_at: datetime

    @classmethod
    def of(cls, offer: Offer) -> OfferResponse:
        return cls(succession_id=offer.id, kind=offer.kind, to=offer.to, state=offer.state, ends_at=offer.ends_at)


class ExportRequest(RequestModel):
    """What is yours, or the whole circle, which its owner may."""

    kind: ExportKind = ExportKind.OWN


class PartResponse(ResponseModel):
    """One file of an archive."""

    name: str
    rows: int
    sha256: str


class ExportResponse(ResponseModel):
    """An archive, how far it has come, and its files; once it is ready, file 0 is the manifest and file n the n-th part."""

    export_id: str
    circle_id: str
    kind: ExportKind
    state: ExportState
    percent: int
    pictures: int
    parts: list[PartResponse]
    created_at: datetime
    ready_at: datetime | None

    @classmethod
    def of(cls, export: Export) -> ExportResponse:
        return cls(
            export_id=export.id,
            circle_id=export.circle_id,
            kind=export.kind,
            state=export.state,
            percent=export.percent,
            pictures=export.pictures,
            parts=[PartResponse.model_validate(part, from_attributes=True) for part in export.parts],
            created_at=export.created_at,
            ready_at=export.ready_at,
        )
