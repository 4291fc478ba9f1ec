"""Returns: a buyer sends units of a received order back, and gets their price back when the seller has received them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.commerce.domain.shipment import IN_PERSON, Parcel
from services.commerce.errors import ReturnNotFound, ReturnStateConflict
from services.commerce.settings import settings
from services.shared.kernel.clock import next_version


class ReturnReason(StrEnum):
    CHANGED_MIND = "changed_mind"
    NOT_AS_DESCRIBED = "not_as_described"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    OTHER = "other"


class ReturnState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    RECEIVED = "received"
    REFUNDED = "refunded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


S = ReturnState
TRANSITIONS: dict[ReturnState, frozenset[ReturnState]] = {
    S.REQUESTED: frozenset({S.APPROVED, S.REJECTED, S.WITHDRAWN}),
    S.APPROVED: frozenset({S.SENT, S.WITHDRAWN}),
    S.SENT: frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.REFUNDED}),
    S.REFUNDED: frozenset(),
    S.REJECTED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
ENDED = frozenset(state for state, after in TRANSITIONS.items() if not after)
# How long a return waits in a state, before the schedule acts on it.
WAITS: dict[ReturnState, Callable[[], timedelta]] = {
    S.REQUESTED: lambda: settings().return_response_period,
    S.APPROVED: lambda: settings().return_sending_period,
    S.SENT: lambda: settings().return_receipt_period,
    S.RECEIVED: lambda: settings().refund_retry_interval,
    **dict.fromkeys(ENDED, lambda: settings().statement_retention),
}


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """Units of one line of the order."""

    listing_id: str
    option_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Return:
    """The request of a buyer to return units of an order.

    lines: at most 20. No other open return of the order has these units.
    text: of the buyer, about the reason. note: of the seller, about a rejection. Both are erased some time after the end.
    amount: what the buyer gets back, in the minor unit; set when the seller has received the units.
    due_at: when the schedule must act on the return next; None if it never must.
    """

    id: str
    order_id: str
    circle_id: str
    buyer_id: str
    seller_id: str
    lines: tuple[ReturnLine, ...]
    reason: ReturnReason
    text: str
    created_at: datetime
    version: int
    state: ReturnState = ReturnState.REQUESTED
    note: str = ""
    parcel: Parcel = IN_PERSON
    amount: int = 0
    due_at: datetime | None = None

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    @property
    def waits_for_seller(self) -> bool:
        """Whether the seller must decide about the request, or confirm that the units are back."""
        return self.state in (S.REQUESTED, S.SENT)

    def is_due(self, now: datetime) -> bool:
        return self.due_at is not None and now >= self.due_at

    def begin(self) -> Return:
        """Return a new request with its version, and the time that the seller has to respond."""
        return replace(self, due_at=self.created_at + WAITS[self.state](), version=next_version(0, self.created_at))

    def decide(self, seller_id: str, approves: bool, note: str, *, at: datetime) -> Return:
        """Approve or reject the request, for the seller. Unchanged if it is repeated.

        Raises: ReturnNotFound (another user than the seller), ReturnStateConflict.
        """
        self._require_party(seller_id, self.seller_id)
        state = S.APPROVED if approves else S.REJECTED
        if self.state is state and self.note == note:
            return self
        if self.state is S.REQUESTED and self.is_due(at) and not approves:
            raise ReturnStateConflict(state=S.APPROVED)  # the time to respond has passed, even if the schedule is late
        return replace(self._transition(state, at), note=note)

    def withdraw(self, buyer_id: str, *, at: datetime) -> Return:
        """End the request, for the buyer, before the units are sent. Unchanged if it is withdrawn.

        Raises: ReturnNotFound (another user than the buyer), ReturnStateConflict.
        """
        self._require_party(buyer_id, self.buyer_id)
        return self if self.state is S.WITHDRAWN else self._transition(S.WITHDRAWN, at)

    def send(self, buyer_id: str, parcel: Parcel, *, at: datetime) -> Return:
        """Record how the buyer sends the units. Unchanged if they are sent.

        Raises: ReturnNotFound (another user than the buyer), ReturnStateConflict.
        """
        self._require_party(buyer_id, self.buyer_id)
        if self.state is S.SENT:
            return self
        return replace(self._transition(S.SENT, at), parcel=parcel)

    def receive(self, seller_id: str, amount: int, *, at: datetime) -> Return:
        """Record that the seller has the units back, and what was requested as their refund.

        Raises: ReturnNotFound (another user than the seller), ReturnStateConflict.
        """
        self._require_party(seller_id, self.seller_id)
        return replace(self._transition(S.RECEIVED, at), amount=amount)

    def complete(self, *, at: datetime) -> Return:
        """Record that the provider has confirmed the refund. Raises: ReturnStateConflict."""
        return self._transition(S.REFUNDED, at)

    def postpone(self, *, at: datetime) -> Return:
        """Look at the refund again later."""
        return replace(self, due_at=at + WAITS[self.state](), version=next_version(self.version, at))

    def erase_texts(self, *, at: datetime) -> Return:
        """Delete what the parties wrote, once the return has ended. Unchanged if it is open or erased."""
        if not self.is_ended or self.due_at is None:
            return self
        erased = replace(self, text="", note="", parcel=IN_PERSON, due_at=None)
        return replace(erased, version=next_version(self.version, at))

    def _transition(self, state: ReturnState, at: datetime) -> Return:
        if state not in TRANSITIONS[self.state]:
            raise ReturnStateConflict(state=self.state)
        return replace(self, state=state, due_at=at + WAITS[state](), version=next_version(self.version, at))

    def _require_party(self, user_id: str, party_id: str) -> None:
        if user_id != party_id:
            raise ReturnNotFound
