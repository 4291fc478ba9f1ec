"""Check-ins."""

from __future__ import annotations

from datetime import date, datetime

from services.circles.domain.check_ins import CheckIns
from services.shared.http.schemas import RequestDay, RequestModel, ResponseModel


class MakeUpRequest(RequestModel):
    """The missed day, in China time."""

    day: RequestDay


class CheckInsResponse(ResponseModel):
    """The caller's check-ins.

    `streak` is the number of days in a row up to today or yesterday, `best` the longest streak, `total` the number of days
    checked in. `card_month` is the month whose make-up card is used, such as `2026-11`, or empty.
    """

    streak: int
    best: int
    total: int
    last_day: date | None
    card_month: str

    @classmethod
    def of(cls, check_ins: CheckIns, at: datetime) -> CheckInsResponse:
        return cls(
            streak=check_ins.streak(at),
            best=check_ins.best,
            total=check_ins.total,
            last_day=check_ins.last,
            card_month=check_ins.card_month,
        )
