"""The deletion of an account in this service: whether trades must be finished first, and the erasure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import chain

from services.commerce.domain import Listing
from services.commerce.domain.coupon import Coupon
from services.commerce.repository import coupons, erasing, listings
from services.commerce.repository.addresses import delete_addresses
from services.commerce.repository.carts import delete_carts
from services.commerce.repository.disputes import DISPUTES
from services.commerce.repository.listing_pages import empty_page, page_writes
from services.commerce.repository.removals import delete_evidence
from services.commerce.repository.returns import RETURNS
from services.commerce.repository.touches import delete_touches
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.suspicions import delete_trades_of_buyer
from services.shared.erasure.jobs import ERASE, Erasure, erase_user
from services.shared.kernel.clock import from_millis
from services.shared.messaging.events import DeletionRequested, ListingChanged, TradesErased
from services.shared.pictures.checks import picture_partition
from services.shared.pictures.files import RAW, picture_object_key
from services.shared.table.erasing import delete_limits, delete_reports_of
from services.shared.table.jobs import Job, job_write
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import Changed, update

CHECK = "CHECK"
POSTPONEMENT = timedelta(days=1)


def plan_deletion_check(ports: Ports, event: DeletionRequested) -> None:
    """Plan the check of a user's trades. A repeat plans the same one."""
    write = job_write(Job(CHECK, f"{event.data.user_id}/{event.data.check}", event.occurred_at))
    ports.table.put(write.item, when=write.when)


def check_trades(ports: Ports, job: Job) -> Iterator[None]:
    """Publish what the user must finish before the account can be deleted: open orders and payouts, and positive balances.

    An interrupted check begins again.
    """
    user_id, _, check = job.id.partition("/")
    found: list[tuple[str, str]] = []
    found += erasing.list_balances_to_pay_out(ports.table, user_id, ports.clock())
    for page in _iter_obstacles(ports, user_id):
        found += page
        yield
        if len(found) >= erasing.MAX_OBSTACLES:
            break
    erasing.put_check(ports, user_id, int(check), found[: erasing.MAX_OBSTACLES])


def erase_trades_of_user(ports: Ports, job: Job) -> Iterator[None]:
    """Withdraw a user's listings, end their coupons and erase the rest. Orders and the ledger stay, as the law requires.

    An order or payout that came between the last check and the deletion is finished first: then the erasure waits a day.
    After a listing was withdrawn, it waits for the end of the last reservation, which can still be paid, and is not among the
    seller's orders before.
    """
    user_id, now = job.id, ports.clock()
    waits_until = now
    for listing in erasing.iter_listings(ports.table, user_id):
        load = partial(listings.load_listing, ports.table, listing.circle_id, listing.id)
        withdrawn = update(ports, load, partial(_withdraw, ports), ListingChanged)
        # A revision is the time of the last change that took it off sale. So a crash after the withdrawal loses no wait. A
        # take-down changes no revision, but the withdrawal of what is down does: its reservations are waited for too.
        waits_until = max(waits_until, from_millis(withdrawn.revision) + settings().reservation_lifetime)
        if withdrawn.revision != listing.revision:
            yield
    for coupon in coupons.iter_issued_coupons(ports.table, user_id):
        load_coupon = partial(coupons.load_own_coupon, ports.table, coupon.circle_id, coupon.id, user_id)
        if update(ports, load_coupon, partial(_end, ports)) != coupon:
            yield
    if any(_iter_obstacles(ports, user_id)):
        waits_until = now + POSTPONEMENT
    if waits_until > now:
        write = job_write(Job(ERASE, user_id, waits_until))
        ports.table.put(write.item, when=write.when)
        return
    yield from erase_user(ports, TradesErased, partial(_steps, ports), job)


def _iter_obstacles(ports: Ports, user_id: str) -> Iterator[list[tuple[str, str]]]:
    """Yield the open payouts and orders of a user, page by page."""
    yield from erasing.iter_open_payouts(ports.table, user_id)
    yield from erasing.iter_open_orders(ports.table, user_id, ports.clock())


def _end(ports: Ports, coupon: Coupon) -> Coupon:
    return coupon.end(at=ports.clock())


def _withdraw(ports: Ports, listing: Listing) -> Listing:
    return listing.withdraw(at=ports.clock())


def _steps(ports: Ports, erasure: Erasure) -> Iterator[str]:
    user_id = erasure.user_id
    if erasure.deletes_content:
        yield from _erase_listings(ports, user_id)
    yield from _erase_texts(ports, user_id)
    for circle_id in erasing.iter_circle_ids(ports.table, user_id):
        for _ in delete_reports_of(ports.table, circle_id, user_id):
            yield ""
        yield from _delete_uploads(ports, circle_id, user_id)
    erasing.delete_payout_account(ports.table, user_id)
    erasing.delete_age(ports.table, user_id)
    items = (
        delete_limits(ports.table, user_id),
        coupons.delete_claims(ports.table, user_id),
        delete_partition(ports.table, f"UPLOADER#{user_id}"),
        delete_touches(ports.table, user_id),
        delete_trades_of_buyer(ports, user_id),
    )
    for _ in chain(*items, delete_carts(ports.table, user_id), delete_addresses(ports.table, user_id)):
        yield ""


def _erase_listings(ports: Ports, user_id: str) -> Iterator[str]:
    for listing in erasing.iter_listings(ports.table, user_id):
        if listing.title or listing.page_revision:
            load = partial(listings.load_listing, ports.table, listing.circle_id, listing.id)
            if update(ports, load, partial(_erase, ports)) != listing:
                yield ""
        for _ in delete_evidence(ports.table, listing):
            yield ""


def _erase_texts(ports: Ports, user_id: str) -> Iterator[str]:
    """Erase the texts of the user's returns and disputes, which have ended: an order with an open one postpones the erasure."""
    at = ports.clock()
    for one in (found for found in RETURNS.iter_of_party(ports.table, user_id) if found.due_at):
        load = partial(RETURNS.load_of_buyer, ports.table, one.buyer_id, one.id)
        update(ports, load, lambda found: found.erase_texts(at=at))
        yield ""
    for dispute in (found for found in DISPUTES.iter_of_party(ports.table, user_id) if found.due_at):
        load_dispute = partial(DISPUTES.load_of_buyer, ports.table, dispute.buyer_id, dispute.id)
        update(ports, load_dispute, lambda found: found.erase_texts(at=at))
        yield ""


def _erase(ports: Ports, listing: Listing) -> Listing | Changed[Listing]:
    """Delete the texts of a listing, and its page. The stream deletes the files of its pictures."""
    after = listing.erase(at=ports.clock())
    if after == listing:
        return listing
    return Changed(after, [ListingChanged], page_writes(empty_page(after)) if listing.page_revision else ())


def _delete_uploads(ports: Ports, circle_id: str, user_id: str) -> Iterator[str]:
    """Delete the checks of uploads, whose unused files the stream deletes, then the uploads that were not processed."""
    for _ in delete_partition(ports.table, picture_partition(circle_id, user_id)):
        yield ""
    for object_key in ports.pictures.iter_keys(picture_object_key(RAW, circle_id, user_id, "")):
        ports.pictures.delete(object_key)
        yield ""
