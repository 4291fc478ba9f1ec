"""Listings: create, update, withdraw, read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Unpack

from services.commerce.domain import Listing, ListingFields, ListingInput, ListingKind, ListingPage, PageInput
from services.commerce.domain.circle import Member
from services.commerce.domain.listing_input import texts_of
from services.commerce.domain.money import Money
from services.commerce.domain.permissions import LISTING_ACTIONS, Action, can_list
from services.commerce.errors import ListingKindNotAllowed, ListingNotFound
from services.commerce.repository import listings as repository
from services.commerce.repository.circles import get_circle, require_known_member, require_member
from services.commerce.repository.listing_pages import PageView, empty_page, get_page, get_view, page_writes
from services.commerce.settings import settings
from services.commerce.usecases.pictures import use_pictures
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.trading import trade_rule
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import ListingChanged
from services.shared.pictures.upload import Picture
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, Versioned, update


def create_listing(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    key: IdempotencyKey,
    *,
    kind: ListingKind,
    stock: int = 0,
    **fields: Unpack[ListingFields],
) -> Listing:
    """Create a listing in a circle and return it. A retry with the same key returns the listing of the first try.

    stock: of a listing without options.
    Cost: 3 write units and 2 read units. A page adds 3 write units, more if it is long, and 1 per picture, with 0.5 read
    units.
    Raises: CircleNotFound, CallerMuted, ListingKindNotAllowed (by the table in domain/permissions.py), NewcomerLimitExceeded,
    SellingNotOpen, Invalid (terms, options), OptionLimitReached, PicturesInvalid, PicturesNotReady, KeyReused,
    RateLimitReached.
    """
    # Of a retry too: a former member reads no listing.
    member = require_member(ports.table, circle_id, caller.user_id, LISTING_ACTIONS[kind], ports.clock())
    given, ids = ListingInput(**fields), (key.id("lst"), circle_id, caller.user_id)

    def build() -> Changed[Listing]:
        if not can_list(member.role, kind):
            raise ListingKindNotAllowed
        circle = get_circle(ports.table, circle_id)
        circle.selling.require_open(settings().selling_starts_after, ports.clock())
        member.require_can_post(given.texts, pictures=len(given.page.picture_ids))
        listing = Listing.create(ids, kind, given, stock, at=ports.clock())
        # The revision depends on the time of a try: the mark of a picture that is used must not.
        pictures = use_pictures(ports, member, replace(listing, revision=0), given.page, empty_page(listing))
        return _with_page(listing, given.page, pictures=pictures, before=empty_page(listing))

    item_key = repository.listing_key(circle_id, ids[0])
    slot = Slot.of_key(ports, key, settings().rate("listing"))
    return create(ports, key, slot, repository.LISTINGS, item_key, build)


def create_quick_listing(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, title: str, price: Money, picture_id: str = ""
) -> Listing:
    """Create a listing of one product of the caller's own, with at most one picture, and return it.

    Cost: 7 write units and 2.5 read units, with its picture.
    Raises: as `create_listing`.
    """
    page = PageInput(picture_ids=(picture_id,) if picture_id else (), field="/picture")
    return create_listing(ports, caller, circle_id, key, kind=ListingKind.C2C, title=title, price=price, stock=1, page=page)


def update_listing(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    listing_id: str,
    request: ChangeRequest,
    *,
    on_sale: bool,
    **fields: Unpack[ListingFields],
) -> Listing:
    """Change the caller's own listing and return it with a new revision. No stock changes but that of a new option.

    Orders that name an earlier revision then get PriceChanged. An option that is left out is withdrawn. A seller whose role no
    longer permits the kind of the listing can only take it off sale.

    Cost: 2 write units and 2.5 read units. A changed page adds 3 write units, more if it is long, and 1 per new picture; it is
    read for 1 read unit or more.
    Raises: CircleNotFound, CallerMuted, ListingNotFound (also for another member's listing, and for one that is down),
    PreconditionFailed (another revision than the caller read), ListingRemovedByModerator, and as `create_listing`.
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.UPDATE_LISTING, ports.clock())
    given = ListingInput(**fields)

    def load() -> Versioned[Listing]:
        # Before the ETag is compared: a take-down that came first is a 404, not a 412 that invites another try.
        loaded = repository.load_own_listing(ports.table, circle_id, listing_id, caller.user_id)
        loaded.entity.require_not_down()
        return loaded

    def change(before: Listing) -> Changed[Listing]:
        if on_sale and not can_list(member.role, before.kind):
            raise ListingKindNotAllowed
        return _change(ports, member, before, given, on_sale=on_sale)

    return update(ports, load, change, request=request, version_of=lambda listing: listing.revision)


def _change(ports: Ports, member: Member, before: Listing, given: ListingInput, *, on_sale: bool) -> Changed[Listing]:
    """Return the changed listing. What was posted before stays, also of a seller who is a newcomer now."""
    after, page = before.update(given, on_sale=on_sale, at=ports.clock()), get_page(ports.table, before)
    texts = texts_of(before.title, before.options_on_sale, page.description)
    if given.texts != texts or len(given.page.picture_ids) > len(page.pictures):
        member.require_can_post(given.texts, pictures=len(given.page.picture_ids))
    return _with_page(after, given.page, pictures=use_pictures(ports, member, before, given.page, page), before=page)


def withdraw_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str) -> None:
    """Take the caller's own listing off sale, also without being a member any more, and while muted.

    Unchanged if it is off sale.

    Cost: 1 write unit and 2 read units.
    Raises: CircleNotFound (the caller was never in the circle), ListingNotFound (also for another member's listing).
    """
    # Before the listing: a user who was never in the circle must not measure whether it exists.
    require_known_member(ports.table, circle_id, caller.user_id)
    load = partial(repository.load_own_listing, ports.table, circle_id, listing_id, caller.user_id)
    update(ports, load, lambda listing: listing.withdraw(at=ports.clock()), ListingChanged)


def get_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str) -> PageView:
    """Return a listing with its page.

    Cost: 4.5 read units; 2 for its seller; more for a long page.
    Raises: CircleNotFound, ListingNotFound (also if the caller cannot buy it and is not its seller).
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    view = get_view(ports.table, circle_id, listing_id)
    is_seller = view.listing.seller_id == caller.user_id
    if not is_seller and not trade_rule(ports, circle_id, caller.user_id).is_open(view.listing.offer):
        raise ListingNotFound
    return view


def list_listings(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[Listing]:
    """Return a page of the listings that the caller can buy in a circle, newest first.

    Cost: 5 read units for 20 listings of one seller, and 1 for each further seller.
    Raises: CircleNotFound.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    rule = trade_rule(ports, circle_id, caller.user_id)
    return repository.list_listings(
        ports.table, circle_id, page, lambda listings: rule.are_open([each.offer for each in listings])
    )


def _with_page(listing: Listing, page: PageInput, *, pictures: tuple[Picture, ...], before: ListingPage) -> Changed[Listing]:
    """Return the listing with its event, and with the write of its page if that changed."""
    after = replace(before, description=page.description, pictures=pictures, revision=listing.revision)
    if after.has_content_of(before):
        return Changed(listing, [ListingChanged])
    return Changed(listing.with_page(after), [ListingChanged], page_writes(after))
