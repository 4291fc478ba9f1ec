"""The guardrails of the owner's commerce in messages, as members see them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from services.chat.settings import settings
from services.shared.http.guardrails import GuardrailUseResponse
from services.shared.http.schemas import ResponseModel
from services.shared.security.guardrails import GuardrailUse


class RoomGuardrailsResponse(ResponseModel):
    """How much of each guardrail of the owner's commerce is used in the circle's messages, and by the cards of a room today."""

    days: int = Field(description="The calendar days in China over which the guardrails count.", examples=[7])
    rules: list[GuardrailUseResponse] = Field(description="The guardrails of messages.")

    @classmethod
    def of(cls, uses: Sequence[GuardrailUse]) -> RoomGuardrailsResponse:
        return cls(days=settings().guardrail_days, rules=[GuardrailUseResponse.of_use(use) for use in uses])
