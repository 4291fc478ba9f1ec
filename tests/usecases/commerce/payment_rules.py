"""The rules of the state machine of orders about the payment provider, and the state that all its rules share.

The provider captures and refunds, and its events are delivered at any time: at once, late, again, or in another order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import Listing, ListingKind, Order, OrderState
from services.commerce.domain.money import Money
from services.commerce.errors import BuyerIsSeller, ListingNotOnSale, OrderStateConflict
from services.shared.kernel.errors import DomainError
from services.shared.security.auth import Caller
from services.shared.table.port import Throttled, TransactionConflict
from simulation.driver import Faults, Faulty
from simulation.faults import Fault, Lost
from simulation.memory import MemoryTable
from simulation.setup.commerce import HAO, LIN, MEI, SELLER_ROLE, Shop, end_of
from simulation.users import caller
from tests.usecases.commerce.order_model import ExpectedOrder, ExpectedUsers, ProviderEvent

S = OrderState
BUYERS = [HAO, LIN, caller("qiu"), caller("yan")]
SHU = caller("shu")
FAULTS = st.none() | st.tuples(st.integers(1, 6), st.sampled_from(Fault))
WHICH = st.integers(0, 63)


class PaymentRules(RuleBasedStateMachine):
    @initialize(kind=st.sampled_from(ListingKind), stock=st.integers(1, 8), amount=st.integers(1, 20_000))
    def open(self, kind: ListingKind, stock: int, amount: int) -> None:
        self.shop = Shop(kind, stock, amount)
        table = self.shop.simulation.commerce_table
        assert isinstance(table, MemoryTable)
        self.table, self.kind = table, kind
        self.shop.set_member(SHU, role=SELLER_ROLE.get(kind, "moderator"))
        # Mei has two listings and Shu one. The price of the first changes.
        self.listings = [self.shop.listing, *(self.add_listing(seller) for seller in (MEI, SHU))]
        self.sellers = (MEI, MEI, SHU)
        self.first_stock = (stock, 5, 5)
        self.revisions = [self.shop.listing.revision]
        self.prices = [amount]
        self.expected: dict[str, ExpectedOrder] = {}
        self.users = ExpectedUsers()
        self.entries = 0
        self.events: list[ProviderEvent] = []  # what the provider did; each can be event at any time, and again
        self.captured: Counter[tuple[str, str]] = Counter()  # at the provider, by order and payment
        self.delivered_cash = 0
        for buyer in BUYERS[2:]:
            self.shop.set_member(buyer)

    @property
    def now(self) -> datetime:
        return self.shop.simulation.clock.now

    def add_listing(self, seller: Caller) -> Listing:
        key, new = self.shop.new_key(seller), {"title": "三脚架", "price": Money(700, "CNY"), "stock": 5}
        return commerce.create_listing(self.shop.ports, seller, self.shop.circle_id, key, kind=self.kind, **new)  # type: ignore[arg-type]

    @property
    def stock(self) -> int:
        return self.stock_of(self.shop.listing.id)

    def stock_of(self, listing_id: str) -> int:
        first = next(first for listing, first in zip(self.listings, self.first_stock, strict=True) if listing.id == listing_id)
        with_units = (each.order for each in self.expected.values() if each.has_units)
        return first - sum(order.units.get(listing_id, {}).get("", 0) for order in with_units)

    def is_selling(self, seller: Caller) -> bool:
        return not any(self.users.is_blocked(user, self.now) for user in (seller, LIN))

    def pick(self, which: int) -> ExpectedOrder:
        return list(self.expected.values())[which % len(self.expected)]

    def find(self, state: OrderState, which: int) -> int:
        """Return the position of an order in this state, or of any order."""
        return next((number for number, each in enumerate(self.expected.values()) if each.state is state), which)

    def pick_in(self, state: OrderState, which: int) -> ExpectedOrder:
        """An order in this state in 3 of 4 cases, if there is one; otherwise any order."""
        in_state = [expected for expected in self.expected.values() if expected.state is state]
        return in_state[which % len(in_state)] if in_state and which % 4 else self.pick(which)

    def attempt(self, call: Callable[[], Any], fault: tuple[int, Fault] | None = None) -> Any:
        """Call with the fault; retry without it if the fault occurred."""
        simulation = self.shop.simulation
        try:
            simulation.commerce_table = Faulty(self.table, Faults(dict([fault] if fault else [])))
            return call()
        except (Lost, TransactionConflict, Throttled):
            simulation.commerce_table = self.table
            return call()
        finally:
            simulation.commerce_table = self.table

    def run_step(
        self, call: Callable[[], Order], state: OrderState | None, fault: Any, error: type[DomainError] = OrderStateConflict
    ) -> None:
        """Call and expect the order in this state; None expects the error."""
        if state is not None:
            assert self.attempt(call, fault).state is state
            return
        with pytest.raises(error):
            self.attempt(call, fault)

    def purchase_error(self, buyer: Caller, seller: Caller = MEI) -> type[DomainError] | None:
        if self.users.are_one(buyer, seller):
            return BuyerIsSeller
        return None if self.is_selling(seller) else ListingNotOnSale

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, number=st.integers(0, 2), more=st.sampled_from([0, 0, 0, 1, -1]), times=st.integers(0, 3), fault=FAULTS)
    def pay(self, which: int, number: int, more: int, times: int, fault: Any) -> None:
        """A capture at the provider: of the payment that was started, or of another one; delivered now or later."""
        expected = self.pick(which)
        order, payments = expected.order, self.shop.simulation.payments
        started = payments.start_one(f"{order.buyer_id}/{order.id}", order.total).id
        payment_id, amount = f"{started}_{number}" if number else started, order.total.amount + more
        if amount < 1 or self.captured[order.id, payment_id]:
            return
        if number or more:
            payments.capture(payment_id, Money(amount if number else more, "CNY"))
        self.captured[order.id, payment_id] = amount
        captured_at = self.now if number else max(order.created_at, self.now - timedelta(minutes=10))
        self.events.append(ProviderEvent("payment.captured", order.id, payment_id, amount, captured_at=captured_at))
        self.deliver_event(-1, times, fault)

    @precondition(lambda self: self.captured)
    @rule(which=WHICH, part=st.integers(1, 4), times=st.integers(0, 3), fault=FAULTS)
    def refund_at_the_provider(self, which: int, part: int, times: int, fault: Any) -> None:
        """A refund that is made at the provider, of all or a part of what it still has of a payment."""
        (order_id, payment_id), captured = list(self.captured.items())[which % len(self.captured)]
        payments = self.shop.simulation.payments
        charged_back = payments.charged_back[payment_id, "CNY"]
        amount = max((captured - payments.get_refunded(payment_id, "CNY") - charged_back) // part, 1)
        self.refund_amount_at_the_provider(order_id, payment_id, amount, times, fault)

    def refund_amount_at_the_provider(self, order_id: str, payment_id: str, amount: int, times: int, fault: Any) -> None:
        payments = self.shop.simulation.payments
        reference = f"made at the provider {len(self.events)}"
        with suppress(ProviderFailed):
            payments.refund(payment_id, Money(amount, "CNY"), reference)
            self.events.append(ProviderEvent("refund.succeeded", order_id, payment_id, amount, refund_id=reference))
            self.deliver_event(-1, times, fault)

    @precondition(lambda self: self.captured)
    @rule(which=WHICH, part=st.integers(1, 3), times=st.integers(0, 3), fault=FAULTS)
    def open_chargeback_at_the_provider(self, which: int, part: int, times: int, fault: Any) -> None:
        """A chargeback of all or a part of what the provider still has of a payment."""
        (order_id, payment_id), captured = list(self.captured.items())[which % len(self.captured)]
        payments = self.shop.simulation.payments
        left = captured - payments.get_refunded(payment_id, "CNY") - payments.charged_back[payment_id, "CNY"]
        if left > 0:
            amount = max(left // part, 1)
            chargeback_id = payments.open_chargeback(payment_id, Money(amount, "CNY"))
            opened = ProviderEvent("chargeback.opened", order_id, payment_id, amount, chargeback_id=chargeback_id)
            self.events.append(opened)
            self.deliver_event(-1, times, fault)

    @precondition(lambda self: self.captured and self.shop.simulation.payments.chargebacks)
    @rule(which=WHICH, state=st.sampled_from(["won", "lost"]), times=st.integers(0, 3), fault=FAULTS)
    def decide_chargeback_at_the_provider(self, which: int, state: str, times: int, fault: Any) -> None:
        payments = self.shop.simulation.payments
        chargeback_id = list(payments.chargebacks)[which % len(payments.chargebacks)]
        (opened,) = (event for event in self.events if event.chargeback_id == chargeback_id)
        payments.close_chargeback(chargeback_id, state)
        self.events.append(replace(opened, kind=f"chargeback.{state}"))
        self.deliver_event(-1, times, fault)

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, part=st.integers(1, 2), fault=FAULTS)
    def refund_before_the_capture_is_delivered(self, which: int, part: int, fault: Any) -> None:
        self.pay(self.find(S.RESERVED, which), 0, 0, 0, None)
        if self.captured:
            self.refund_at_the_provider(len(self.captured) - 1, part, 1, fault)

    @precondition(lambda self: self.events)
    @rule(which=WHICH, times=st.integers(1, 3), fault=FAULTS)
    def deliver_event(self, which: int, times: int, fault: Any) -> None:
        """An event of the provider is delivered, late or again, and applied once."""
        event = self.events[which] if which < 0 else self.events[which % len(self.events)]
        expected = self.expected[event.order_id]
        if times and event.key not in expected.delivered:
            self.expect(event, expected)
        for number in range(times):
            order = self.attempt(partial(event.deliver, self.shop, expected.order), None if number else fault)
            assert order.state is expected.state

    def expect(self, event: ProviderEvent, expected: ExpectedOrder) -> None:
        expected.delivered.add(event.key)
        if event.chargeback_id:
            self.expect_chargeback(event, expected)
        elif event.captured_at:
            self.delivered_cash += event.amount
            is_allowed = self.is_allowed(expected, event.captured_at)
            expected.capture(event.payment_id, event.amount, self.now, is_allowed=is_allowed)
        elif event.kind == "refund.failed":
            expected.requests.fail(expected.number_of(event.refund_reference))
        else:
            self.delivered_cash -= event.amount
            expected.refund(event.payment_id, event.amount, event.refund_reference)

    def expect_chargeback(self, event: ProviderEvent, expected: ExpectedOrder) -> None:
        """A decision that is delivered first books the chargeback too."""
        kind, name = event.kind.removeprefix("chargeback."), event.chargeback_id
        others = {"opened", "won", "lost"} - {kind}
        if not any((f"chargeback.{other}", name) in expected.delivered for other in others):
            self.delivered_cash -= event.amount
            expected.charge_back(event.payment_id, event.amount)
        if kind != "opened":
            self.delivered_cash += event.amount if kind == "won" else 0
            expected.decide(event.payment_id, event.amount, is_won=kind == "won")

    def is_allowed(self, expected: ExpectedOrder, captured_at: datetime) -> bool:
        """Whether an order can be paid with what was captured then."""
        order, is_late = expected.order, captured_at >= end_of(expected.order)
        changed = [line for line in order.lines if line.listing_id == self.shop.listing.id]
        is_dearer = any(self.prices[-1] > line.unit_price.amount for line in changed)
        if is_late and (self.purchase_error(expected.buyer, expected.seller) or is_dearer):
            return False
        is_reserved = expected.state is S.RESERVED
        has_units = is_reserved or all(self.stock_of(line.listing_id) >= line.quantity for line in order.lines)
        return has_units and self.has_coupon(expected, is_reserved=is_reserved, is_late=is_late)

    def has_coupon(self, expected: ExpectedOrder, *, is_reserved: bool, is_late: bool) -> bool:
        """Whether an order that is paid has the coupon that its total needs."""
        raise NotImplementedError

    def add_requested_refunds(self) -> None:
        """Add what was requested and made to the events that the provider can deliver."""
        known = {event.refund_reference for event in self.events}
        for reference, (payment_id, money) in self.shop.simulation.payments.refunds.items():
            if "." in reference and reference not in known:
                (order_id,) = (order_id for order_id, name in self.captured if name == payment_id)
                about: dict[str, Any] = {"refund_id": reference, "refund_reference": reference}
                self.events.append(ProviderEvent("refund.succeeded", order_id, payment_id, money.amount, **about))
