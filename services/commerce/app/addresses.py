"""Routes of the address book of a user, and of the delivery addresses of orders."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.kernel.errors import ReadLimitReached
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

of_own = schemas.AddressResponse.of_own


@api.get("/me/addresses")
def list_addresses(caller: Caller) -> Page[schemas.AddressResponse]:
    """List your addresses, the newest first, with recipient, phone and street masked; they are one page."""
    return usecases.list_addresses(wiring.ports(), caller).map(of_own)


# AddressNotFound: a retry, and the address was deleted since. The path has no id, so nothing else declares it.
CREATING = (errors.AddressLimitReached, errors.AddressNotFound)


@api.post("/me/addresses", kind=ActionKind.PARTICIPATE, status=201, raises=CREATING)
def create_address(caller: Caller, key: IdempotencyKey, body: schemas.AddressRequest) -> schemas.AddressResponse:
    """Add an address to your address book. You have at most 20. A repeat does not restore an address that you have deleted."""
    return of_own(usecases.create_address(wiring.ports(), caller, key, body.to_address()))


@api.get("/me/addresses/{address_id}")
def get_address(caller: Caller, address_id: str) -> schemas.AddressResponse:
    """Get one of your addresses."""
    return of_own(usecases.get_address(wiring.ports(), caller, address_id))


@api.put("/me/addresses/{address_id}", kind=ActionKind.PARTICIPATE)
def update_address(
    caller: Caller, address_id: str, request: ChangeRequest, body: schemas.AddressRequest
) -> schemas.AddressResponse:
    """Replace one of your addresses. Orders keep the address that they have."""
    return of_own(usecases.update_address(wiring.ports(), caller, address_id, request, body.to_address()))


@api.delete("/me/addresses/{address_id}", kind=ActionKind.OWN_DATA)
def delete_address(caller: Caller, address_id: str) -> None:
    """Delete one of your addresses. Orders keep the address that they have. A repeat changes nothing."""
    usecases.delete_address(wiring.ports(), caller, address_id)


@api.get("/orders/{order_id}/address")
def get_order_address(caller: Caller, order_id: str) -> schemas.DeliveryAddressResponse:
    """Get the delivery address of an order that you placed, until it is erased: 180 days after the order ended."""
    return schemas.DeliveryAddressResponse.of(usecases.get_order_address(wiring.ports(), caller, order_id))


@api.put("/orders/{order_id}/address", kind=ActionKind.PARTICIPATE, raises=(errors.OrderStateConflict,))
def put_order_address(caller: Caller, order_id: str, body: schemas.OrderAddressRequest) -> schemas.OrderResponse:
    """Choose the delivery address of your unpaid order, from your address book. It replaces the one that the order has."""
    ports = wiring.ports()
    order = usecases.put_order_address(ports, caller, order_id, body.address_id)
    return schemas.OrderResponse.of(order, ports.clock())


@api.get("/sales/{order_id}/address", raises=(ReadLimitReached,))
def get_sale_address(caller: Caller, order_id: str) -> schemas.DeliveryAddressResponse:
    """Get the delivery address of an order of your listings, from payment until receipt and the return window.

    Your access is recorded.
    """
    return schemas.DeliveryAddressResponse.of(usecases.get_sale_address(wiring.ports(), caller, order_id))
