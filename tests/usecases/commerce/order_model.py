"""What the state machine of orders expects: the state of each order, who is paid, and when the schedule acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.commerce.domain import LedgerEntry, ListingKind, Order, OrderState
from services.commerce.domain.listing import terms_of
from services.shared.security.auth import Caller
from simulation.setup.commerce import LIN, MEI

DAY = timedelta(days=1)


@dataclass
class ExpectedOrder:
    """The state that the model expects of an order."""

    order: Order
    buyer: Caller
    state: OrderState = OrderState.RESERVED
    due_at: datetime | None = None
    refund_requested: bool = False
    unpaid: set[str] = field(default_factory=set)
    returnable_until: datetime | None = None

    def set_state(self, state: OrderState, due_at: datetime | None = None) -> None:
        self.state, self.due_at = state, due_at


@dataclass
class ExpectedUsers:
    """Who is under a sanction that blocks payouts, and who is the same person. Mei sells, Lin owns the circle."""

    blocked: dict[str, datetime | None] = field(default_factory=dict)
    identities: dict[str, set[str]] = field(default_factory=dict)

    def is_blocked(self, user: Caller, now: datetime) -> bool:
        if user.user_id not in self.blocked:
            return False
        until = self.blocked[user.user_id]
        return until is None or now < until

    def are_one(self, user: Caller, other: Caller) -> bool:
        of_user, of_other = (self.identities.get(each.user_id, set()) for each in (user, other))
        return user == other or bool(of_user & of_other)

    def owner_earns(self, buyer: Caller) -> bool:
        return not (self.are_one(LIN, buyer) or self.are_one(LIN, MEI))

    def receive(self, expected: ExpectedOrder, kind: ListingKind, now: datetime) -> None:
        expected.returnable_until = now + terms_of(kind).return_window
        order_commission = expected.order.total.amount * terms_of(kind).owner_share // 10_000
        # What was known when the order was placed decides as well as what is known now.
        if order_commission and expected.order.owner_share and self.owner_earns(expected.buyer):
            expected.unpaid.add("owner")
        due_at = expected.returnable_until
        if self.is_blocked(MEI, now):
            expected.unpaid.add("seller")
            due_at = now + DAY if due_at == now else min(due_at, now + DAY)
        expected.set_state(OrderState.RECEIVED, due_at)

    def release(self, expected: ExpectedOrder, now: datetime) -> None:
        assert expected.returnable_until
        has_ended = now >= expected.returnable_until
        if not self.is_blocked(MEI, now):
            expected.unpaid.discard("seller")
        payee = LIN if self.owner_earns(expected.buyer) else MEI
        if has_ended and not self.is_blocked(payee, now):
            expected.unpaid.discard("owner")
        if has_ended and not expected.unpaid:
            expected.set_state(OrderState.COMPLETED)
        elif has_ended:
            expected.due_at = now + DAY
        else:
            expected.due_at = (
                min(expected.returnable_until, now + DAY) if "seller" in expected.unpaid else expected.returnable_until
            )

    def require_rightful(self, entries: Iterable[LedgerEntry], buyers: dict[str, Caller], now: datetime) -> None:
        """Require that entries written now pay no blocked user, and no commission of a person to that person."""
        for entry in entries:
            credited = {line.ledger_account for line in entry.lines if line.amount < 0}
            assert not (self.is_blocked(MEI, now) and f"seller:{MEI.user_id}" in credited)
            assert not (self.is_blocked(LIN, now) and f"owner:{LIN.user_id}" in credited)
            if credited & {f"owner:{LIN.user_id}", f"commission-pending:{LIN.user_id}"}:
                assert self.owner_earns(buyers[entry.order_id])
