"""The events of this service, each built from the image of the item that carries its fact."""

from __future__ import annotations

from services.shared.messaging.events import (
    ListingChanged,
    ListingReported,
    ListingState,
    OrderChanged,
    OrderStateData,
)
from services.shared.messaging.outbox import Fact, Publications
from services.shared.table.port import Item
from services.shared.table.reports import reported


def listing_changed(item: Item, fact: Fact) -> ListingChanged:
    data = ListingState(
        listing_id=item["id"],
        circle_id=item["circle_id"],
        seller_id=item["seller"],
        kind=item["kind"],
        title=item["title"],
        amount=item["amount"],
        currency=item["currency"],
        stock=item["stock"],
        on_sale=item["on_sale"],
    )
    return ListingChanged(**fact.envelope(item["id"]), data=data)


def order_changed(item: Item, fact: Fact) -> OrderChanged:
    data = OrderStateData(
        order_id=item["id"],
        circle_id=item["circle_id"],
        listing_id=item["listing_id"],
        buyer_id=item["buyer"],
        seller_id=item["seller"],
        quantity=item["quantity"],
        state=item["state"],
    )
    return OrderChanged(**fact.envelope(item["id"]), data=data)


PUBLICATIONS: Publications = {
    "ListingChanged": listing_changed,
    "ListingReported": reported(ListingReported),
    "OrderChanged": order_changed,
}
