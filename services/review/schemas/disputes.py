"""Disputes of orders, as reviewers see and rule on them. The statements are read in commerce, with a grant."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from services.review.domain.dispute import Dispute, Ruling, RulingState
from services.shared.http.schemas import RequestModel, ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.kernel.text import Paragraph


class RulingRequest(RequestModel):
    """What goes back to the buyer, and why. Buyer and seller read the note."""

    amount: Annotated[int, Field(ge=0, le=10**12)]
    note: Paragraph


class RulingResponse(ResponseModel):
    """A ruling that waits for a second reviewer, or that is in force."""

    proposal_id: str
    amount: int
    note: str
    proposed_by: str
    proposed_at: Moment

    @classmethod
    def of(cls, ruling: Ruling | None) -> RulingResponse | None:
        if ruling is None:
            return None
        return cls(
            proposal_id=ruling.id, amount=ruling.amount, note=ruling.note, proposed_by=ruling.by.user_id, proposed_at=ruling.at
        )


def facts_of(dispute: Dispute) -> dict[str, Any]:
    """Return what a reviewer sees without a recorded read."""
    names = ("order_id", "reason", "amount", "currency", "has_answer", "state", "opened_at", "due_at")
    return {"dispute_id": dispute.id, "is_escalated": dispute.escalated, **{name: getattr(dispute, name) for name in names}}


class DisputeCaseEntry(ResponseModel):
    """A dispute in the list. Its parties are a separate, recorded read."""

    dispute_id: str
    order_id: str
    reason: str
    amount: int
    currency: str
    has_answer: bool
    state: RulingState
    opened_at: Moment
    due_at: Moment | None
    is_escalated: bool

    @classmethod
    def of(cls, dispute: Dispute) -> DisputeCaseEntry:
        return cls(**facts_of(dispute))


class DisputeCaseResponse(DisputeCaseEntry):
    """A dispute with its parties and the proposed ruling."""

    circle_id: str
    buyer_id: str
    seller_id: str
    ruling: RulingResponse | None

    @classmethod
    def of(cls, dispute: Dispute) -> DisputeCaseResponse:
        parties = {"circle_id": dispute.circle_id, "buyer_id": dispute.buyer, "seller_id": dispute.seller}
        return cls(**facts_of(dispute), **parties, ruling=RulingResponse.of(dispute.proposal))


class DisputeCaseStateResponse(ResponseModel):
    """The state of a dispute, for the reviewer who acts on it."""

    dispute_id: str
    state: RulingState
    ruling: RulingResponse | None

    @classmethod
    def of(cls, dispute: Dispute) -> DisputeCaseStateResponse:
        return cls(dispute_id=dispute.id, state=dispute.state, ruling=RulingResponse.of(dispute.proposal))
