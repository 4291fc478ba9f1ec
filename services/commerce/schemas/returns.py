"""Returns, as buyer and seller see them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.commerce.domain.order_line import MAX_LINES
from services.commerce.domain.product_return import Return, ReturnLine, ReturnReason, ReturnState
from services.shared.http.schemas import ListingId, OptionId, RequestModel, ResponseModel
from services.shared.kernel.errors import ValueInvalid
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph


class ReturnLineRequest(RequestModel):
    """Units of one line of the order. Without options, the option id is empty."""

    listing_id: ListingId
    option_id: OptionId = ""
    quantity: Annotated[int, Field(ge=1, le=100)]


class ReturnRequest(RequestModel):
    """What the buyer returns, and why. Each option of a listing is in one line."""

    lines: Annotated[list[ReturnLineRequest], Field(min_length=1, max_length=MAX_LINES)]
    reason: ReturnReason
    text: Paragraph

    @model_validator(mode="after")
    def require_distinct_lines(self) -> Self:
        if len({(line.listing_id, line.option_id) for line in self.lines}) < len(self.lines):
            raise ValueInvalid("must-be-distinct")
        return self

    def to_lines(self) -> list[ReturnLine]:
        return [ReturnLine(line.listing_id, line.option_id, line.quantity) for line in self.lines]


class ReturnDecisionRequest(RequestModel):
    """The decision of the seller, with a note that the buyer reads."""

    verdict: Literal["approve", "reject"]
    note: Paragraph


class ReturnLineResponse(ResponseModel):
    """Units of one line of the order."""

    listing_id: str
    option_id: str
    quantity: int


class ReturnResponse(ResponseModel):
    """A return of units of an order. The texts are empty some time after its end.

    `due_at` is when it moves to its next state without an action; null if it does not.
    """

    return_id: str
    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    lines: list[ReturnLineResponse]
    reason: ReturnReason
    text: str
    note: str
    carrier: str
    tracking_number: str
    amount: int
    state: ReturnState
    due_at: Moment | None
    created_at: Moment

    @classmethod
    def of(cls, one: Return) -> ReturnResponse:
        return cls(
            return_id=one.id,
            order_id=one.order_id,
            circle_id=one.circle_id,
            buyer_id=one.buyer_id,
            seller_id=one.seller_id,
            lines=[ReturnLineResponse.model_validate(line, from_attributes=True) for line in one.lines],
            reason=one.reason,
            text=one.text,
            note=one.note,
            carrier=one.parcel.carrier,
            tracking_number=one.parcel.tracking_number,
            amount=one.amount,
            state=one.state,
            due_at=None if one.is_ended else one.due_at,
            created_at=one.created_at,
        )
