"""What the state machine of orders expects: the state of each order, who is paid, and when the schedule acts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.commerce.domain import EntryReason, LedgerEntry, ListingKind, Order, OrderState
from services.commerce.domain.listing import terms_of
from services.shared.security.auth import Caller
from simulation.setup.commerce import LIN, MEI, Shop
from tests.usecases.commerce.request_model import ExpectedRequests

DAY = timedelta(days=1)
S = OrderState


@dataclass
class ExpectedPayment:
    """What no order keeps of a payment. charged: what open chargebacks hold of it."""

    captured: int = 0
    refunded: int = 0
    charged: int = 0

    @property
    def balance(self) -> int:
        return self.captured - self.refunded - self.charged

    @property
    def refunded_ahead(self) -> int:
        return min(max(-self.balance, 0), self.refunded)


@dataclass
class ExpectedOrder:
    """The state that the model expects of an order."""

    order: Order
    buyer: Caller
    state: OrderState = OrderState.RESERVED
    due_at: datetime | None = None
    unpaid: set[str] = field(default_factory=set)
    returnable_until: datetime | None = None
    payment_id: str = ""
    refunded: int = 0
    has_left: bool = False  # the units were shipped
    delivered: set[tuple[object, ...]] = field(default_factory=set)
    is_given_up: bool = False  # it was cancelled, or not shipped in time
    requests: ExpectedRequests = field(default_factory=ExpectedRequests)
    charged_back: int = 0  # what open chargebacks hold of the order
    unapplied: dict[str, ExpectedPayment] = field(default_factory=lambda: defaultdict(ExpectedPayment))

    @property
    def balances(self) -> dict[str, int]:
        """What no order keeps, by payment."""
        return {name: payment.balance for name, payment in self.unapplied.items()}

    def set_state(self, state: OrderState, due_at: datetime | None = None) -> None:
        self.state, self.due_at = state, due_at

    @property
    def has_units(self) -> bool:
        """Whether its units are not in stock."""
        return self.has_left or self.state in (S.RESERVED, S.PAID)

    @property
    def kept(self) -> int:
        """What the order keeps of its payment."""
        is_kept = self.is_in_escrow or self.state in (S.RECEIVED, S.COMPLETED)
        return self.order.total.amount - self.refunded - self.charged_back if is_kept else 0

    @property
    def is_in_escrow(self) -> bool:
        return self.state in (S.PAID, S.SHIPPED) or (self.state is S.REFUNDING and self.is_given_up)

    @property
    def refundable(self) -> int:
        return max(self.kept - self.requests.sum, 0)

    def give_up(self) -> None:
        """Expect that all goes back, because it was cancelled, or not shipped in time."""
        self.set_state(S.REFUNDING)
        self.is_given_up = True
        if self.refundable:
            self.requests.add(self.refundable)

    def _fit_requests(self) -> None:
        self.requests.reduce(self.order.total.amount - self.refunded)
        if self.state is S.REFUNDING and self.is_given_up and self.refundable:
            self.requests.add(self.refundable)

    def awaits(self, amount: int) -> bool:
        return self.state in (S.RESERVED, S.EXPIRED) and amount == self.order.total.amount

    def capture(self, payment_id: str, amount: int, now: datetime, *, is_allowed: bool) -> None:
        """Expect the effect of a capture that is delivered for the first time. is_allowed: for one that the order awaits."""
        payment = self.unapplied[payment_id]
        if not self.awaits(amount):
            payment.captured += amount
            return
        self.payment_id = payment_id
        if is_allowed and payment.refunded_ahead < amount:
            self.set_state(S.PAID, now + terms_of(self.order.kind).ships_within)
            self._bear_what_is_ahead()
        else:
            self.set_state(S.REFUNDING)
            payment.captured += amount
            self._end_return()

    def _bear_what_is_ahead(self) -> None:
        payment = self.unapplied[self.payment_id]
        refunded = min(payment.refunded_ahead, self.kept)
        payment.refunded -= refunded
        self._add_refund(refunded)
        charged = min(max(-payment.balance, 0), self.kept)
        payment.charged -= charged
        self.charged_back += charged
        if charged:
            self._fit_requests()

    def refund(self, payment_id: str, amount: int, reference: str) -> None:
        """Expect the effect of a refund that is delivered for the first time."""
        number = self.number_of(reference)
        of_payment = max(self.unapplied[payment_id].balance, 0) if reference and not number else 0
        part = min(max(amount - of_payment, 0), self.kept) if payment_id == self.payment_id else 0
        if number:
            self.requests.close(number)
        elif part and not reference:
            self.requests.close_one_of(amount)
        self.unapplied[payment_id].refunded += amount - part
        self._add_refund(part)
        if payment_id == self.payment_id:
            self._end_return()

    def charge_back(self, payment_id: str, amount: int) -> None:
        """Expect the effect of a chargeback, when its first event is delivered."""
        part = min(amount, self.kept) if payment_id == self.payment_id else 0
        self.charged_back += part
        self.unapplied[payment_id].charged += amount - part
        if part:
            self._fit_requests()

    def decide(self, payment_id: str, amount: int, *, is_won: bool) -> None:
        """Expect the effect of the decision of a chargeback, when it is delivered for the first time."""
        part = min(amount, self.charged_back) if payment_id == self.payment_id else 0
        payment, rest = self.unapplied[payment_id], amount - part
        self.charged_back -= part
        payment.charged -= rest
        if is_won and part:
            self._fit_requests()
        if is_won and payment_id == self.payment_id:
            self._bear_what_is_ahead()
        if not is_won:
            payment.refunded += rest
            self._add_refund(part)
        if payment_id == self.payment_id:
            self._end_return()

    def _add_refund(self, part: int) -> None:
        self.refunded += part
        if part:
            self._fit_requests()
        if part and self.refunded == self.order.total.amount:
            self.set_state(S.REFUNDED)
            self.unpaid.clear()

    def number_of(self, reference: str) -> int:
        """Return the number of a request of the order; 0 for other references."""
        return int(reference.removeprefix(f"{self.order.id}.r")) if reference.startswith(self.order.id) else 0

    def _end_return(self) -> None:
        payment = self.unapplied[self.payment_id]
        if self.state is S.REFUNDING and not self.is_given_up and payment.refunded >= payment.captured:
            self.set_state(S.REFUNDED)
            self.refunded = self.order.total.amount


@dataclass(frozen=True)
class ProviderEvent:
    """An event of the provider about a payment of an order."""

    kind: str
    order_id: str
    payment_id: str
    amount: int
    captured_at: datetime | None = None
    refund_id: str = ""
    refund_reference: str = ""
    chargeback_id: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        if self.chargeback_id:
            return (self.kind, self.chargeback_id)
        if self.kind == "refund.failed":
            return (self.kind, self.refund_reference)
        return (self.refund_id,) if self.refund_id else (self.payment_id, self.amount)

    def deliver(self, shop: Shop, order: Order) -> Order:
        about: dict[str, Any] = {"captured_at": self.captured_at} if self.captured_at else {"refund_id": self.refund_id}
        about |= {"refund_reference": self.refund_reference, "payment_id": self.payment_id}
        about |= {"chargeback_id": self.chargeback_id}
        after = shop.receive(order, self.kind, self.amount, **about)
        assert after is not None
        return after


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
        order_commission = (expected.order.total.amount - expected.refunded) * terms_of(kind).owner_share // 10_000
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
        """Require that entries written now pay no blocked user, and no commission of a person to that person.

        A chargeback that is won gives back what it took, to the same ledger accounts. The release decides on what is pending.
        """
        for entry in entries:
            if entry.reason is EntryReason.CHARGEBACK_REVERSAL:
                continue
            credited = {line.ledger_account for line in entry.lines if line.amount < 0}
            assert not (self.is_blocked(MEI, now) and f"seller:{MEI.user_id}" in credited)
            assert not (self.is_blocked(LIN, now) and f"owner:{LIN.user_id}" in credited)
            if credited & {f"owner:{LIN.user_id}", f"commission-pending:{LIN.user_id}"}:
                assert self.owner_earns(buyers[entry.order_id])
