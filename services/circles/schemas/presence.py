"""Reading and checking in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.circles.domain.presence import CheckIns
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.ids import PATTERNS

NoteId = Annotated[str, StringConstraints(pattern=f"^{PATTERNS['note_id']}$")]


class ViewsRequest(RequestModel):
    """Notes that were read just now."""

    note_ids: Annotated[list[NoteId], Field(min_length=1, max_length=18)]


class MakeUpRequest(RequestModel):
    """The day that was missed, as members count days (China time)."""

    day: date


class CheckInsResponse(ResponseModel):
    """`streak` is days in a row up to today or yesterday, `best` the longest ever, `total` days checked in on; `card_used`
    names the month whose make-up card is used."""

    streak: int
    best: int
    total: int
    last_day: date | None
    card_used: str

    @classmethod
    def of(cls, check_ins: CheckIns, at: datetime) -> CheckInsResponse:
        return cls(
            streak=check_ins.streak(at),
            best=check_ins.best,
            total=check_ins.total,
            last_day=check_ins.last,
            card_used=check_ins.card,
        )
