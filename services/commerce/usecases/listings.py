"""Offering goods inside a circle."""

from __future__ import annotations

from dataclasses import replace

from services.commerce.domain import Kind, Listing
from services.commerce.domain.money import Money
from services.commerce.errors import ListingNotFound, SellersOnly
from services.commerce.repository import listings as repository
from services.commerce.usecases.ports import Ports
from services.shared.kernel.clock import next_version
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import ListingChanged, ListingReported
from services.shared.messaging.outbox import with_pending_events
from services.shared.security.auth import Caller
from services.shared.table.port import Attr, Item
from services.shared.table.reports import ReportIn, ReportSubject, put_report
from services.shared.table.versioned import create_if_absent, retry_on_write_conflict

CURATORS = ("owner", "co_owner", "moderator", "buyer")


def create_listing(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, *, kind: Kind, title: str, price: Money, stock: int
) -> Listing:
    """Offer goods. Any member sells to members; a merchant's goods are listed by those who curate the circle's shop."""
    participant = repository.require_participant(ports.table, circle_id, caller.user_id)
    if kind is Kind.MERCHANT and participant.role not in CURATORS:
        raise SellersOnly
    caller.require_not_restricted()
    at = ports.clock()
    version = next_version(0, at)
    listing = Listing(key.id("lst"), circle_id, caller.user_id, kind, title, price, stock, at, version, version)
    item = with_pending_events(repository.listing_to_item(listing), ports.new_id, ListingChanged)
    return repository.listing_from_item(create_if_absent(ports.table, item, key))


def update_listing(
    ports: Ports, caller: Caller, circle_id: str, listing_id: str, *, title: str, price: Money, on_sale: bool
) -> Listing:
    """Change what is offered; a new revision, which orders of the old one are refused by. Stock moves on its own."""
    repository.require_participant(ports.table, circle_id, caller.user_id)
    caller.require_not_restricted()

    def attempt() -> Listing:
        before = repository.find_listing(ports.table, circle_id, listing_id, consistent_read=True)
        if before.seller != caller.user_id:
            raise ListingNotFound
        version = next_version(before.version, ports.clock())
        after = replace(before, title=title, price=price, on_sale=on_sale, version=version, revision=version)
        new = {"title": title, "amount": price.amount, "currency": price.currency, "on_sale": on_sale}
        carried = with_pending_events({**new, "version": version, "revision": version}, ports.new_id, ListingChanged)
        unchanged = Attr("version").eq(before.version)
        ports.table.update(repository.listing_key(circle_id, listing_id), set=carried, when=unchanged)
        return after

    return retry_on_write_conflict(attempt)


def get_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str) -> Listing:
    repository.require_participant(ports.table, circle_id, caller.user_id)
    listing = repository.find_listing(ports.table, circle_id, listing_id)
    if not listing.on_sale and listing.seller != caller.user_id:
        raise ListingNotFound
    return listing


def report_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str, body: ReportIn) -> None:
    """Report goods to the platform, as they look now."""
    repository.require_participant(ports.table, circle_id, caller.user_id)
    listing = repository.find_listing(ports.table, circle_id, listing_id)
    evidence = {"title": listing.title, "amount": listing.price.amount, "currency": listing.price.currency}
    subject = ReportSubject("listing", listing.id, circle_id, listing.seller, evidence)
    put_report(ports.table, ListingReported, subject, caller.user_id, body, ports.clock(), ports.new_id)


def list_listings(
    ports: Ports, caller: Caller, circle_id: str, limit: int, start: Item | None
) -> tuple[list[Listing], Item | None]:
    repository.require_participant(ports.table, circle_id, caller.user_id)
    page = repository.list_listings(ports.table, circle_id, limit, start)
    found = [repository.listing_from_item(item) for item in page.items]
    return [listing for listing in found if listing.on_sale], page.next
