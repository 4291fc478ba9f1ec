"""The stock items of divided stocks. Each is in a partition of its own, which takes 1,000 write units per second.

Only the stream adds units to them, from the item of the listing; only orders take units. So what was counted last is never
less than they have.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.commerce.domain import Listing
from services.commerce.domain.divided_stock import LISTING_ITEM, DividedStock, Taken
from services.commerce.repository.listing_items import divided_to_item
from services.commerce.repository.listings import LISTINGS, listing_key
from services.shared.messaging.events import ListingChanged
from services.shared.messaging.outbox import pending_events
from services.shared.table.items import PRESENT, Attr, Item, Key, Update
from services.shared.table.pages import get_all
from services.shared.table.port import ConditionFailed, HasTable, Table
from services.shared.table.versioned import Versioned

UNITS = "UNITS"
_PREFIX = "STOCK#"


def shard_key(listing_id: str, number: int) -> Key:
    return Key(f"{_PREFIX}{listing_id}#{number}", UNITS)


def shard_keys(listing_id: str, divided: DividedStock) -> list[Key]:
    return [shard_key(listing_id, number) for number in range(divided.shards)]


def listing_key_of(shard: Item) -> Key:
    """Return the key of the listing that a stock item belongs to."""
    return listing_key(shard["circle_id"], shard["listing_id"])


def get_stored(table: Table, listing: Listing) -> Taken:
    """Return the units of a divided stock by their place. Cost: 1 read unit per stock item and 1 for the listing.

    Raises: ConditionFailed (units were moved since the listing was read: some would be seen twice, or at no place).
    """
    of_listing, shards = listing_key(listing.circle_id, listing.id), shard_keys(listing.id, listing.divided)
    items = get_all(table, [of_listing, *shards], consistent_read=True)
    item = items.get(of_listing)
    if item is None or item["divided"] > listing.divided.units:
        raise ConditionFailed
    stored = {number: items[key]["stock"] for number, key in enumerate(shards) if key in items}
    return {**stored, LISTING_ITEM: item["stock"]}


def take_from_shard(listing_id: str, number: int, quantity: int, *, read_at: int | None) -> Update:
    """Take units from a stock item. The condition fails if too few are left, or the order read an outdated listing.

    read_at: the version of the listing that the order has read; None if any is good. Only a read decides about price and sale:
    a condition on the item of the listing would be a write unit there for each order. What ended that version is known here.
    """
    current = Attr("current_from").not_exists() | Attr("current_from").le(read_at) if read_at is not None else PRESENT
    return Update(shard_key(listing_id, number), Attr("stock").ge(quantity) & current, add={"stock": -quantity})


def end_versions_before(table: Table, listing: Listing) -> None:
    """Let the stock items deny orders that read the listing before this version, because its terms changed with it.

    Cost: 1 write unit per stock item.
    """
    newer = Attr("current_from").not_exists() | Attr("current_from").lt(listing.version)
    for key in shard_keys(listing.id, listing.divided):
        try:
            table.update(key, when=PRESENT & newer, set={"current_from": listing.version})
        except ConditionFailed:
            continue  # it knows a later version, or was deleted with the listing


def divide(ports: HasTable, listing: Listing, shards: int) -> None:
    """Move the units of a listing's item to its stock items, as many to each; the rest of the division stays.

    Cost: 2 write units for the listing and 2 per stock item, in one transaction.
    Raises: ConditionFailed (fewer units are left: they were sold, or moved).
    """
    each, about = listing.own_stock // shards, {"circle_id": listing.circle_id, "listing_id": listing.id, "shards": shards}
    same = Attr("shards").eq(listing.divided.shards)
    moved = {"stock": -each * shards, "divided": each * shards, "version": 1}
    new = {} if listing.divided.shards else {"shards": shards, "counts": 0}
    key, enough = listing_key(listing.circle_id, listing.id), Attr("stock").ge(each * shards)
    of_listing = Update(key, same & enough, set=new, add=moved)
    to = (shard_key(listing.id, number) for number in range(shards))
    added = [Update(key, None, set=about, add={"stock": each}) for key in to]
    ports.table.transact([of_listing, *added], token=ports.new_id("txn"))


def load(table: Table, key: Key) -> Versioned[Listing] | None:
    item = table.get(key, consistent_read=True)
    return LISTINGS.loaded(item) if item else None


def put_count(ports: HasTable, before: Versioned[Listing], counted: DividedStock) -> None:
    """Store a count, with the event that shows it. Raises: ConditionFailed (the listing was written since it was read)."""
    pending, listing = pending_events(ports.new_id, ports.clock(), ListingChanged), before.entity
    new = {**pending, **divided_to_item(counted)}
    ports.table.update(listing_key(listing.circle_id, listing.id), when=before.unchanged, set=new, add={"version": 1})


def iter_shard_keys(listing: Item) -> Iterator[Key]:
    """Yield the keys of the stock items of a listing that is deleted; none if its stock is not divided."""
    yield from shard_keys(listing["id"], DividedStock(listing.get("shards", 0)))
