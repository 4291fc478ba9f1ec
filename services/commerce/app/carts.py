"""Routes about the cart of a buyer, and its checkout."""

from __future__ import annotations

from services.commerce import schemas, usecases, wiring
from services.commerce.app.api import BUYING, api
from services.commerce.domain.order_line import LineRequest
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/circles/{circle_id}/cart")
def get_cart(caller: Caller, circle_id: str) -> schemas.CartResponse:
    """Get your cart in a circle, with each line at the price of now."""
    return schemas.CartResponse.of(*usecases.get_cart(wiring.ports(), caller, circle_id))


@api.put("/circles/{circle_id}/cart", kind=ActionKind.PARTICIPATE)
def put_cart(caller: Caller, circle_id: str, request: ChangeRequest, body: schemas.CartRequest) -> schemas.CartResponse:
    """Replace the lines of your cart in a circle. A cart reserves nothing."""
    lines = [line.to_line() for line in body.lines]
    return schemas.CartResponse.of(*usecases.put_cart(wiring.ports(), caller, circle_id, lines, request))


@api.post("/circles/{circle_id}/checkouts", kind=ActionKind.PARTICIPATE, status=201, raises=BUYING)
def check_out(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.CheckoutRequest) -> schemas.CheckoutResponse:
    """Reserve units of several listings until `due_at`, as one order per seller and kind. All of them are placed, or none."""
    ports, lines = wiring.ports(), [LineRequest(**line.model_dump()) for line in body.lines]
    address_id, coupon_ids, device_id = body.address_id or "", body.coupon_ids, body.device_id
    placed = usecases.check_out(
        ports, caller, circle_id, key, lines, address_id=address_id, coupon_ids=coupon_ids, device_id=device_id
    )
    return schemas.CheckoutResponse(orders=[schemas.OrderResponse.of(order, ports.clock()) for order in placed])
