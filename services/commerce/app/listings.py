"""Routes about listings."""

from __future__ import annotations

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.shared.http.schemas import ReportRequest
from services.shared.kernel.errors import NewcomerLimitExceeded
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

REMOVING = (errors.RoleNotAllowed, errors.ListingRestoredOnAppeal)
LISTING = (errors.ListingKindNotAllowed, NewcomerLimitExceeded)


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
