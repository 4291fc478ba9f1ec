"""Refunds that fail at the provider: requested again, and a case for reviewers after an hour."""

from __future__ import annotations

from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import ProviderFailed
from services.commerce.domain import OrderState
from services.commerce.domain.money import Money
from services.review import usecases as review
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import PaymentReported
from simulation.setup.applications import enrol_reviewer
from simulation.setup.commerce import HAO, Shop
from simulation.streams import all_changes, deliver, published_events
from tests.usecases.commerce.test_unapplied_payments import capture, require_returned

S = OrderState


class Unreliable:
    """A provider whose refunds fail until `works` is set."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.works, refund = False, shop.simulation.payments.refund
        self.references: list[str] = []

        def attempt(payment_id: str, amount: Money, reference: str) -> None:
            self.references.append(reference)
            if not self.works:
                raise ProviderFailed("the payment provider returned 503")
            refund(payment_id, amount, reference)

        monkeypatch.setattr(shop.simulation.payments, "refund", attempt)


def reports(shop: Shop) -> list[PaymentReported]:
    events = published_events("commerce", all_changes(shop.simulation, "commerce"))
    return [event for event in events if isinstance(event, PaymentReported)]


def test_m7_a_refund_that_fails_for_an_hour_is_one_case_and_is_still_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    order = shop.order()
    shop.pay(order)
    provider = Unreliable(shop, monkeypatch)
    capture(shop, order, order.total.amount)
    for minute in range(0, 120, 5):
        commerce.handle_schedule(shop.ports)
        assert len(reports(shop)) == (minute >= 60)
        shop.simulation.clock.advance(minutes=5)
    assert set(provider.references) == {"pay_other.CNY.1"}
    assert len(provider.references) == 24
    [reported] = reports(shop)
    for _ in range(2):
        deliver(shop.simulation, "review", reported)
    reviewer = enrol_reviewer(shop.simulation, "rui")
    [case] = review.list_cases(shop.simulation.review, reviewer, PageRequest(20)).items
    assert (case.subject["kind"], case.subject["id"], case.author) == ("payment", "pay_other", HAO.user_id)
    assert case.evidence["captured"] == order.total.amount
    provider.works = True
    require_returned(shop, order, order.total)


def test_m7_a_refund_that_an_operator_makes_at_the_provider_ends_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    order = shop.order()
    shop.pay(order)
    provider = Unreliable(shop, monkeypatch)
    capture(shop, order, 500)
    commerce.handle_schedule(shop.ports)
    shop.refund(order, 200, number=1, payment_id="pay_other")
    commerce.handle_schedule(shop.ports)
    shop.refund(order, 300, number=2, payment_id="pay_other")
    shop.simulation.clock.advance(days=1)
    assert commerce.handle_schedule(shop.ports) == 0
    assert provider.references == ["pay_other.CNY.1", "pay_other.CNY.2"]
    assert shop.balances()["unapplied:pay_other"] == 0
    assert shop.current_order(order).net == order.total


def test_m7_a_refund_that_the_provider_reports_as_failed_is_requested_anew_once() -> None:
    shop = Shop()
    order = shop.order()
    shop.pay(order)
    capture(shop, order, 500)
    commerce.handle_schedule(shop.ports)
    failed: dict[str, Any] = {"payment_id": "pay_other", "refund_id": "ref_1", "refund_reference": "pay_other.CNY.1"}
    for _ in range(5):
        shop.receive(order, "refund.failed", 500, **failed)
    shop.simulation.payments.capture("pay_other", Money(500, "CNY"))  # the provider has the money again
    shop.simulation.clock.advance(minutes=5)
    commerce.handle_schedule(shop.ports)
    assert list(shop.simulation.payments.refunded) == ["pay_other.CNY.1", "pay_other.CNY.2"]
    shop.receive(order, "refund.failed", 500, **failed)
    failed |= {"refund_reference": "pay_unknown.CNY.1", "payment_id": "pay_unknown"}
    shop.receive(order, "refund.failed", 500, **failed)
    shop.simulation.clock.advance(minutes=5)
    commerce.handle_schedule(shop.ports)
    assert len(shop.simulation.payments.refunded) == 2


def test_m9_refunds_above_what_was_captured_are_booked_and_are_a_case_after_an_hour() -> None:
    shop = Shop()
    order = shop.order()
    shop.pay(order)
    for number, amount in ((1, 10_000), (2, 10_000)):
        shop.refund(order, amount, number)
    assert shop.current_order(order).state is S.REFUNDED
    assert shop.balances()["unapplied:pay_0"] == 7_100
    for _ in range(3):
        assert reports(shop) == []
        shop.simulation.clock.advance(minutes=20)
        commerce.handle_schedule(shop.ports)
    [reported] = reports(shop)
    assert reported.data.evidence["refunded"] == 7_100
    shop.simulation.clock.advance(days=1)
    assert commerce.handle_schedule(shop.ports) == 0
    assert sum(shop.balances().values()) == 0
