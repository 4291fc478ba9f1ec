"""The events of the payment provider about the order of the scenarios."""

from __future__ import annotations

from typing import Any

from services.commerce import usecases as commerce
from services.commerce.usecases.money import WebhookEvent
from simulation.simulation import Simulation
from tests.kill.actions import HAO, ORDER, PRICE

REFERENCE = f"{HAO.user_id}/{ORDER}"


def _receive(simulation: Simulation, kind: str, payment_id: str, **more: Any) -> Any:
    event = WebhookEvent(kind, payment_id, REFERENCE, PRICE, **more)
    return commerce.handle_webhook_event(simulation.commerce, event)


def capture_payment(simulation: Simulation) -> Any:
    payment = simulation.payments.start_one(REFERENCE, PRICE)
    return _receive(simulation, "payment.captured", payment.id, captured_at=simulation.clock())


def capture_second_payment(simulation: Simulation) -> Any:
    simulation.payments.captured["pay_second", PRICE.currency] = PRICE.amount
    return _receive(simulation, "payment.captured", "pay_second", captured_at=simulation.clock())


def refund_payment(simulation: Simulation) -> Any:
    payment = simulation.payments.start_one(REFERENCE, PRICE)
    return _receive(simulation, "refund.succeeded", payment.id, refund_id="ref_1")


def refund_second_payment(simulation: Simulation) -> Any:
    return _receive(simulation, "refund.succeeded", "pay_second", refund_id="ref_2", refund_reference="pay_second.CNY.1")


def fail_refund_of_second_payment(simulation: Simulation) -> Any:
    return _receive(simulation, "refund.failed", "pay_second", refund_id="ref_2", refund_reference="pay_second.CNY.1")
