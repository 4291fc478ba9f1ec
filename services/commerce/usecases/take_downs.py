"""Decisions of the platform about listings: take-downs, until an appeal ends them, and removals that an appeal reverses."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from services.commerce.domain import Listing
from services.commerce.errors import ListingNotFound
from services.commerce.repository.listing_pages import get_page, page_writes
from services.commerce.repository.listings import load_listing
from services.commerce.repository.removals import audit_removal
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import ListingChanged, TakeDownChanged
from services.shared.security.take_downs import TakeDown
from services.shared.table.port import Write
from services.shared.table.versioned import Changed, update


def take_listing_down(ports: Ports, event: TakeDownChanged) -> None:
    """Take a listing down, or end a take-down, and publish whether it is on sale.

    A reservation stays, and can be paid in time; a late payment goes back to the buyer, as for every listing off sale.
    Unchanged if the listing does not exist, or if a newer event of the case was applied. The listing exists before its report,
    and so before its case: one that does not exist was deleted with its circle.
    Cost: 1 write unit and 1 read unit. A page adds 3 and 1, more if it is long.
    """

    def take_down(before: Listing) -> Listing | Changed[Listing]:
        after = before.apply_take_down(TakeDown.of(event), at=ports.clock())
        return before if after == before else Changed(after, [ListingChanged], hiding_writes(ports, before, after))

    load = partial(load_listing, ports.table, event.data.circle_id, event.data.subject_id)
    with suppress(ListingNotFound):
        update(ports, load, take_down)


def reverse_removal(ports: Ports, event: TakeDownChanged) -> None:
    """End a moderator's removal of a listing, because the platform granted its appeal, and publish whether it is on sale.

    What its seller did meanwhile stays: a listing that was withdrawn stays off sale. Whether the seller can trade is decided
    when the listing is read. Unchanged if the removal in force is of another case, if there is none, or if the listing does
    not exist any more.
    Cost: 6 write units and 1 read unit. A page adds 2 and 1, more if it is long.
    """

    def reverse(before: Listing) -> Listing | Changed[Listing]:
        at = ports.clock()
        after = before.reverse_removal(event.data.case_id, at=at)
        if after == before:
            return before
        return Changed(after, [ListingChanged], [*audit_removal(after, at), *hiding_writes(ports, before, after)])

    load = partial(load_listing, ports.table, event.data.circle_id, event.data.subject_id)
    with suppress(ListingNotFound):
        update(ports, load, reverse)


def hiding_writes(ports: Ports, before: Listing, after: Listing) -> list[Write]:
    """Return the write that notes on the page whether the listing is ended: the stream then hides its pictures, or shows them.

    None if that does not change, or without a page.
    """
    if before.is_hidden == after.is_hidden or not before.page_revision:
        return []
    return page_writes(replace(get_page(ports.table, before), is_hidden=after.is_hidden))
