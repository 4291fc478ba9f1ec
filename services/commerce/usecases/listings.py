"""Listings: create, update, withdraw, remove, read, report."""

from __future__ import annotations

from functools import partial

from services.commerce.domain import Listing, ListingKind
from services.commerce.domain.money import Money
from services.commerce.domain.permissions import LISTING_ACTIONS, PERMISSIONS, Action, can_list
from services.commerce.errors import ListingKindNotAllowed, ListingNotFound, RoleNotAllowed
from services.commerce.repository import listings as repository
from services.commerce.repository.circles import require_known_member, require_member
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.trading import trade_rule
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import ListingChanged, ListingRemoved, ListingReported
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.reports import ReportInput, ReportSubject, put_report
from services.shared.table.versioned import Changed, Versioned, update


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

    Cost: 3 write units and 1.5 read units.
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
    Raises: CircleNotFound, CallerMuted, ListingNotFound (also for another member's listing, and for one that is down),
    PreconditionFailed (another revision than the caller read), ListingKindNotAllowed, ListingRemovedByModerator,
    NewcomerLimitExceeded (a new title), KeyReused, RateLimitReached.
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.UPDATE_LISTING, ports.clock())

    def load() -> Versioned[Listing]:
        # Before the ETag is compared: a take-down that came first is a 404, not a 412 that invites another try.
        loaded = repository.load_own_listing(ports.table, circle_id, listing_id, caller.user_id)
        loaded.entity.require_not_down()
        return loaded

    def change(before: Listing) -> Listing:
        if on_sale and not can_list(member.role, before.kind):
            raise ListingKindNotAllowed
        if title != before.title:
            member.require_can_title(title)
        return before.update(title, price, on_sale=on_sale, at=ports.clock())

    return update(ports, load, change, ListingChanged, request=request, version_of=lambda listing: listing.revision)


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


def remove_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str, reason: str) -> None:
    """Take any listing of the circle off sale, as a moderator. Its seller gets the reason, and can appeal to the platform.

    Unchanged if it is removed. The audit entry is in the same transaction.

    Cost: 7 write units (6 for listing, audit entry and head, 1 for the slot) and 2.5 read units.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, ListingNotFound (also if it is down),
    ListingRestoredOnAppeal (this revision), RateLimitReached.
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.REMOVE_LISTING, ports.clock())
    if Action.REMOVE_LISTING not in PERMISSIONS[member.role]:
        raise RoleNotAllowed

    def remove(before: Listing) -> Listing | Changed[Listing]:
        at = ports.clock()
        after = before.remove(caller.user_id, reason, at=at, salt=ports.new_id("salt"))
        if after == before:
            return before
        return Changed(after, [ListingChanged, ListingRemoved], repository.removal_writes(after, at))

    slot = Slot(ports, caller.user_id, settings().rate("change"))
    update(ports, partial(repository.load_listing, ports.table, circle_id, listing_id), remove, slot=slot)


def get_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str) -> Listing:
    """Return a listing.

    Cost: 4 read units; 1.5 for its seller.
    Raises: CircleNotFound, ListingNotFound (also if the caller cannot buy it and is not its seller).
    """
    require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    listing = repository.get_listing(ports.table, circle_id, listing_id)
    if listing.seller_id != caller.user_id and not trade_rule(ports, circle_id, caller.user_id).is_open(listing.offer):
        raise ListingNotFound
    return listing


def report_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str, report_input: ReportInput) -> None:
    """Report a listing to the platform, with its title and price as they are now.

    Unchanged if the caller has reported this revision before. A changed listing can be reported again.

    Cost: 2 write units and 3 read units.
    Raises: CircleNotFound, CallerMuted, ListingNotFound (also if it is down), RateLimitReached.
    """
    require_member(ports.table, circle_id, caller.user_id, Action.REPORT, ports.clock())
    listing = repository.get_listing(ports.table, circle_id, listing_id)
    listing.require_not_down()
    evidence = {"title": listing.title, "amount": listing.price.amount, "currency": listing.price.currency}
    subject = ReportSubject("listing", listing.id, circle_id, listing.seller_id, evidence, listing.revision)
    put_report(ports, ListingReported, subject, caller.user_id, report_input, settings().rate("report"))


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
