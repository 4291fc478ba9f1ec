"""Routes by which money of an order goes back: the buyer cancels it, or the seller refunds a part."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.commerce.app.orders import to_response
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

REFUNDING = (errors.OrderStateConflict, errors.RefundAboveRefundable, errors.RefundLimitReached)


@api.post("/orders/{order_id}/cancellation", kind=ActionKind.PARTICIPATE, raises=(errors.OrderStateConflict,))
def cancel_order(caller: Caller, order_id: str) -> schemas.OrderResponse:
    """Cancel your order before it is shipped. What you paid goes back to you."""
    ports = wiring.ports()
    return to_response(ports, usecases.cancel_order(ports, caller, order_id))


@api.post("/sales/{order_id}/refunds", kind=ActionKind.PARTICIPATE, raises=REFUNDING)
def refund_order(caller: Caller, order_id: str, key: IdempotencyKey, body: schemas.RefundOrderRequest) -> schemas.OrderResponse:
    """Give the buyer of your listing money back. All that is left of an order that is not shipped cancels it."""
    ports = wiring.ports()
    return to_response(ports, usecases.refund_order(ports, caller, order_id, key, amount=body.amount))
