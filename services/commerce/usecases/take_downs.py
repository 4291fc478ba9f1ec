"""Take-downs of the platform: listings that are off sale, and that no other member sees, until an appeal ends them."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from services.commerce.errors import ListingNotFound
from services.commerce.repository.listings import load_listing
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import ListingChanged, TakeDownChanged
from services.shared.security.take_downs import TakeDown
from services.shared.table.versioned import update


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
