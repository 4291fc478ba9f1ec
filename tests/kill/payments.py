"""The events of the payment provider about the order of the scenarios."""

from __future__ import annotations

from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain import Parcel
from services.commerce.domain.money import Money
from services.commerce.usecases.money import WebhookEvent
from simulation.simulation import Simulation
from tests.kill.actions import HAO, KEYS, MEI, ORDER, PRICE

PART = Money(PRICE.amount // 3, PRICE.currency)
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


def fail_payment(simulation: Simulation) -> Any:
    return _receive(simulation, "payment.failed", "pay_second")


def open_chargeback(simulation: Simulation) -> Any:
    return _receive_chargeback(simulation, "opened")


def win_chargeback(simulation: Simulation) -> Any:
    return _receive_chargeback(simulation, "won")


def lose_chargeback(simulation: Simulation) -> Any:
    return _receive_chargeback(simulation, "lost")


def _receive_chargeback(simulation: Simulation, state: str) -> Any:
    payment = simulation.payments.start_one(REFERENCE, PRICE)
    return _receive(simulation, f"chargeback.{state}", payment.id, chargeback_id="cb_1")


def fail_refund_of_second_payment(simulation: Simulation) -> Any:
    return _receive(simulation, "refund.failed", "pay_second", refund_id="ref_2", refund_reference="pay_second.CNY.1")


def cancel_order(simulation: Simulation) -> Any:
    return commerce.cancel_order(simulation.commerce, HAO, ORDER)


def refund_order(simulation: Simulation) -> Any:
    return commerce.refund_order(simulation.commerce, MEI, ORDER, KEYS["refund"], amount=PART.amount)


def _receive_of_request(simulation: Simulation, kind: str, amount: Money) -> Any:
    """Receive an event of the first refund that we requested of the order."""
    payment = simulation.payments.start_one(REFERENCE, PRICE)
    event = WebhookEvent(kind, payment.id, REFERENCE, amount, refund_id="ref_r1", refund_reference=f"{ORDER}.r1")
    return commerce.handle_webhook_event(simulation.commerce, event)


def confirm_whole_refund(simulation: Simulation) -> Any:
    return _receive_of_request(simulation, "refund.succeeded", PRICE)


def confirm_partial_refund(simulation: Simulation) -> Any:
    return _receive_of_request(simulation, "refund.succeeded", PART)


def fail_whole_refund(simulation: Simulation) -> Any:
    return _receive_of_request(simulation, "refund.failed", PRICE)


def ship_order(simulation: Simulation) -> Any:
    return commerce.ship_order(simulation.commerce, MEI, ORDER, Parcel("顺丰速运", "SF1234567890"))


def correct_shipment(simulation: Simulation) -> Any:
    return commerce.correct_shipment(simulation.commerce, MEI, ORDER, Parcel("中通快递", "ZT1234567890"))
