"""A state machine that compares orders, stock and escrow with a small model under random faults, repeats and delays.

One table call of a write can fail or lose its response. The write is then retried, as its real caller would."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from services.commerce import usecases as commerce
from services.commerce.domain import LedgerEntry, Order, OrderState
from services.commerce.domain.ledger import escrow_account
from services.commerce.domain.order_line import LineRequest
from services.commerce.domain.party import Payee
from services.commerce.domain.terms import terms_of
from services.commerce.errors import OrderNotFound, OrderStateConflict, PaymentChargedBack, PriceChanged, StockInsufficient
from services.commerce.repository.balances import sum_balances
from services.commerce.repository.ledger import entry_from_item
from services.commerce.repository.orders import order_from_item
from services.commerce.settings import settings as in_force
from services.shared.kernel.errors import DomainError
from services.shared.security.auth import Caller
from simulation.setup.commerce import LIN, MEI
from tests.usecases.commerce.coupon_rules import CouponRules
from tests.usecases.commerce.order_model import ExpectedOrder
from tests.usecases.commerce.payment_rules import BUYERS, FAULTS, SHU, WHICH

STEPS = 50  # per run
TOTAL = int(os.environ.get("MACHINE_STEPS", "2000"))
S = OrderState


def requests_of(order: Order) -> list[tuple[int, int]]:
    return [(request.number, request.amount) for request in order.refunds.requests]


class OrderMachine(CouponRules):
    @rule(
        buyer=st.sampled_from(BUYERS), quantity=st.integers(1, 3), fault=FAULTS, again=st.booleans(), has_coupon=st.booleans()
    )
    def place_order(self, buyer: Caller, quantity: int, fault: Any, again: bool, has_coupon: bool) -> None:
        if has_coupon and self.is_selling(MEI):
            self.require_coupon()
        key, revision, stock = self.shop.new_key(buyer), self.revisions[-1], self.stock
        coupon_id = self.coupon_id if has_coupon else ""

        def call() -> Order:
            return self.shop.order(buyer, quantity, key, revision, coupon_id=coupon_id)

        error = self.purchase_error(buyer) or (StockInsufficient if stock < quantity else None)
        if coupon_id:
            error = error or self.coupon_error(buyer, self.prices[-1] * quantity)
        if error:
            with pytest.raises(error):
                self.attempt(call, fault)
            return
        order = self.attempt(call, fault)
        self.expected[order.id] = ExpectedOrder(order, buyer, MEI, S.RESERVED, self.now + in_force().reservation_lifetime)
        if again:
            assert call() == order

    @rule(buyer=st.sampled_from(BUYERS), quantities=st.tuples(*[st.integers(0, 2)] * 3), fault=FAULTS, again=st.booleans())
    def check_out(self, buyer: Caller, quantities: tuple[int, ...], fault: Any, again: bool) -> None:
        """Order from both sellers at once: an order of each, or none."""
        wanted = [each for each in zip(self.listings, self.sellers, quantities, strict=True) if each[2]]
        revisions = {listing.id: listing.revision for listing in self.listings} | {self.listings[0].id: self.revisions[-1]}
        lines = [LineRequest(listing.id, revisions[listing.id], quantity) for listing, _, quantity in wanted]
        key = self.shop.new_key(buyer)

        def call() -> list[Order]:
            return commerce.check_out(self.shop.ports, buyer, self.shop.circle_id, key, lines)

        errors = [error for _, seller, _ in wanted if (error := self.purchase_error(buyer, seller))]
        is_short = any(self.stock_of(listing.id) < quantity for listing, _, quantity in wanted)
        if error := (errors[0] if errors else StockInsufficient if is_short else None):
            with pytest.raises(error):
                self.attempt(call, fault)
        elif lines:
            orders = self.attempt(call, fault)
            sellers = list(dict.fromkeys(seller for _, seller, _ in wanted))
            due_at = self.now + in_force().reservation_lifetime
            for order, seller in zip(orders, sellers, strict=True):
                self.expected[order.id] = ExpectedOrder(order, buyer, seller, S.RESERVED, due_at)
            if again:
                assert call() == orders

    @rule(
        user=st.sampled_from([MEI, LIN, SHU]),
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
    @rule(user=st.sampled_from([*BUYERS, MEI, SHU]), identity=st.sampled_from(["a", "b"]))
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
    @rule(which=WHICH, others=st.integers(0, 8), fault=FAULTS)
    def expire_and_pay_late(self, which: int, others: int, fault: Any) -> None:
        """A late payment, with orders of other buyers in between that can reserve the last units."""
        self.advance_clock({"minutes": 15})
        self.schedule(fault)
        if others and self.stock and not self.purchase_error(BUYERS[others % len(BUYERS)]):
            self.place_order(BUYERS[others % len(BUYERS)], min(others, self.stock), None, False, False)
        late = [index for index, expected in enumerate(self.expected.values()) if expected.state is S.EXPIRED]
        if late:
            self.pay(late[which % len(late)], 0, 0, 2, fault)

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, fault=FAULTS)
    def ship(self, which: int, fault: Any) -> None:
        expected = self.pick_in(S.PAID, which)
        is_late = expected.state is S.PAID and expected.due_at is not None and expected.due_at <= self.now
        after = S.SHIPPED if expected.state in (S.PAID, S.SHIPPED) and not is_late else None
        error: type[DomainError] = OrderStateConflict if expected.was_paid else OrderNotFound
        if expected.state is S.PAID and expected.charged_back:
            after, error = None, PaymentChargedBack
        self.run_step(lambda: commerce.ship_order(self.shop.ports, expected.seller, expected.order.id), after, fault, error)
        if expected.state is S.PAID and after:
            expected.has_left = True
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
                    case S.PAID:
                        expected.give_up()
                    case S.SHIPPED:
                        self.users.receive(expected, self.kind, self.now)
                    case S.RECEIVED:
                        self.users.release(expected, self.now)
        self.add_requested_refunds()

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
        balances = sum_balances(items)
        assert balances == dict(sums)
        assert sum(balances.values()) == 0
        assert balances.get("cash#CNY", 0) == self.delivered_cash

    def teardown(self) -> None:
        """Once all is delivered and requested, no money is left but what orders keep, and the provider has exactly that."""
        if not hasattr(self, "shop"):
            return
        self.change_the_provider(False)
        for _ in range(4):
            self.deliver_all()
            self.schedule(None)
            self.advance_clock({"minutes": 15})
        self.deliver_all()
        self.drain(3, 2, None)
        kept = sum(expected.kept for expected in self.expected.values())
        refunded = sum(money.amount for money in self.shop.simulation.payments.refunded.values())
        charged_back = sum(self.shop.simulation.payments.charged_back.values())
        assert sum(self.captured.values()) - refunded - charged_back == kept == self.delivered_cash
        assert not any(any(expected.balances.values()) for expected in self.expected.values())

    def deliver_all(self) -> None:
        for which in range(len(self.events)):
            self.deliver_event(which, 1, None)

    @invariant()
    def orders_and_stock_match_the_model(self) -> None:
        if not hasattr(self, "shop"):
            return
        items = self.table.all_items()
        orders = {item["id"]: order_from_item(item) for item in items if item["sk"].startswith("ORDER#")}
        assert {name: (expected.state, expected.due_at, expected.unpaid) for name, expected in self.expected.items()} == {
            name: (order.state, order.due_at, set(order.unpaid)) for name, order in orders.items()
        }
        assert {name: self.money_of(expected) for name, expected in self.expected.items()} == {
            name: (order.refunded, order.charged_back, order.refundable.amount, requests_of(order))
            for name, order in orders.items()
        }
        for order in orders.values():
            assert order.refunded + order.refunds.requested <= order.total.amount
            assert order.refunded + order.charged_back <= order.total.amount
        stock = {item["id"]: item["stock"] for item in items if item["sk"].startswith("LISTING#")}
        assert stock == {listing.id: self.stock_of(listing.id) for listing in self.listings}
        self.require_uses_match()
        entries = [entry_from_item(new) for old, new in self.table.stream if new and not old and new["sk"].startswith("ENTRY#")]
        self.users.require_rightful(entries[self.entries :], self.expected, self.now)
        self.entries = len(entries)
        self.require_escrow_matches(orders, entries)

    def money_of(self, expected: ExpectedOrder) -> tuple[int, int, int, list[tuple[int, int]]]:
        return expected.refunded, expected.charged_back, expected.refundable, expected.requests.open

    def require_escrow_matches(self, orders: dict[str, Order], entries: list[LedgerEntry]) -> None:
        balances: Counter[str] = Counter()
        for entry in entries:
            assert sum(line.amount for line in entry.lines) == 0
            for line in entry.lines:
                balances[line.ledger_account] += line.amount
        for order in orders.values():
            is_in_escrow = self.expected[order.id].is_in_escrow
            assert balances[escrow_account(order)] == (-order.net.amount if is_in_escrow else 0)
        unapplied: Counter[str] = Counter()
        for expected in self.expected.values():
            unapplied.update({f"unapplied:{payment_id}": -amount for payment_id, amount in expected.balances.items()})
        assert {name: amount for name, amount in balances.items() if name.startswith("unapplied:") and amount} == {
            name: amount for name, amount in unapplied.items() if amount
        }
        unpaid = [order for order in orders.values() if order.unpaid]
        for seller in (MEI, SHU):
            own = [order for order in unpaid if order.seller_id == seller.user_id and Payee.SELLER in order.unpaid]
            assert -balances[f"seller-pending:{seller.user_id}"] == sum(order.shares.seller.amount for order in own)
        commissions = sum(order.shares.owner.amount for order in unpaid if Payee.OWNER in order.unpaid)
        assert -balances[f"commission-pending:{LIN.user_id}"] == commissions


SETTINGS = settings(
    max_examples=max(1, TOTAL // STEPS), stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_m6_orders_stock_and_escrow_match_the_model() -> None:
    run_state_machine_as_test(OrderMachine, settings=SETTINGS)
