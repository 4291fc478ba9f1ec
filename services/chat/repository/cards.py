"""Commerce's listings as chat keeps them, for the cards that show them."""

from __future__ import annotations

from collections.abc import Iterable

from services.chat.domain import Card
from services.shared.table import Attr, ConditionFailed, Item, Key, Table


def card_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"LISTING#{listing_id}")


def keep_card(table: Table, card: Card) -> None:
    """Take over a listing if it is newer."""
    item: Item = {
        **card_key(card.circle_id, card.listing_id).attributes(),
        "item_schema": 1,
        "seller": card.seller,
        "title": card.title,
        "amount": card.amount,
        "currency": card.currency,
        "stock": card.stock,
        "on_sale": card.on_sale,
        "version": card.version,
    }
    try:
        table.put(item, when=Attr("version").not_exists() | Attr("version").lt(card.version))
    except ConditionFailed:
        return


def find_card(table: Table, circle_id: str, listing_id: str) -> Card | None:
    item = table.get(card_key(circle_id, listing_id))
    if item is None:
        return None
    return Card(
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


def find_cards(table: Table, circle_id: str, listing_ids: Iterable[str]) -> dict[str, Card]:
    """The cards of a page of messages, each listing looked up once."""
    found = {listing_id: find_card(table, circle_id, listing_id) for listing_id in set(listing_ids) if listing_id}
    return {listing_id: card for listing_id, card in found.items() if card}
