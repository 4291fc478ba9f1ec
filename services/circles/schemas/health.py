"""The health of a circle."""

from __future__ import annotations

from services.circles.domain.health import Health
from services.shared.http.schemas import ResponseModel
from services.shared.kernel.moments import Moment


class HealthResponse(ResponseModel):
    """The circle's health in its last measurement, in thousandths, by the published formulas.

    A metric without data is null.
    """

    measured_at: Moment
    posts: int
    authors: int
    first_reply: int | None
    concentration: int | None
    insularity: int | None
    commercial: int | None
    silent_days: int
    score: int

    @classmethod
    def of(cls, health: Health) -> HealthResponse:
        return cls.model_validate(health, from_attributes=True)
