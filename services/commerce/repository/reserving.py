"""What an order gives back that will not be shipped: its units and the use of its coupon."""

from __future__ import annotations

from services.commerce.domain import Order
from services.commerce.repository.coupons import keys_of, release_use
from services.commerce.repository.listings import listing_key
from services.commerce.repository.stock import release_stock
from services.shared.table.items import Update
from services.shared.table.pages import get_all
from services.shared.table.port import HasTable


def release_reservation(ports: HasTable, order: Order) -> list[Update]:
    """Return the writes that give back what an order has reserved; none for what was deleted since, as with its circle.

    They belong to the transaction in which the order leaves the state that reserves, so it gives back once.

    Cost: half a read unit per listing. With a coupon all reads are consistent, because a claim can be a moment old.
    """
    of_listings = {listing_id: listing_key(order.circle_id, listing_id) for listing_id in order.units}
    of_coupon = keys_of(order)
    stored = get_all(ports.table, [*of_listings.values(), *of_coupon], consistent_read=bool(of_coupon))
    units = [
        release_stock(ports, order.circle_id, listing_id, order.units[listing_id])
        for listing_id, key in of_listings.items()
        if key in stored
    ]
    return [*units, *(release_use(key) for key in of_coupon if key in stored)]
