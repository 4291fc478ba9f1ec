"""Disputes of orders, as buyer, seller and staff see them."""

from __future__ import annotations

from typing import Any, Literal

from services.commerce.domain.dispute import Dispute, DisputeReason, DisputeState
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph


class PartyQuery(RequestModel):
    """Whose returns or disputes to list."""

    side: Literal["bought", "sold"] = "bought"


class DisputeRequest(RequestModel):
    """Why the buyer asks the platform to rule. The statement is read by the seller and by reviewers."""

    reason: DisputeReason
    statement: Paragraph


class AnswerRequest(RequestModel):
    """The answer of the seller. It cannot be changed."""

    text: Paragraph


class DisputeResponse(ResponseModel):
    """A dispute of an order. The texts are empty some time after its end.

    `ruling` is the reason of the reviewers; `refunded_amount` what they gave back.
    """

    dispute_id: str
    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    reason: DisputeReason
    amount: int
    currency: str
    statement: str
    answer: str
    ruling: str
    refunded_amount: int
    state: DisputeState
    created_at: Moment

    @classmethod
    def of(cls, dispute: Dispute) -> DisputeResponse:
        return cls(**facts_of(dispute))


class StaffDisputeResponse(DisputeResponse):
    """A dispute as staff see it: also who owns the circle."""

    owner_id: str

    @classmethod
    def of(cls, dispute: Dispute) -> StaffDisputeResponse:
        return cls(**facts_of(dispute), owner_id=dispute.owner_id)


def facts_of(dispute: Dispute) -> dict[str, Any]:
    """Return what the parties see."""
    names = ("order_id", "circle_id", "buyer_id", "seller_id", "reason", "statement", "answer", "ruling", "state", "created_at")
    money = {"amount": dispute.amount.amount, "currency": dispute.amount.currency, "refunded_amount": dispute.refunded}
    return {"dispute_id": dispute.id, **money, **{name: getattr(dispute, name) for name in names}}
