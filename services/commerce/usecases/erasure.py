"""The deletion of an account in this service: whether trades must be finished first, and the erasure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from services.commerce.domain import Listing
from services.commerce.domain.coupon import Coupon
from services.commerce.repository import coupons, erasing, listings
from services.commerce.repository.carts import delete_carts
from services.commerce.usecases.ports import Ports
from services.shared.erasure.jobs import ERASE, Erasure, erase_user
from services.shared.messaging.events import DeletionRequested, ListingChanged, TradesErased
from services.shared.table.erasing import delete_limits, delete_reports_of
from services.shared.table.jobs import Job, job_write
from services.shared.table.versioned import update

CHECK = "CHECK"
POSTPONEMENT = timedelta(days=1)


def plan_deletion_check(ports: Ports, event: DeletionRequested) -> None:
    """Plan the check of a user's trades. A repeat plans the same one."""
    write = job_write(Job(CHECK, f"{event.data.user_id}/{event.data.check}", event.occurred_at))
    ports.table.put(write.item, when=write.when)


def check_trades(ports: Ports, job: Job) -> Iterator[None]:
    """Publish which orders the user must finish before the account can be deleted. An interrupted check begins again."""
    user_id, _, check = job.id.partition("/")
    found: list[tuple[str, str]] = []
    for page in erasing.iter_open_orders(ports.table, user_id, ports.clock()):
        found += page
        yield
        if len(found) >= erasing.MAX_OBSTACLES:
            break
    erasing.put_check(ports, user_id, int(check), found[: erasing.MAX_OBSTACLES])


def erase_trades_of_user(ports: Ports, job: Job) -> Iterator[None]:
    """Withdraw a user's listings, end their coupons and erase the rest. Orders and the ledger stay, as the law requires.

    An order that came between the last check and the deletion is finished first: then the erasure waits a day.
    """
    user_id = job.id
    for listing in erasing.iter_listings(ports.table, user_id):
        load = partial(listings.load_listing, ports.table, listing.circle_id, listing.id)
        update(ports, load, partial(_withdraw, ports), ListingChanged)
        yield
    for coupon in coupons.iter_issued_coupons(ports.table, user_id):
        load_coupon = partial(coupons.load_own_coupon, ports.table, coupon.circle_id, coupon.id, user_id)
        update(ports, load_coupon, partial(_end, ports))
        yield
    if any(erasing.iter_open_orders(ports.table, user_id, ports.clock())):
        write = job_write(Job(ERASE, user_id, ports.clock() + POSTPONEMENT))
        ports.table.put(write.item, when=write.when)
        return
    yield from erase_user(ports, TradesErased, partial(_steps, ports), job)


def _end(ports: Ports, coupon: Coupon) -> Coupon:
    return coupon.end(at=ports.clock())


def _withdraw(ports: Ports, listing: Listing) -> Listing:
    return listing.withdraw(at=ports.clock())


def _steps(ports: Ports, erasure: Erasure) -> Iterator[str]:
    for listing in erasing.iter_listings(ports.table, erasure.user_id) if erasure.deletes_content else ():
        load = partial(listings.load_listing, ports.table, listing.circle_id, listing.id)
        update(ports, load, partial(_erase, ports), ListingChanged)
        yield ""
    for circle_id in erasing.iter_circle_ids(ports.table, erasure.user_id):
        for _ in delete_reports_of(ports.table, circle_id, erasure.user_id):
            yield ""
    for _ in delete_limits(ports.table, erasure.user_id):
        yield ""
    for _ in coupons.delete_claims(ports.table, erasure.user_id):
        yield ""
    for _ in delete_carts(ports.table, erasure.user_id):
        yield ""


def _erase(ports: Ports, listing: Listing) -> Listing:
    return listing.erase(at=ports.clock())
