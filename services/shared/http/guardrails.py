"""How much of a guardrail is used, as circles and chat respond with it."""

from __future__ import annotations

from pydantic import Field

from services.shared.http.schemas import ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.security.guardrails import Guardrail, GuardrailUse


class GuardrailUseResponse(ResponseModel):
    """How much of a guardrail the owner's group has used."""

    rule: Guardrail = Field(
        description="`density` of posts with products, `own_products` among cards, or `room_cards` per day.",
        examples=["density"],
    )
    used: int = Field(description="Posts with products, cards of own products, or cards of the room.", examples=[2])
    of: int = Field(description="All posts, all cards, or the cards that the room permits.", examples=[31])
    limit: int = Field(description="The limit in percent; of `room_cards` a number.", examples=[10])
    missing: int = Field(
        description="How many ordinary posts, or cards of other sellers, more permit the next post.", examples=[0]
    )
    frees_at: Moment | None = Field(
        description="When the next post is permitted without any; null if it is now, or if time alone does not permit it.",
        examples=["2026-03-06T16:00:00.000Z"],
    )

    @classmethod
    def of_use(cls, use: GuardrailUse) -> GuardrailUseResponse:
        return cls(rule=use.rule, used=use.used, of=use.of, limit=use.limit, missing=use.missing, frees_at=use.frees_at)
