"""Decisions of the platform about listings: take-downs, until an appeal ends them, and removals that an appeal reverses."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from services.commerce.domain import Listing
from services.commerce.errors import ListingNotFound
from services.commerce.repository.listings import load_listing, removal_writes
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import ListingChanged, TakeDownChanged
from services.shared.security.take_downs import TakeDown
from services.shared.table.versioned import Changed, update


def take_listing_down(ports: Ports, event: TakeDownChanged) -> None:
    """Take a listing down, or end a take-down, and publish whether it is on sale.

    A reservation stays, and can be paid in time; a late payment goes back to the buyer, as for every listing off sale.
    Unchanged if the listing does not exist, or if a newer event of the case was applied. The listing exists before its report,
    and so before its case: one that does not exist was deleted with its circle.
    Cost: 1 write unit and 1 read unit.
    """
    load = partial(load_listing, ports.table, event.data.circle_id, event.data.subject_id)
    with suppress(ListingNotFound):
        update(ports, load, lambda listing: listing.apply_take_down(TakeDown.of(event), at=ports.clock()), ListingChanged)


def reverse_removal(ports: Ports, event: TakeDownChanged) -> None:
    """End a moderator's removal of a listing, because the platform granted its appeal, and publish whether it is on sale.

    What its seller did meanwhile stays: a listing that was withdrawn stays off sale. Whether the seller can trade is decided
    when the listing is read. Unchanged if the removal in force is of another case, if there is none, or if the listing does
    not exist any more.
    Cost: 6 write units and 1 read unit.
    """

    def reverse(before: Listing) -> Listing | Changed[Listing]:
        at = ports.clock()
        after = before.reverse_removal(event.data.case_id, at=at)
        return before if after == before else Changed(after, [ListingChanged], removal_writes(after, at))

    load = partial(load_listing, ports.table, event.data.circle_id, event.data.subject_id)
    with suppress(ListingNotFound):
        update(ports, load, reverse)
