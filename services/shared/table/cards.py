"""Goods on cards: commerce's listings, as every service that shows them keeps them. A card shows commerce's word alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.shared.http.schemas import ResponseModel
from services.shared.messaging.events import ListingChanged
from services.shared.table.port import Item, Key, Table
from services.shared.table.queries import put_if_newer
from services.shared.table.versioned import HasTable


@dataclass(frozen=True, slots=True)
class ProductCard:
    """Goods as commerce last told of them, whatever the sender of a card says."""

    listing_id: str
    circle_id: str
    seller: str
    title: str
    amount: int
    currency: str
    stock: int
    on_sale: bool
    version: int


class CardOut(ResponseModel):
    """Goods as they are on sale now."""

    listing_id: str
    title: str
    amount: int
    currency: str
    stock: int
    on_sale: bool

    @classmethod
    def of(cls, card: ProductCard) -> CardOut:
        return cls.model_validate(card, from_attributes=True)


def apply_listing_changed(ports: HasTable, event: ListingChanged) -> None:
    """Take over a listing if it is newer: what every service that shows cards does with the event."""
    data = event.data
    item: Item = {
        **card_key(data.circle_id, data.listing_id).attributes(),
        "seller": data.seller_id,
        "title": data.title,
        "amount": data.amount,
        "currency": data.currency,
        "stock": data.stock,
        "on_sale": data.on_sale,
        "version": event.entity_version,
    }
    put_if_newer(ports.table, item)


def card_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"LISTING#{listing_id}")


def find_card(table: Table, circle_id: str, listing_id: str) -> ProductCard | None:
    item = table.get(card_key(circle_id, listing_id))
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


def find_cards(table: Table, circle_id: str, listing_ids: Iterable[str]) -> dict[str, ProductCard]:
    """The cards of a page, each listing looked up once."""
    found = {listing_id: find_card(table, circle_id, listing_id) for listing_id in set(listing_ids) if listing_id}
    return {listing_id: card for listing_id, card in found.items() if card}
