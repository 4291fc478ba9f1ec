"""Reporting a listing to the platform, and its removal by a moderator: both keep it as evidence."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from services.commerce.domain import Listing, ListingPage
from services.commerce.domain.permissions import PERMISSIONS, Action
from services.commerce.domain.terms import commission_evidence
from services.commerce.errors import RoleNotAllowed
from services.commerce.repository import listings as repository
from services.commerce.repository import removals
from services.commerce.repository.circles import require_member
from services.commerce.repository.listing_pages import get_page, get_view
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.take_downs import hiding_writes
from services.shared.kernel.errors import Unavailable
from services.shared.messaging.events import ListingChanged, ListingReported
from services.shared.pictures.evidence import ReportedPictures
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot
from services.shared.table.reports import ReportInput, ReportSubject, put_report
from services.shared.table.versioned import Changed, update


def report_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str, report_input: ReportInput) -> None:
    """Report a listing to the platform, with its page, options and price as they are now.

    Unchanged if the caller has reported this revision before. A changed listing can be reported again.

    Cost: 2 write units and 3.5 read units; more for a long page.
    Raises: CircleNotFound, CallerMuted, ListingNotFound (also if it is down), RateLimitReached, Unavailable (a picture was
    deleted since the listing was read).
    """
    require_member(ports.table, circle_id, caller.user_id, Action.REPORT, ports.clock())
    listing, page = get_view(ports.table, circle_id, listing_id)
    listing.require_not_down()
    evidence, copy_files = _evidence(ports, listing, page)
    subject = ReportSubject(
        "listing", listing.id, circle_id, listing.seller_id, evidence, listing.revision, copy_files=copy_files
    )
    put_report(ports, ListingReported, subject, caller.user_id, report_input, settings().rate("report"))


def remove_listing(ports: Ports, caller: Caller, circle_id: str, listing_id: str, reason: str) -> None:
    """Take any listing of the circle off sale, as a moderator. Its seller gets the reason, and can appeal to the platform.

    Unchanged if it is removed. The audit entry and the evidence are in the same transaction. The stream hides the pictures.

    Cost: 9 write units (8 for listing, audit entry, head and evidence, 1 for the slot) and 2.5 read units. A page adds 2 and 1,
    more if it is long.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, ListingNotFound (also if it is down),
    ListingRestoredOnAppeal (this revision), RateLimitReached, Unavailable (a picture was deleted since the page was read).
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.REMOVE_LISTING, ports.clock())
    if Action.REMOVE_LISTING not in PERMISSIONS[member.role]:
        raise RoleNotAllowed
    slot = Slot(ports, caller.user_id, settings().rate("change"))

    def remove(before: Listing) -> Listing | Changed[Listing]:
        at = ports.clock()
        after = before.remove(caller.user_id, reason, at=at, salt=ports.new_id("salt"))
        if after == before:
            return before
        evidence, copy_files = _evidence(ports, before, get_page(ports.table, before))
        slot.use()
        copy_files()
        writes = [*removals.audit_removal(after, at), removals.put_evidence(ports, after, evidence)]
        return Changed(after, [ListingChanged], [*writes, *hiding_writes(ports, before, after)])

    update(ports, partial(repository.load_listing, ports.table, circle_id, listing_id), remove)


def _evidence(ports: Ports, listing: Listing, page: ListingPage) -> tuple[dict[str, Any], Callable[[], None]]:
    """Return a listing as it is now, with price and commission, and what copies its pictures to the evidence.

    It copies all of them, or raises Unavailable.
    """
    pictures = ReportedPictures(listing.circle_id, listing.seller_id, tuple(picture.id for picture in page.pictures))
    named, copy_files = pictures.evidence(ports, "commerce", listing.id)

    def copy_all() -> None:
        copy_files()
        if not all(ports.evidence.exists(f"{named['picture_folder']}/{picture_id}") for picture_id in pictures.ids):
            raise Unavailable(retry_after=1)

    options = [{"name": option.name, "amount": option.price.amount} for option in listing.options_on_sale]
    evidence = {"title": listing.title, "amount": listing.price.amount, "currency": listing.price.currency}
    evidence |= {"kind": str(listing.kind), **commission_evidence(listing.kind, listing.price)}
    page_evidence = {"description": page.description} if page.description else {}
    return {**evidence, **page_evidence, **({"options": options} if options else {}), **named}, copy_all
