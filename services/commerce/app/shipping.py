"""Routes of the seller who ships an order."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.commerce.app.orders import to_response
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.post(
    "/sales/{order_id}/shipment", kind=ActionKind.PARTICIPATE, raises=(errors.OrderStateConflict, errors.PaymentChargedBack)
)
def ship_order(caller: Caller, order_id: str, body: schemas.ShipmentRequest) -> schemas.OrderResponse:
    """Record that you have shipped an order, before `ships_by`."""
    ports = wiring.ports()
    return to_response(ports, usecases.ship_order(ports, caller, order_id, body.parcel))


@api.post(
    "/sales/{order_id}/shipment/correction",
    kind=ActionKind.PARTICIPATE,
    raises=(errors.OrderStateConflict, errors.ShipmentFinal),
)
def correct_shipment(caller: Caller, order_id: str, body: schemas.ShipmentRequest) -> schemas.OrderResponse:
    """Correct carrier and tracking number of an order that you have shipped: once, within a day."""
    ports = wiring.ports()
    return to_response(ports, usecases.correct_shipment(ports, caller, order_id, body.parcel))
