"""The stock of listings: units that their sellers add."""

from __future__ import annotations

from services.commerce.domain import Listing
from services.commerce.domain.permissions import Action, can_list
from services.commerce.errors import ListingKindNotAllowed, StockLimitReached
from services.commerce.repository import listings as repository
from services.commerce.repository.circles import require_member
from services.commerce.repository.listing_items import listing_from_item
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import retry_on_write_conflict


def restock_listing(
    ports: Ports, caller: Caller, circle_id: str, listing_id: str, key: IdempotencyKey, units: int, option_id: str = ""
) -> Listing:
    """Add units to the caller's own listing, or to an option of it, and return it. Its revision stays.

    Units are added and never set, so no order that comes at the same time is lost. A retry with the same key adds none.
    Unchanged if the request was applied before.

    Cost: 2 write units and 2.5 read units.
    Raises: CircleNotFound, CallerMuted, ListingNotFound (also for another member's listing, and for one that is down),
    ListingRemovedByModerator, ListingKindNotAllowed, OptionNotFound, StockLimitReached, KeyReused, RateLimitReached.
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.UPDATE_LISTING, ports.clock())
    request, maximum = settings().change_request(key), settings().max_stock
    slot = Slot(ports, caller.user_id, settings().rate("change"))

    def attempt() -> Listing:
        loaded = repository.load_own_listing(ports.table, circle_id, listing_id, caller.user_id)
        listing, item = loaded.entity, loaded.item or {}
        listing.require_not_down()
        remembered = item.get("requests", "")
        if request.is_in(remembered):
            return listing
        listing.require_changeable()
        if not can_list(member.role, listing.kind):
            raise ListingKindNotAllowed
        if listing.get_option(option_id).stock + units > maximum:
            raise StockLimitReached(limit=maximum)
        slot.use()
        add = repository.add_stock(ports, item, option_id, units, maximum, request.remember_after(remembered))
        return listing_from_item(ports.table.update(add.key, when=add.when, set=add.set, add=add.add))

    return retry_on_write_conflict(attempt)
