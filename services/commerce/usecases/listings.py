"""Listings: create, update, read, report."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from services.commerce.domain import Listing, ListingKind
from services.commerce.domain.money import Money
from services.commerce.domain.permissions import LISTING_ACTIONS, Action, can_list
from services.commerce.errors import ListingKindNotAllowed, ListingNotFound
from services.commerce.repository import listings as repository
from services.commerce.repository.circles import require_member
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import ListingChanged, ListingReported
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.reports import ReportInput, ReportSubject, put_report
from services.shared.table.versioned import update


def create_listing(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    key: IdempotencyKey,
    *,
    kind: ListingKind,
    title: str,
    price: Money,
    stock: int,
) -> Listing:
    """Create a listing in a circle and return it. A retry with the same key returns the listing of the first try.

    Cost: 2 write units and 1.5 read units.
    Raises: CircleNotFound, CallerMuted, ListingKindNotAllowed (by the table in domain/permissions.py), NewcomerLimitExceeded,
    KeyReused, RateLimitReached.
    """
    # Of a retry too: a former member reads no listing.
    member = require_member(ports.table, circle_id, caller.user_id, LISTING_ACTIONS[kind], ports.clock())

    def build() -> Listing:
        if not can_list(member.role, kind):
            raise ListingKindNotAllowed
        member.require_can_title(title)
        at = ports.clock()
        version = next_version(0, at)
        return Listing(key.id("lst"), circle_id, caller.user_id, kind, title, price, stock, at, version, version)

    item_key = repository.listing_key(circle_id, key.id("lst"))
    slot = Slot.of_key(ports, key, settings().rate("listing"))
    return create(ports, key, slot, repository.LISTINGS, item_key, build, ListingChanged)


def update_listing(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    listing_id: str,
    request: ChangeRequest,
    *,
    title: str,
    price: Money,
    on_sale: bool,
) -> Listing:
    """Change the caller's own listing and return it with a new revision. The stock does not change.

    Orders that name an earlier revision then get PriceChanged. A seller whose role no longer permits the kind of the listing
    can only take it off sale.

    Cost: 2 write units and 2.5 read units.
    Raises: CircleNotFound, CallerMuted, ListingNotFound (also for another member's listing), PreconditionFailed (another
    revision than the caller read), ListingKindNotAllowed, NewcomerLimitExceeded (a new title), KeyReused, RateLimitReached.
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.UPDATE_LISTING, ports.clock())

    def change(before: Listing) -> Listing:
        if on_sale and not can_list(member.role, before.kind):
            raise ListingKindNotAllowed
        if title != before.title:
            member.require_can_title(title)
        version = next_version(before.version, ports.clock())
        return replace(before, title=title, price=price, on_sale=on_sale, version=version, revision=version)

    load = partial(repository.load_own_listing, ports.table, circle_id, listing_id, caller.user_id)
    return update(ports, load, change, ListingChanged, request=request, version_of=lambda listing: listing.revision)


def get_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str) -> Listing:
    """Return a listing.

    Cost: 1.5 read units.
    Raises: CircleNotFound, ListingNotFound (also if it is not on sale and not the caller's).
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    listing = repository.get_listing(ports.table, circle_id, listing_id)
    if not listing.on_sale and listing.seller_id != caller.user_id:
        raise ListingNotFound
    return listing


def report_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str, report_input: ReportInput) -> None:
    """Report a listing to the platform, with its title and price as they are now.

    Unchanged if the caller has reported this listing before.

    Cost: 2 write units and 3 read units.
    Raises: CircleNotFound, CallerMuted, ListingNotFound, RateLimitReached.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.REPORT, ports.clock())
    listing = repository.get_listing(ports.table, circle_id, listing_id)
    evidence = {"title": listing.title, "amount": listing.price.amount, "currency": listing.price.currency}
    subject = ReportSubject("listing", listing.id, circle_id, listing.seller_id, evidence)
    put_report(ports, ListingReported, subject, caller.user_id, report_input, settings().rate("report"))


def list_listings(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Listing]:
    """Return a page of the listings on sale in a circle, newest first.

    Cost: 2.5 read units for 20 listings.
    Raises: CircleNotFound.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    return repository.list_listings(ports.table, circle_id, page, lambda listing: listing.on_sale)
