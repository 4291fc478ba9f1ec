"""The rules of the state machine of orders about refunds that we request: cancel, goodwill, and a provider that fails."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.commerce import usecases as commerce
from services.commerce.domain import OrderState
from services.commerce.domain.order import MAX_SELLER_REFUNDS
from services.commerce.errors import OrderStateConflict, RefundAboveRefundable, RefundLimitReached
from services.shared.kernel.errors import DomainError
from simulation.setup.commerce import MEI
from tests.usecases.commerce.order_model import ExpectedOrder, ProviderEvent
from tests.usecases.commerce.payment_rules import FAULTS, WHICH, PaymentRules

S = OrderState


class RefundRules(PaymentRules):
    @rule(is_failing=st.booleans())
    def change_the_provider(self, is_failing: bool) -> None:
        """The provider takes no refunds, or takes them again."""
        self.shop.simulation.payments.is_failing = is_failing

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, state=st.sampled_from([S.RESERVED, S.PAID]), again=st.booleans(), fault=FAULTS)
    def cancel(self, which: int, state: OrderState, again: bool, fault: Any) -> None:
        expected = self.pick_in(state, which)
        for _ in range(1 + again):
            after = self.state_when_cancelled(expected)
            self.run_step(lambda: commerce.cancel_order(self.shop.ports, expected.buyer, expected.order.id), after, fault)
            if after is S.CANCELLED and expected.state is S.RESERVED:
                expected.set_state(S.CANCELLED)
                expected.is_given_up = True
            elif after is S.REFUNDING and expected.state is S.PAID:
                expected.give_up()
        self.add_requested_refunds()

    def state_when_cancelled(self, expected: ExpectedOrder) -> OrderState | None:
        if expected.is_given_up:
            return expected.state
        is_due = expected.due_at is not None and expected.due_at <= self.now
        after = {S.PAID: S.REFUNDING} | ({} if is_due else {S.RESERVED: S.CANCELLED})
        return after.get(expected.state)

    @precondition(lambda self: self.expected)
    @rule(
        which=WHICH,
        state=st.sampled_from([S.PAID, S.SHIPPED, S.RECEIVED, S.COMPLETED]),
        part=st.sampled_from([0.6, 1 / 3, 1.0]),
        more=st.sampled_from([0, 0, 0, 1]),
        fault=FAULTS,
    )
    def give_back(self, which: int, state: OrderState, part: float, more: int, fault: Any) -> None:
        """The seller refunds a part of the total, or all that is left, or more."""
        expected = self.pick_in(state, which)
        total = expected.order.total.amount
        amount = (expected.refundable if part == 1 else int(total * part)) + more
        key = self.shop.new_key(MEI)
        if error := self.refund_error(expected, amount):
            with pytest.raises(error):
                self.attempt(lambda: commerce.refund_order(self.shop.ports, MEI, expected.order.id, key, amount=amount), fault)
            return
        expected.requests.add(amount)
        expected.requests.made += 1
        if expected.state is S.PAID and expected.refunded + expected.requests.sum == total:
            expected.give_up()
        for _ in range(2):
            after = self.attempt(
                lambda: commerce.refund_order(self.shop.ports, MEI, expected.order.id, key, amount=amount), fault
            )
            assert after.state is expected.state
            fault = None
        self.add_requested_refunds()

    def refund_error(self, expected: ExpectedOrder, amount: int) -> type[DomainError] | None:
        if expected.requests.made >= MAX_SELLER_REFUNDS:
            return RefundLimitReached
        if not (expected.kept or expected.charged_back):
            return OrderStateConflict
        return None if 0 < amount <= expected.refundable else RefundAboveRefundable

    @precondition(lambda self: any(expected.requests.open for expected in self.expected.values()))
    @rule(which=WHICH, times=st.integers(0, 3), fault=FAULTS)
    def refund_the_amount_of_a_request_at_the_provider(self, which: int, times: int, fault: Any) -> None:
        """An operator makes a refund that is requested, of the order's payment or of another payment of its buyer."""
        waiting = [expected for expected in self.expected.values() if expected.requests.open]
        expected = waiting[which % len(waiting)]
        payments = [name for order_id, name in self.captured if order_id == expected.order.id]
        if payments:
            amount = expected.requests.open[which % len(expected.requests.open)][1]
            self.refund_amount_at_the_provider(expected.order.id, payments[which % len(payments)], amount, times, fault)

    @precondition(lambda self: self.expected)
    @rule(which=WHICH, times=st.integers(0, 3), fault=FAULTS)
    def fail_a_refund_at_the_provider(self, which: int, times: int, fault: Any) -> None:
        """A refund that the provider took, and has not reported, fails."""
        delivered = {event.refund_reference for event in self.events if event.key in self.expected[event.order_id].delivered}
        payments = self.shop.simulation.payments
        waiting = [name for name in payments.refunds if "." in name and name not in delivered]
        if not waiting:
            return
        reference = waiting[which % len(waiting)]
        payments.fail_refund(reference)
        (made,) = (event for event in self.events if event.refund_reference == reference)
        self.events.remove(made)
        about = (made.order_id, made.payment_id, made.amount)
        self.events.append(ProviderEvent("refund.failed", *about, refund_id=reference, refund_reference=reference))
        with suppress(IndexError):
            self.deliver_event(-1, times, fault)
