"""Routes of reviewers and operators."""

from __future__ import annotations

from services.commerce import schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.http.schemas import GrantQuery
from services.shared.kernel.errors import ConflictOfInterest, OperatorRequired, ReadGrantInvalid, ReviewerNotEnrolled
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller

STAFF = (ReviewerNotEnrolled, ConflictOfInterest, ReadGrantInvalid)


@api.get("/staff/orders/{order_id}", raises=STAFF)
def get_order_by_id(caller: Caller, order_id: str, query: GrantQuery) -> schemas.StaffOrderResponse:
    """Get any order, as a reviewer or operator. Your access is recorded."""
    ports = wiring.ports()
    return schemas.StaffOrderResponse.of_staff(usecases.get_order_by_id(ports, caller, order_id, query.grant), ports.clock())


@api.get("/staff/users/{user_id}/orders", raises=STAFF)
def list_user_orders(
    caller: Caller, user_id: str, page: PageRequest, query: schemas.UserOrdersQuery
) -> Page[schemas.StaffOrderResponse]:
    """List the orders that a user placed, or those of their listings, newest first. Your access is recorded."""
    ports = wiring.ports()
    found = usecases.list_user_orders(ports, caller, user_id, page, query.grant, sold=query.side == "sold")
    return found.map(lambda order: schemas.StaffOrderResponse.of_staff(order, ports.clock()))


@api.get("/ledger", raises=(OperatorRequired,))
def list_ledger_accounts(caller: Caller, page: PageRequest) -> Page[schemas.LedgerAccountResponse]:
    """List the ledger accounts with their balances."""
    return usecases.list_ledger_accounts(wiring.ports(), caller, page).map(schemas.LedgerAccountResponse.of)
