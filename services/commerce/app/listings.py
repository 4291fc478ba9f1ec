"""Routes about listings."""

from __future__ import annotations

from functools import partial

from services.commerce import errors, schemas, usecases, wiring
from services.commerce.app.api import api
from services.commerce.domain import Listing
from services.shared.http.schemas import ReportRequest
from services.shared.kernel.errors import NewcomerLimitExceeded, PicturesInvalid, PicturesNotReady, SellingNotOpen
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

REMOVING = (errors.RoleNotAllowed, errors.ListingRestoredOnAppeal)
PICTURES = (PicturesInvalid, PicturesNotReady)
LISTING = (errors.ListingKindNotAllowed, errors.OptionLimitReached, SellingNotOpen, NewcomerLimitExceeded, *PICTURES)


def to_response(ports: usecases.Ports, listing: Listing) -> schemas.ListingResponse:
    return schemas.ListingResponse.of(listing, usecases.picture_addresses(ports))


@api.post("/circles/{circle_id}/listings", kind=ActionKind.SELL, status=201, raises=LISTING)
def create_listing(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.ListingRequest
) -> schemas.ListingResponse:
    """Create a listing in a circle."""
    ports = wiring.ports()
    created = usecases.create_listing(
        ports, caller, circle_id, key, kind=body.kind, stock=body.stock or 0, **body.listing_fields
    )
    return to_response(ports, created)


@api.post(
    "/circles/{circle_id}/quick-listings",
    kind=ActionKind.SELL,
    status=201,
    raises=(errors.ListingKindNotAllowed, SellingNotOpen, NewcomerLimitExceeded, *PICTURES),
)
def create_quick_listing(
    caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.QuickListingRequest
) -> schemas.ListingResponse:
    """Sell one product of your own to a member of the circle."""
    ports = wiring.ports()
    created = usecases.create_quick_listing(ports, caller, circle_id, key, body.title, body.price, body.picture or "")
    return to_response(ports, created)


@api.get("/circles/{circle_id}/listings")
def list_listings(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.ListingResponse]:
    """List the listings that you can buy in a circle, newest first."""
    ports = wiring.ports()
    return usecases.list_listings(ports, caller, circle_id, page).map(partial(to_response, ports))


@api.get("/circles/{circle_id}/listings/{listing_id}")
def get_listing(caller: Caller, circle_id: str, listing_id: str) -> schemas.ListingPageResponse:
    """Get the page of a listing: pictures, description, options, and the terms and the disclosure to read before paying."""
    ports = wiring.ports()
    view = usecases.get_listing(ports, caller, circle_id, listing_id)
    return schemas.ListingPageResponse.of_view(view, caller.user_id, usecases.picture_addresses(ports))


@api.put(
    "/circles/{circle_id}/listings/{listing_id}", kind=ActionKind.SELL, raises=(*LISTING, errors.ListingRemovedByModerator)
)
def update_listing(
    caller: Caller, circle_id: str, listing_id: str, request: ChangeRequest, body: schemas.ListingUpdateRequest
) -> schemas.ListingResponse:
    """Change your own listing. Orders that name an earlier revision get the new quote instead."""
    ports = wiring.ports()
    changed = usecases.update_listing(
        ports, caller, circle_id, listing_id, request, on_sale=body.on_sale, **body.listing_fields
    )
    return to_response(ports, changed)


@api.post(
    "/circles/{circle_id}/listings/{listing_id}/restock",
    kind=ActionKind.SELL,
    raises=(errors.ListingKindNotAllowed, errors.ListingRemovedByModerator, errors.StockLimitReached),
)
def restock_listing(
    caller: Caller, circle_id: str, listing_id: str, key: IdempotencyKey, body: schemas.RestockRequest
) -> schemas.ListingResponse:
    """Add units to your own listing, or to an option of it."""
    ports = wiring.ports()
    restocked = usecases.restock_listing(ports, caller, circle_id, listing_id, key, body.add, body.option_id or "")
    return to_response(ports, restocked)


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
