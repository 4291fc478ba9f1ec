"""The guardrails of the owner's commerce, as members see them."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from services.circles.settings import settings
from services.circles.usecases.brake import GuardrailsView
from services.shared.http.guardrails import GuardrailUseResponse
from services.shared.http.schemas import ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.security.selling import SellingRule


class BrakeResponse(ResponseModel):
    """The members' brake. No response says who has pulled it."""

    pulls: int = Field(description="How many members have pulled it in this round.", examples=[4])
    needed: int = Field(description="How many pause sales.", examples=[12])
    pulled_by_caller: bool = Field(description="Whether you have.", examples=[False])
    pause_hours: int = Field(description="How long it pauses sales, in hours.", examples=[72])


class GuardrailsResponse(ResponseModel):
    """How much of each guardrail of the owner's commerce is used in notes and comments, and whether sales are open."""

    days: int = Field(description="The calendar days in China over which the guardrails count.", examples=[7])
    rules: list[GuardrailUseResponse] = Field(description="The guardrails of notes and comments.")
    selling_closed: SellingRule | None = Field(
        description="Why nothing is sold now: `new_circle` or `paused`; null if sales are open.", examples=["new_circle"]
    )
    selling_opens_at: Moment | None = Field(
        description="When sales open; null if they are.", examples=["2026-03-19T04:00:00.126Z"]
    )
    brake: BrakeResponse = Field(description="The members' brake.")

    @classmethod
    def of(cls, view: GuardrailsView) -> GuardrailsResponse:
        rule, opens_at = view.closed or (None, None)
        return cls(
            days=settings().guardrail_days,
            rules=[GuardrailUseResponse.of_use(use) for use in view.uses],
            selling_closed=rule,
            selling_opens_at=opens_at,
            brake=BrakeResponse(
                pulls=view.pulls,
                needed=view.needed,
                pulled_by_caller=view.has_pulled,
                pause_hours=settings().brake_pause // timedelta(hours=1),
            ),
        )
