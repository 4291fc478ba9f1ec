"""A state machine that compares orders, stock and escrow with a small model under random faults, repeats and delays.

One table call of a write can fail or lose its response. The write is then retried, as its real caller would."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from services.commerce import usecases as commerce
from services.commerce.domain import LedgerEntry, ListingKind, Order, OrderState
from services.commerce.domain.ledger import escrow_account
from services.commerce.domain.listing import terms_of
from services.commerce.domain.party import Payee
from services.commerce.errors import BuyerIsSeller, ListingNotOnSale, OrderStateConflict, PriceChanged, StockInsufficient
from services.commerce.repository.ledger import LEDGER, entry_from_item
from services.commerce.repository.orders import order_from_item
from services.commerce.settings import settings as in_force
from services.shared.kernel.errors import DomainError
from services.shared.security.auth import Caller
from services.shared.table.port import Throttled, TransactionConflict
from simulation.driver import Faults, Faulty
from simulation.faults import Fault, Lost
from simulation.memory import MemoryTable
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.users import caller
from tests.usecases.commerce.order_model import ExpectedOrder, ExpectedUsers

STEPS = 50  # per run
TOTAL = int(os.environ.get("MACHINE_STEPS", "2000"))
S = OrderState
BUYERS = [HAO, LIN, caller("qiu"), caller("yan")]
OFF_STOCK = {S.RESERVED, S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED}  # states whose units are not in stock
IN_ESCROW = {S.PAID, S.SHIPPED, S.REFUNDING}  # states whose payment is in escrow
FAULTS = st.none() | st.tuples(st.integers(1, 6), st.sampled_from(Fault))
WHICH = st.integers(0, 63)


class OrderMachine(RuleBasedStateMachine):
    @initialize(kind=st.sampled_from(ListingKind), stock=st.integers(1, 8), amount=st.integers(1, 20_000))
    def open(self, kind: ListingKind, stock: int, amount: int) -> None:
        self.shop = Shop(kind, stock, amount)
        table = self.shop.simulation.commerce_table
        assert isinstance(table, MemoryTable)
        self.table, self.kind, self.first_stock = table, kind, stock
        self.revisions = [self.shop.listing.revision]
        self.prices = [amount]
        self.expected: dict[str, ExpectedOrder] = {}
        self.users = ExpectedUsers()
        self.entries = 0
        for buyer in BUYERS[2:]:
            self.shop.set_member(buyer)

    @property
    def now(self) -> datetime:
        return self.shop.simulation.clock.now

    @property
    def stock(self) -> int:
        in_orders = (each.order.quantity for each in self.expected.values() if each.state in OFF_STOCK)
        return self.first_stock - sum(in_orders)

    @property
    def is_selling(self) -> bool:
        return not any(self.users.is_blocked(user, self.now) for user in (MEI, LIN))

    def pick(self, which: int) -> ExpectedOrder:
        return list(self.expected.values())[which % len(self.expected)]

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

    def run_step(self, call: Callable[[], Order], state: OrderState | None, fault: Any) -> None:
        """Call and expect the order in this state; None expects an error."""
        if state is not None:
            assert self.attempt(call, fault).state is state
            return
        with pytest.raises(OrderStateConflict):
            self.attempt(call, fault)

    @rule(buyer=st.sampled_from(BUYERS), quantity=st.integers(1, 3), fault=FAULTS, again=st.booleans())
    def place_order(self, buyer: Caller, quantity: int, fault: Any, again: bool) -> None:
        key, revision, stock = self.shop.new_key(buyer), self.revisions[-1], self.stock

        def call() -> Order:
            return self.shop.order(buyer, quantity, key, revision)

        error = self.purchase_error(buyer) or (StockInsufficient if stock < quantity else None)
        if error:
            with pytest.raises(error):
                self.attempt(call, fault)
            return
        order = self.attempt(call, fault)
        self.expected[order.id] = ExpectedOrder(order, buyer, S.RESERVED, self.now + in_force().reservation_lifetime)
        if again:
            assert call() == order

    def purchase_error(self, buyer: Caller) -> type[DomainError] | None:
        if self.users.are_one(buyer, MEI):
            return BuyerIsSeller
        return None if self.is_selling else ListingNotOnSale

    @rule(
        user=st.sampled_from([MEI, LIN]),
        level=st.sampled_from(["none", "muted", "restricted", "suspended"]),
        days=st.integers(0, 2),
    )
    def set_account_status(self, user: Caller, level: str, days: int) -> None:
        """Also without an end, if `days` is 0."""
        until = self.now + timedelta(days=days) if days else None
        self.shop.set_account_status(user, level, until=until)
        self.users.blocked.pop(user.user_id, None)
        if level in ("restricted", "suspended"):
            self.users.blocked[user.user_id] = until

    @precondition(lambda self: len(self.expected) > 1 and len(self.users.identities) < 3)
    @rule(user=st.sampled_from([*BUYERS, MEI]), identity=st.sampled_from(["a", "b"]))
    def verify(self, user: Caller, identity: str) -> None:
        for _ in range(2):
            self.shop.set_identity(user, identity)
        self.users.identities.setdefault(user.user_id, set()).add(identity)

    @precondition(lambda self: len(self.revisions) > 1)
    @rule(buyer=st.sampled_from(BUYERS), fault=FAULTS)
    def place_order_at_an_old_price(self, buyer: Caller, fault: Any) -> None:
        key = self.shop.new_key(buyer)
        with pytest.raises(self.purchase_error(buyer) or PriceChanged):
            self.attempt(lambda: self.shop.order(buyer, 1, key, self.revisions[-2]), fault)

    @rule(amount=st.integers(1, 20_000))
    def update_price(self, amount: int) -> None:
        self.revisions.append(self.shop.update_listing(amount).revision)
        self.prices.append(amount)

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, times=st.integers(1, 3), fault=FAULTS)
    def pay(self, which: int, times: int, fault: Any) -> None:
        """A payment in time, late, or repeated long after: applied once."""
        expected = self.pick(which)
        after = expected.state
        if expected.state is S.RESERVED:
            after = S.PAID
        elif expected.state is S.EXPIRED:
            is_open = self.purchase_error(expected.buyer) is None and self.prices[-1] <= expected.order.unit_price.amount
            after = S.PAID if is_open and self.stock >= expected.order.quantity else S.REFUNDING
        for number in range(times):
            order = self.attempt(lambda: self.shop.pay(expected.order), None if number else fault)
            assert order.state is after
        if after is not expected.state:
            expected.set_state(after, self.now if after is S.REFUNDING else None)

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, others=st.integers(0, 8), fault=FAULTS)
    def expire_and_pay_late(self, which: int, others: int, fault: Any) -> None:
        """A late payment, with orders of other buyers in between that can reserve the last units."""
        self.advance_clock({"minutes": 15})
        self.schedule(fault)
        if others and self.stock and not self.purchase_error(BUYERS[others % len(BUYERS)]):
            self.place_order(BUYERS[others % len(BUYERS)], min(others, self.stock), None, False)
        late = [index for index, expected in enumerate(self.expected.values()) if expected.state is S.EXPIRED]
        if late:
            self.pay(late[which % len(late)], 2, fault)

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, fault=FAULTS)
    def report_refund(self, which: int, fault: Any) -> None:
        expected = self.pick_in(S.REFUNDING, which)
        after = S.REFUNDED if expected.state in (S.REFUNDING, S.REFUNDED) else None
        self.run_step(lambda: self.shop.pay(expected.order, "refund.succeeded"), after, fault)
        if after:
            expected.set_state(after)

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, fault=FAULTS)
    def ship(self, which: int, fault: Any) -> None:
        expected = self.pick_in(S.PAID, which)
        after = S.SHIPPED if expected.state in (S.PAID, S.SHIPPED) else None
        self.run_step(lambda: commerce.ship_order(self.shop.ports, MEI, expected.order.id), after, fault)
        if expected.state is S.PAID:
            expected.set_state(S.SHIPPED, self.now + terms_of(self.kind).auto_confirm_after)

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, fault=FAULTS)
    def confirm(self, which: int, fault: Any) -> None:
        expected = self.pick_in(S.SHIPPED, which)
        after = {S.SHIPPED: S.RECEIVED, S.RECEIVED: S.RECEIVED, S.COMPLETED: S.COMPLETED}.get(expected.state)
        self.run_step(lambda: commerce.confirm_receipt(self.shop.ports, expected.buyer, expected.order.id), after, fault)
        if expected.state is S.SHIPPED:
            self.users.receive(expected, self.kind, self.now)

    @rule(fault=FAULTS)
    def schedule(self, fault: Any) -> None:
        """Run the schedule until nothing is due. After a fault in the middle, the next run continues."""
        self.attempt(lambda: commerce.handle_schedule(self.shop.ports), fault)
        while self.attempt(lambda: commerce.handle_schedule(self.shop.ports), None):
            pass
        for expected in self.expected.values():
            while expected.due_at and expected.due_at <= self.now:
                match expected.state:
                    case S.RESERVED:
                        expected.set_state(S.EXPIRED)
                    case S.SHIPPED:
                        self.users.receive(expected, self.kind, self.now)
                    case S.RECEIVED:
                        self.users.release(expected, self.now)
                    case S.REFUNDING:
                        expected.set_state(S.REFUNDING, self.now + in_force().refund_retry_interval)
                        expected.refund_requested = True

    @rule(by=st.sampled_from([{"minutes": 7}, {"minutes": 15}, {"hours": 20}, {"days": 7}, {"days": 10}]))
    def advance_clock(self, by: dict[str, int]) -> None:
        self.shop.simulation.clock.advance(**by)

    @rule(first=st.integers(1, 6), then=st.integers(0, 6), fault=FAULTS)
    def drain(self, first: int, then: int, fault: Any) -> None:
        """Process the stream in parts; each part is delivered again from its first record, with later records added."""
        changes = self.shop.new_ledger_changes()
        while changes:
            for part in (changes[:first], changes[: first + then]):
                self.attempt(partial(commerce.handle_changes, self.shop.ports, part), fault)
            changes, fault = changes[first + then :], None
        items = self.table.all_items()
        sums: Counter[str] = Counter()
        for entry in (entry_from_item(item) for item in items if item["sk"].startswith("ENTRY#")):
            for line in entry.lines:
                sums[f"{line.ledger_account}#{entry.currency}"] += line.amount
        balances = {item["sk"]: item["balance"] for item in items if item["pk"] == LEDGER}
        assert balances == dict(sums)
        assert sum(balances.values()) == 0
        refunds = sum(expected.order.total.amount for expected in self.expected.values() if expected.refund_requested)
        assert sum(money.amount for money in self.shop.simulation.payments.refunded.values()) == refunds

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            self.drain(3, 2, None)

    @invariant()
    def orders_and_stock_match_the_model(self) -> None:
        if not hasattr(self, "shop"):
            return
        items = self.table.all_items()
        orders = {item["id"]: order_from_item(item) for item in items if item["sk"].startswith("ORDER#")}
        assert {name: (expected.state, expected.due_at, expected.unpaid) for name, expected in self.expected.items()} == {
            name: (order.state, order.due_at, set(order.unpaid)) for name, order in orders.items()
        }
        in_orders = sum(order.quantity for order in orders.values() if order.state in OFF_STOCK)
        (listing,) = (item for item in items if item["sk"].startswith("LISTING#"))
        assert listing["stock"] + in_orders == self.first_stock
        entries = [entry_from_item(new) for old, new in self.table.stream if new and not old and new["sk"].startswith("ENTRY#")]
        buyers = {name: expected.buyer for name, expected in self.expected.items()}
        self.users.require_rightful(entries[self.entries :], buyers, self.now)
        self.entries = len(entries)
        self.require_escrow_matches(orders, entries)

    def require_escrow_matches(self, orders: dict[str, Order], entries: list[LedgerEntry]) -> None:
        balances: Counter[str] = Counter()
        for entry in entries:
            assert sum(line.amount for line in entry.lines) == 0
            for line in entry.lines:
                balances[line.ledger_account] += line.amount
        for order in orders.values():
            assert balances[escrow_account(order)] == (-order.total.amount if order.state in IN_ESCROW else 0)
        unpaid = [order for order in orders.values() if order.unpaid]
        for payee, account in (
            (Payee.SELLER, f"seller-pending:{MEI.user_id}"),
            (Payee.OWNER, f"commission-pending:{LIN.user_id}"),
        ):
            assert -balances[account] == sum(getattr(order.shares, payee).amount for order in unpaid if payee in order.unpaid)


SETTINGS = settings(
    max_examples=max(1, TOTAL // STEPS), stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_m6_orders_stock_and_escrow_match_the_model() -> None:
    run_state_machine_as_test(OrderMachine, settings=SETTINGS)
