"""Routes about returns."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

REQUESTING = (
    errors.OrderStateConflict,
    errors.ReturnNotOffered,
    errors.ReturnWindowEnded,
    errors.OrderFrozen,
    errors.ReturnUnitsInsufficient,
)
CHANGING = (errors.ReturnStateConflict,)


@api.post("/orders/{order_id}/returns", kind=ActionKind.PARTICIPATE, status=201, raises=REQUESTING)
def request_return(caller: Caller, order_id: str, key: IdempotencyKey, body: schemas.ReturnRequest) -> schemas.ReturnResponse:
    """Request to return units of an order that you have received. The order is frozen until the return has ended."""
    ports, lines = wiring.ports(), body.to_lines()
    return schemas.ReturnResponse.of(
        usecases.request_return(ports, caller, order_id, key, lines=lines, reason=body.reason, text=body.text)
    )


@api.get("/returns")
def list_returns(caller: Caller, page: PageRequest, query: schemas.PartyQuery) -> Page[schemas.ReturnResponse]:
    """List the returns that you requested, or those of what you sold, newest first."""
    found = usecases.list_returns(wiring.ports(), caller, page, sold=query.side == "sold")
    return found.map(schemas.ReturnResponse.of)


@api.get("/returns/{return_id}")
def get_return(caller: Caller, return_id: str) -> schemas.ReturnResponse:
    """Get a return, as its buyer or seller."""
    return schemas.ReturnResponse.of(usecases.get_return(wiring.ports(), caller, return_id))


@api.delete("/returns/{return_id}", kind=ActionKind.PARTICIPATE, raises=CHANGING)
def withdraw_return(caller: Caller, return_id: str) -> None:
    """Withdraw your request, before you have sent the units."""
    usecases.withdraw_return(wiring.ports(), caller, return_id)


@api.post("/returns/{return_id}/decision", kind=ActionKind.PARTICIPATE, raises=CHANGING)
def decide_return(caller: Caller, return_id: str, body: schemas.ReturnDecisionRequest) -> schemas.ReturnResponse:
    """Approve or reject a request, as the seller. Without a decision in time it is approved."""
    approves = body.verdict == "approve"
    return schemas.ReturnResponse.of(usecases.decide_return(wiring.ports(), caller, return_id, approves, body.note))


@api.post("/returns/{return_id}/shipment", kind=ActionKind.PARTICIPATE, raises=CHANGING)
def send_return(caller: Caller, return_id: str, body: schemas.ShipmentRequest) -> schemas.ReturnResponse:
    """Record how you send the units back, as the buyer."""
    return schemas.ReturnResponse.of(usecases.send_return(wiring.ports(), caller, return_id, body.parcel))


@api.post("/returns/{return_id}/receipt", kind=ActionKind.PARTICIPATE, raises=CHANGING)
def receive_return(caller: Caller, return_id: str) -> schemas.ReturnResponse:
    """Confirm that you have the units back, as the seller. The buyer is then refunded."""
    return schemas.ReturnResponse.of(usecases.receive_return(wiring.ports(), caller, return_id))
