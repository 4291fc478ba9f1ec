"""Orders, their stock and their escrow against a small model, whatever is repeated, lost, late or cut off.

Every write may meet a fault at one of its calls and is then made again, as its real caller would."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.commerce import usecases as commerce
from services.commerce.domain import TERMS, Journal, Kind, Order, OrderState
from services.commerce.domain.journal import escrow
from services.commerce.domain.money import Money
from services.commerce.domain.order import ASK_AGAIN, RESERVATION
from services.commerce.errors import PriceChanged, SoldOut, WrongState
from services.commerce.repository.ledger import LEDGER, journal_from_item
from services.commerce.repository.orders import order_from_item
from services.shared.security.auth import Caller
from services.shared.table.port import Conflict, Throttled
from simulation.driver import Faults, Watched
from simulation.faults import Fault, Lost
from simulation.memory import MemoryTable
from simulation.setup.commerce import (
    HAO,
    LIN,
    MEI,
    Shop,
)
from simulation.simulation import person

STEPS = 50  # a run
TOTAL = int(os.environ.get("MACHINE_STEPS", "2000"))
S = OrderState
BUYERS = [HAO, LIN, person("qiu"), person("yan")]
HOLDING = {S.RESERVED, S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED}  # their units are not in stock
OWED = {S.PAID, S.SHIPPED, S.REFUNDING}  # their money lies in escrow
FAULTS = st.none() | st.tuples(st.integers(1, 6), st.sampled_from(Fault))
WHICH = st.integers(0, 63)


@dataclass
class Wanted:
    """What the model says of an order."""

    order: Order
    buyer: Caller
    state: OrderState = S.RESERVED
    due: datetime | None = None
    asked: bool = False

    @property
    def units(self) -> int:
        return self.order.quantity if self.state in HOLDING else 0

    def become(self, state: OrderState, due: datetime | None = None) -> None:
        self.state, self.due = state, due


class OrderMachine(RuleBasedStateMachine):
    @initialize(kind=st.sampled_from(Kind), stock=st.integers(1, 8), amount=st.integers(1, 20_000))
    def open(self, kind: Kind, stock: int, amount: int) -> None:
        self.shop = Shop(kind, stock, amount)
        table = self.shop.world.commerce_table
        assert isinstance(table, MemoryTable)
        self.table, self.kind, self.first_stock = table, kind, stock
        self.revisions = [self.shop.listing.revision]
        self.wanted: dict[str, Wanted] = {}
        for buyer in BUYERS[2:]:
            self.shop.hear(buyer)

    @property
    def now(self) -> datetime:
        return self.shop.world.clock.now

    @property
    def stock(self) -> int:
        return self.first_stock - sum(one.units for one in self.wanted.values())

    def pick(self, which: int) -> Wanted:
        return list(self.wanted.values())[which % len(self.wanted)]

    def pick_in(self, state: OrderState, which: int) -> Wanted:
        """One in this state three times out of four, if there is one; else any."""
        found = [one for one in self.wanted.values() if one.state is state]
        return found[which % len(found)] if found and which % 4 else self.pick(which)

    def make(self, call: Callable[[], Any], fault: tuple[int, Fault] | None = None) -> Any:
        """Once with the fault; if that came up, again without."""
        world = self.shop.world
        try:
            world.commerce_table = Watched(self.table, Faults(dict([fault] if fault else [])))
            return call()
        except (Lost, Conflict, Throttled):
            world.commerce_table = self.table
            return call()
        finally:
            world.commerce_table = self.table

    def make_or_refuse(self, call: Callable[[], Order], one: Wanted, state: OrderState | None, fault: Any) -> None:
        """It ends in this state; None: it is refused and changes nothing."""
        if state is not None:
            assert self.make(call, fault).state is state
            return
        with pytest.raises(WrongState):
            self.make(call, fault)

    @rule(buyer=st.sampled_from(BUYERS), quantity=st.integers(1, 3), fault=FAULTS, again=st.booleans())
    def place(self, buyer: Caller, quantity: int, fault: Any, again: bool) -> None:
        key, revision, stock = self.shop.key(buyer), self.revisions[-1], self.stock

        def call() -> Order:
            return self.shop.order(buyer, quantity, key, revision)

        if stock < quantity:
            with pytest.raises(SoldOut):
                self.make(call, fault)
            return
        order = self.make(call, fault)
        self.wanted[order.id] = Wanted(order, buyer, S.RESERVED, self.now + RESERVATION)
        if again:
            assert call() == order

    @precondition(lambda self: len(self.revisions) > 1)
    @rule(buyer=st.sampled_from(BUYERS), fault=FAULTS)
    def place_at_an_old_price(self, buyer: Caller, fault: Any) -> None:
        key = self.shop.key(buyer)
        with pytest.raises(PriceChanged):
            self.make(lambda: self.shop.order(buyer, 1, key, self.revisions[-2]), fault)

    @rule(amount=st.integers(1, 20_000))
    def edit_price(self, amount: int) -> None:
        price = Money(amount, "CNY")
        self.shop.world.clock.advance(milliseconds=1)
        after = commerce.update_listing(
            self.shop.ports, MEI, self.shop.circle_id, self.shop.listing.id, title="望远镜", price=price, on_sale=True
        )
        self.revisions.append(after.revision)

    @precondition(lambda self: self.wanted)
    @rule(which=WHICH, times=st.integers(1, 3), fault=FAULTS)
    def pay(self, which: int, times: int, fault: Any) -> None:
        """In time, late, or long after: taken once."""
        one = self.pick(which)
        after = one.state
        if one.state is S.RESERVED:
            after = S.PAID
        elif one.state is S.EXPIRED:
            after = S.PAID if self.stock >= one.order.quantity else S.REFUNDING
        for number in range(times):
            told = self.make(lambda: self.shop.paid(one.order), None if number else fault)
            assert told.state is after
        if after is not one.state:
            one.become(after, self.now if after is S.REFUNDING else None)

    @precondition(lambda self: self.wanted)
    @rule(which=WHICH, others=st.integers(0, 8), fault=FAULTS)
    def expire_and_pay_late(self, which: int, others: int, fault: Any) -> None:
        """With others in between, who may have taken the last units."""
        self.advance_clock({"minutes": 15})
        self.schedule(fault)
        if others and self.stock:
            self.place(BUYERS[others % len(BUYERS)], min(others, self.stock), None, False)
        late = [place for place, one in enumerate(self.wanted.values()) if one.state is S.EXPIRED]
        if late:
            self.pay(late[which % len(late)], 2, fault)

    @precondition(lambda self: self.wanted)
    @rule(which=WHICH, fault=FAULTS)
    def tell_of_refund(self, which: int, fault: Any) -> None:
        one = self.pick_in(S.REFUNDING, which)
        after = S.REFUNDED if one.state in (S.REFUNDING, S.REFUNDED) else None
        self.make_or_refuse(lambda: self.shop.paid(one.order, "refund.succeeded"), one, after, fault)
        if after:
            one.become(after)

    @precondition(lambda self: self.wanted)
    @rule(which=WHICH, fault=FAULTS)
    def ship(self, which: int, fault: Any) -> None:
        one = self.pick_in(S.PAID, which)
        after = S.SHIPPED if one.state in (S.PAID, S.SHIPPED) else None
        self.make_or_refuse(lambda: commerce.ship_order(self.shop.ports, MEI, one.order.id), one, after, fault)
        if one.state is S.PAID:
            one.become(S.SHIPPED, self.now + TERMS[self.kind].auto_confirm)

    @precondition(lambda self: self.wanted)
    @rule(which=WHICH, fault=FAULTS)
    def confirm(self, which: int, fault: Any) -> None:
        one = self.pick_in(S.SHIPPED, which)
        after = {S.SHIPPED: S.RECEIVED, S.RECEIVED: S.RECEIVED, S.COMPLETED: S.COMPLETED}.get(one.state)
        self.make_or_refuse(lambda: commerce.confirm_receipt(self.shop.ports, one.buyer, one.order.id), one, after, fault)
        if one.state is S.SHIPPED:
            one.become(S.RECEIVED, self.now + TERMS[self.kind].return_window)

    @rule(fault=FAULTS)
    def schedule(self, fault: Any) -> None:
        """Until nothing is due: cut off in the middle, it goes on where it stood."""
        self.make(lambda: commerce.handle_schedule(self.shop.ports), fault)
        while self.make(lambda: commerce.handle_schedule(self.shop.ports), None):
            pass
        for one in self.wanted.values():
            while one.due and one.due <= self.now:
                match one.state:
                    case S.RESERVED:
                        one.become(S.EXPIRED)
                    case S.SHIPPED:
                        one.become(S.RECEIVED, self.now + TERMS[self.kind].return_window)
                    case S.RECEIVED:
                        one.become(S.COMPLETED)
                    case S.REFUNDING:
                        one.become(S.REFUNDING, self.now + ASK_AGAIN)
                        one.asked = True

    @rule(by=st.sampled_from([{"minutes": 7}, {"minutes": 15}, {"hours": 20}, {"days": 7}, {"days": 10}]))
    def advance_clock(self, by: dict[str, int]) -> None:
        self.shop.world.clock.advance(**by)

    @rule(first=st.integers(1, 6), then=st.integers(0, 6), fault=FAULTS)
    def drain(self, first: int, then: int, fault: Any) -> None:
        """Each part of the stream is taken, and again from its first record on with more that came since."""
        changes = self.shop.fresh()
        while changes:
            for part in (changes[:first], changes[: first + then]):
                self.make(partial(commerce.handle_changes, self.shop.ports, part), fault)
            changes, fault = changes[first + then :], None
        items = self.table.all_items()
        owed: Counter[str] = Counter()
        for entry in (journal_from_item(item) for item in items if item["sk"].startswith("ENTRY#")):
            for line in entry.lines:
                owed[f"{line.account}#{entry.currency}"] += line.amount
        balances = {item["sk"]: item["balance"] for item in items if item["pk"] == LEDGER}
        assert balances == dict(owed)
        assert sum(balances.values()) == 0
        returned = sum(one.order.total.amount for one in self.wanted.values() if one.asked)
        assert sum(money.amount for money in self.shop.world.payments.refunded.values()) == returned

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            self.drain(3, 2, None)

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "shop"):
            return
        items = self.table.all_items()
        orders = {item["id"]: order_from_item(item) for item in items if item["sk"].startswith("ORDER#")}
        assert {name: (one.state, one.due) for name, one in self.wanted.items()} == {
            name: (order.state, order.due_at) for name, order in orders.items()
        }
        in_orders = sum(order.quantity for order in orders.values() if order.state in HOLDING)
        (listing,) = (item for item in items if item["sk"].startswith("LISTING#"))
        assert listing["stock"] + in_orders == self.first_stock
        self.ledger_holds(orders, [journal_from_item(item) for item in items if item["sk"].startswith("ENTRY#")])

    def ledger_holds(self, orders: dict[str, Order], entries: list[Journal]) -> None:
        lies: Counter[str] = Counter()
        for entry in entries:
            assert sum(line.amount for line in entry.lines) == 0
            for line in entry.lines:
                lies[line.account] += line.amount
        for order in orders.values():
            assert lies[escrow(order)] == (-order.total.amount if order.state in OWED else 0)


OrderMachine.TestCase.settings = settings(
    max_examples=max(1, TOTAL // STEPS),
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class test_m6_orders_stock_and_escrow_are_as_the_model_says(OrderMachine.TestCase):
    pass
