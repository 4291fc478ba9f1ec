"""Routes about disputes."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.commerce.app.staff import STAFF
from services.shared.http.schemas import GrantQuery
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

CHANGING = (errors.DisputeStateConflict,)


@api.post(
    "/orders/{order_id}/disputes",
    kind=ActionKind.PARTICIPATE,
    status=201,
    raises=(errors.OrderFrozen, errors.DisputeNotAllowed),
)
def open_dispute(caller: Caller, order_id: str, key: IdempotencyKey, body: schemas.DisputeRequest) -> schemas.DisputeResponse:
    """Ask the platform to rule on your order. It is frozen until the dispute has ended."""
    ports, statement = wiring.ports(), body.statement
    return schemas.DisputeResponse.of(
        usecases.open_dispute(ports, caller, order_id, key, reason=body.reason, statement=statement)
    )


@api.get("/disputes")
def list_disputes(caller: Caller, page: PageRequest, query: schemas.PartyQuery) -> Page[schemas.DisputeResponse]:
    """List the disputes that you opened, or those of what you sold, newest first."""
    found = usecases.list_disputes(wiring.ports(), caller, page, sold=query.side == "sold")
    return found.map(schemas.DisputeResponse.of)


@api.get("/disputes/{dispute_id}")
def get_dispute(caller: Caller, dispute_id: str) -> schemas.DisputeResponse:
    """Get a dispute, as its buyer or seller."""
    return schemas.DisputeResponse.of(usecases.get_dispute(wiring.ports(), caller, dispute_id))


@api.post("/disputes/{dispute_id}/answer", kind=ActionKind.PARTICIPATE, raises=CHANGING)
def answer_dispute(caller: Caller, dispute_id: str, body: schemas.AnswerRequest) -> schemas.DisputeResponse:
    """Answer a dispute once, as the seller. The buyer and reviewers read the answer."""
    return schemas.DisputeResponse.of(usecases.answer_dispute(wiring.ports(), caller, dispute_id, body.text))


@api.delete("/disputes/{dispute_id}", kind=ActionKind.PARTICIPATE, raises=CHANGING)
def withdraw_dispute(caller: Caller, dispute_id: str) -> None:
    """Withdraw your dispute, before reviewers have ruled."""
    usecases.withdraw_dispute(wiring.ports(), caller, dispute_id)


@api.get("/staff/users/{user_id}/disputes/{dispute_id}", raises=STAFF)
def get_dispute_by_id(caller: Caller, user_id: str, dispute_id: str, query: GrantQuery) -> schemas.StaffDisputeResponse:
    """Get a dispute of a buyer with its statements, as a reviewer or operator. Your access is recorded."""
    found = usecases.get_dispute_by_id(wiring.ports(), caller, user_id, dispute_id, query.grant)
    return schemas.StaffDisputeResponse.of(found)
