"""The functions of the commerce service: its API, inbox, relay, what it derives from its own stream, and its schedule."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.domain import Order
from services.shared.http.api import Api
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.http.routes import RawBody
from services.shared.kernel.errors import KeyReused, Restricted
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportIn

api = Api("commerce", wiring.edge)

BUYING = (errors.NoLongerMember, errors.PriceChanged, errors.SoldOut, errors.SalesPaused, errors.OwnListing, KeyReused)


def shown(ports: usecases.Ports, order: Order) -> schemas.OrderResponse:
    return schemas.OrderResponse.of(order, ports.clock())


@api.post("/circles/{circle_id}/listings", status=201, raises=(errors.SellersOnly, Restricted, KeyReused))
def create_listing(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.ListingRequest
) -> schemas.ListingResponse:
    """Offer goods to the members of a circle."""
    ports = wiring.ports()
    return schemas.ListingResponse.of(
        usecases.create_listing(
            ports, caller, circle_id, key, kind=body.kind, title=body.title, price=body.price, stock=body.stock
        )
    )


@api.get("/circles/{circle_id}/listings")
def list_listings(caller: Caller, circle_id: str, page: PageRequest) -> PageResponse[schemas.ListingResponse]:
    """List what is on sale in a circle, newest first."""
    found, rest = usecases.list_listings(wiring.ports(), caller, circle_id, page.limit, page.start)
    return page.answer([schemas.ListingResponse.of(one) for one in found], rest)


@api.get("/circles/{circle_id}/listings/{listing_id}")
def get_listing(caller: Caller, circle_id: str, listing_id: str) -> schemas.ListingResponse:
    """Read a listing: its price, its stock, and what must be told before paying."""
    return schemas.ListingResponse.of(usecases.get_listing(wiring.ports(), caller, circle_id, listing_id))


@api.put("/circles/{circle_id}/listings/{listing_id}", raises=(Restricted,))
def update_listing(caller: Caller, circle_id: str, listing_id: str, body: schemas.ListingEdit) -> schemas.ListingResponse:
    """Change your listing; orders of the revision before are then refused with the new quote."""
    ports = wiring.ports()
    return schemas.ListingResponse.of(
        usecases.update_listing(ports, caller, circle_id, listing_id, title=body.title, price=body.price, on_sale=body.on_sale)
    )


@api.post("/circles/{circle_id}/listings/{listing_id}/reports")
def report_listing(caller: Caller, circle_id: str, listing_id: str, body: ReportIn) -> None:
    """Report goods to the platform."""
    usecases.report_listing(wiring.ports(), caller, circle_id, listing_id, body)


@api.post("/circles/{circle_id}/orders", status=201, raises=BUYING)
def place_order(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.OrderRequest) -> schemas.OrderResponse:
    """Reserve goods for fifteen minutes, at the price you saw."""
    ports = wiring.ports()
    return shown(ports, usecases.place_order(ports, caller, circle_id, key, **body.model_dump()))


@api.get("/orders")
def list_orders(caller: Caller, page: PageRequest) -> PageResponse[schemas.OrderResponse]:
    """List what you bought, newest first."""
    ports = wiring.ports()
    found, rest = usecases.list_orders(ports, caller, page.limit, page.start)
    return page.answer([shown(ports, order) for order in found], rest)


@api.get("/orders/{order_id}")
def get_order(caller: Caller, order_id: str) -> schemas.OrderResponse:
    """Read an order of yours."""
    ports = wiring.ports()
    return shown(ports, usecases.get_order(ports, caller, order_id))


@api.post("/orders/{order_id}/payment", raises=(errors.WrongState, errors.NoLongerMember))
def start_payment(caller: Caller, order_id: str) -> schemas.PaymentResponse:
    """Get the address at which to pay an order."""
    return schemas.PaymentResponse.of(usecases.start_payment(wiring.ports(), caller, order_id))


@api.post("/orders/{order_id}/receipt", raises=(errors.WrongState,))
def confirm_receipt(caller: Caller, order_id: str) -> schemas.OrderResponse:
    """Confirm that you received it: the seller is paid."""
    ports = wiring.ports()
    return shown(ports, usecases.confirm_receipt(ports, caller, order_id))


@api.get("/sales")
def list_sales(caller: Caller, page: PageRequest) -> PageResponse[schemas.OrderResponse]:
    """List what you sold, newest first."""
    ports = wiring.ports()
    found, rest = usecases.list_sales(ports, caller, page.limit, page.start)
    return page.answer([shown(ports, order) for order in found], rest)


@api.post("/sales/{order_id}/shipment", raises=(errors.WrongState,))
def ship_order(caller: Caller, order_id: str) -> schemas.OrderResponse:
    """Say that you have sent what was bought."""
    ports = wiring.ports()
    return shown(ports, usecases.ship_order(ports, caller, order_id))


@api.post(
    "/payment-notices",
    documents=schemas.NoticeIn,
    raises=(errors.SignatureInvalid, errors.OrderNotFound, errors.PaymentMismatch, errors.WrongState),
)
def handle_webhook_event(raw: RawBody) -> None:
    """The payment provider's webhook, signed over its raw bytes: nothing is read before the signature holds."""
    ports = wiring.ports()
    usecases.check_signature(ports, raw.headers.get("provider-signature", ""), raw.data)
    usecases.handle_webhook_event(ports, raw.parse(schemas.NoticeIn).notice())


@api.get("/ledger", raises=(errors.OperatorsOnly,))
def list_accounts(caller: Caller, page: PageRequest) -> PageResponse[schemas.AccountResponse]:
    """List the ledger's accounts and balances."""
    found, rest = usecases.list_accounts(wiring.ports(), caller, page.limit, page.start)
    names = ("account", "currency", "balance")
    return page.answer([schemas.AccountResponse(**dict(zip(names, one, strict=True))) for one in found], rest)
