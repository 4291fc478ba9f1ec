"""Product cards: each service's projection of the listings of commerce.

A card shows what commerce published last, never what the sender of a card says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.shared.messaging.events import ListingChanged
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A listing as commerce published it last.

    amount: the price in the minor unit of `currency`.
    """

    listing_id: str
    circle_id: str
    seller: str
    title: str
    amount: int
    currency: str
    stock: int
    on_sale: bool
    version: int


def put_product_card(table: Table, event: ListingChanged) -> None:
    """Store the listing of an event. Unchanged if the stored one is as new or newer."""
    data = event.data
    item: Item = {
        **product_card_key(data.circle_id, data.listing_id).attributes(),
        "seller": data.seller_id,
        "title": data.title,
        "amount": data.amount,
        "currency": data.currency,
        "stock": data.stock,
        "on_sale": data.on_sale,
        "version": event.entity_version,
    }
    put_if_newer(table, item)


def product_card_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"LISTING#{listing_id}")


def find_product_card(table: Table, circle_id: str, listing_id: str) -> ProductCard | None:
    item = table.get(product_card_key(circle_id, listing_id))
    if item is None:
        return None
    return ProductCard(
        listing_id=listing_id,
        circle_id=circle_id,
        seller=item["seller"],
        title=item["title"],
        amount=item["amount"],
        currency=item["currency"],
        stock=item["stock"],
        on_sale=item["on_sale"],
        version=item["version"],
    )


def find_product_cards(table: Table, circle_id: str, listing_ids: Iterable[str]) -> dict[str, ProductCard]:
    """Return the cards of these listings, by listing id. Each listing is read once.

    Empty ids and unknown listings are left out.
    """
    cards = {listing_id: find_product_card(table, circle_id, listing_id) for listing_id in set(listing_ids) if listing_id}
    return {listing_id: card for listing_id, card in cards.items() if card}
