"""Routes of the buyer and the seller of an order."""

from __future__ import annotations

from functools import partial

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import BUYING, api
from services.commerce.domain import Order
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


def to_response(ports: usecases.Ports, order: Order) -> schemas.OrderResponse:
    return schemas.OrderResponse.of(order, ports.clock())


@api.post("/circles/{circle_id}/orders", kind=ActionKind.PARTICIPATE, status=201, raises=BUYING)
def place_order(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.OrderRequest) -> schemas.OrderResponse:
    """Reserve units of a listing until `due_at`, at the price of the revision that you read."""
    ports = wiring.ports()
    chosen = {"address_id": body.address_id or "", "coupon_id": body.coupon_id or ""}
    wanted = {**body.model_dump(), **chosen}
    return to_response(ports, usecases.place_order(ports, caller, circle_id, key, **wanted))


@api.get("/orders")
def list_orders(caller: Caller, page: PageRequest) -> Page[schemas.OrderResponse]:
    """List the orders that you placed, newest first."""
    ports = wiring.ports()
    return usecases.list_orders(ports, caller, page).map(partial(to_response, ports))


@api.get("/orders/{order_id}")
def get_order(caller: Caller, order_id: str) -> schemas.OrderResponse:
    """Get an order that you placed."""
    ports = wiring.ports()
    return to_response(ports, usecases.get_order(ports, caller, order_id))


@api.post("/orders/{order_id}/receipt", kind=ActionKind.PARTICIPATE, raises=(errors.OrderStateConflict,))
def confirm_receipt(caller: Caller, order_id: str) -> schemas.OrderResponse:
    """Confirm that you have received your order. The seller is then paid."""
    ports = wiring.ports()
    return to_response(ports, usecases.confirm_receipt(ports, caller, order_id))


@api.get("/sales")
def list_sales(caller: Caller, page: PageRequest) -> Page[schemas.OrderResponse]:
    """List the orders of your listings, newest first."""
    ports = wiring.ports()
    return usecases.list_sales(ports, caller, page).map(partial(to_response, ports))
