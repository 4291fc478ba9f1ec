"""The HTTP API of the commerce service."""

from __future__ import annotations

from functools import partial

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.domain import Order
from services.commerce.settings import settings
from services.shared.http.api import Api
from services.shared.http.routes import RawBody
from services.shared.http.schemas import GrantQuery, ReportRequest
from services.shared.http.settings import add_settings_routes
from services.shared.kernel.errors import (
    ConflictOfInterest,
    Invalid,
    NewcomerLimitExceeded,
    OperatorRequired,
    ReadGrantInvalid,
    ReviewerNotEnrolled,
)
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

api = Api("commerce", wiring.http_ports)
add_settings_routes(api, settings)

BUYING = (
    errors.MembershipEnded,
    errors.PriceChanged,
    errors.StockInsufficient,
    errors.ListingNotOnSale,
    errors.BuyerIsSeller,
    errors.OpenReservationLimitReached,
    errors.ReservedUnitLimitReached,
)
STAFF = (ReviewerNotEnrolled, ConflictOfInterest, ReadGrantInvalid)
REMOVING = (errors.RoleNotAllowed, errors.ListingRestoredOnAppeal)
LISTING = (errors.ListingKindNotAllowed, NewcomerLimitExceeded)


def to_response(ports: usecases.Ports, order: Order) -> schemas.OrderResponse:
    return schemas.OrderResponse.of(order, ports.clock())


@api.post("/circles/{circle_id}/listings", kind=ActionKind.SELL, status=201, raises=LISTING)
def create_listing(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.ListingRequest
) -> schemas.ListingResponse:
    """Create a listing in a circle."""
    ports = wiring.ports()
    return schemas.ListingResponse.of(
        usecases.create_listing(
            ports, caller, circle_id, key, kind=body.kind, title=body.title, price=body.price, stock=body.stock
        )
    )


@api.get("/circles/{circle_id}/listings")
def list_listings(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.ListingResponse]:
    """List the listings that you can buy in a circle, newest first."""
    return usecases.list_listings(wiring.ports(), caller, circle_id, page).map(schemas.ListingResponse.of)


@api.get("/circles/{circle_id}/listings/{listing_id}")
def get_listing(caller: Caller, circle_id: str, listing_id: str) -> schemas.ListingResponse:
    """Get a listing with its price, stock, and the disclosure to read before paying."""
    return schemas.ListingResponse.of(usecases.get_listing(wiring.ports(), caller, circle_id, listing_id))


@api.put(
    "/circles/{circle_id}/listings/{listing_id}", kind=ActionKind.SELL, raises=(*LISTING, errors.ListingRemovedByModerator)
)
def update_listing(
    caller: Caller, circle_id: str, listing_id: str, request: ChangeRequest, body: schemas.ListingUpdateRequest
) -> schemas.ListingResponse:
    """Change your own listing. Orders that name an earlier revision get the new quote instead."""
    ports = wiring.ports()
    return schemas.ListingResponse.of(
        usecases.update_listing(
            ports, caller, circle_id, listing_id, request, title=body.title, price=body.price, on_sale=body.on_sale
        )
    )


@api.delete("/circles/{circle_id}/listings/{listing_id}", kind=ActionKind.OWN_DATA)
def withdraw_listing(caller: Caller, circle_id: str, listing_id: str) -> None:
    """Take your own listing off sale, also after you have left the circle."""
    usecases.withdraw_listing(wiring.ports(), caller, circle_id, listing_id)


@api.post("/circles/{circle_id}/listings/{listing_id}/removal", kind=ActionKind.MODERATE, raises=REMOVING)
def remove_listing(caller: Caller, circle_id: str, listing_id: str, body: schemas.RemovalRequest) -> None:
    """Remove a listing from the circle, as a moderator. Its seller gets the reason, and can appeal to the platform."""
    usecases.remove_listing(wiring.ports(), caller, circle_id, listing_id, body.reason)


@api.post("/circles/{circle_id}/listings/{listing_id}/reports", kind=ActionKind.SPEAK)
def report_listing(caller: Caller, circle_id: str, listing_id: str, body: ReportRequest) -> None:
    """Report a listing to the platform."""
    usecases.report_listing(wiring.ports(), caller, circle_id, listing_id, body.report_input)


@api.post("/circles/{circle_id}/orders", kind=ActionKind.PARTICIPATE, status=201, raises=BUYING)
def place_order(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.OrderRequest) -> schemas.OrderResponse:
    """Reserve units of a listing until `due_at`, at the price of the revision that you read."""
    ports = wiring.ports()
    return to_response(ports, usecases.place_order(ports, caller, circle_id, key, **body.model_dump()))


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


@api.post("/orders/{order_id}/payment", kind=ActionKind.PARTICIPATE, raises=(errors.OrderStateConflict, errors.MembershipEnded))
def start_payment(caller: Caller, order_id: str) -> schemas.PaymentResponse:
    """Start the payment of an order and get the address of the page where you pay."""
    return schemas.PaymentResponse.of(usecases.start_payment(wiring.ports(), caller, order_id))


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


@api.post("/sales/{order_id}/shipment", kind=ActionKind.PARTICIPATE, raises=(errors.OrderStateConflict,))
def ship_order(caller: Caller, order_id: str) -> schemas.OrderResponse:
    """Record that you have shipped an order."""
    ports = wiring.ports()
    return to_response(ports, usecases.ship_order(ports, caller, order_id))


@api.post("/payment-events", raw_model=schemas.WebhookEventRequest, raises=(errors.SignatureInvalid, Invalid))
def handle_webhook_event(raw: RawBody) -> None:
    """Receive an event from the payment provider, signed over the raw bytes of the body."""
    ports = wiring.ports()
    # The signature is checked before the body is parsed: an unsigned body must reach no other code.
    usecases.require_valid_signature(ports, raw.headers.get("provider-signature", ""), raw.data)
    usecases.handle_webhook_event(ports, raw.parse(schemas.WebhookEventRequest).to_event())


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
