"""Product cards: each service's projection of the listings of commerce.

A card shows what commerce published last, never what the sender of a card says. Whether it is on sale is decided when it is
read, by the one rule of `services.shared.security.trading`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.shared.messaging.events import ListingChanged
from services.shared.security.card_tokens import CardSource, CardToken, reader_of
from services.shared.security.keys import KeyRing
from services.shared.security.trading import Offer, TradeRule
from services.shared.table.items import Item, Key
from services.shared.table.pages import get_all
from services.shared.table.port import Table
from services.shared.table.versioned import put_if_newer

_CIRCLE, _LISTING = "CIRCLE#", "LISTING#"


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A listing as commerce published it last.

    amount: the price in the minor unit of `currency`, the lowest one of its options. option_count: how many are on sale.
    on_sale: as the seller set it; in a card for a reader, whether they can buy it now.
    attribution: in a card for a reader, the token that says where they saw it; otherwise None.
    """

    listing_id: str
    circle_id: str
    seller: str
    kind: str
    title: str
    amount: int
    currency: str
    stock: int
    option_count: int
    on_sale: bool
    version: int
    attribution: str | None = None

    @property
    def offer(self) -> Offer:
        return Offer(self.seller, self.kind, self.on_sale)


def put_product_card(table: Table, event: ListingChanged) -> None:
    """Store the listing of an event. Unchanged if the stored one is as new or newer."""
    data = event.data
    item: Item = {
        **product_card_key(data.circle_id, data.listing_id).attributes(),
        "seller": data.seller_id,
        "kind": data.kind,
        "title": data.title,
        "amount": data.amount,
        "currency": data.currency,
        "stock": data.stock,
        "option_count": data.option_count,
        "on_sale": data.on_sale,
        "version": event.entity_version,
    }
    put_if_newer(table, item)


def product_card_key(circle_id: str, listing_id: str) -> Key:
    return Key(f"{_CIRCLE}{circle_id}", f"{_LISTING}{listing_id}")


def find_stored_card(table: Table, circle_id: str, listing_id: str) -> ProductCard | None:
    """Return a listing as commerce published it last."""
    item = table.get(product_card_key(circle_id, listing_id))
    return _card_from_item(item) if item else None


def _card_from_item(item: Item) -> ProductCard:
    return ProductCard(
        listing_id=item["sk"].removeprefix(_LISTING),
        circle_id=item["pk"].removeprefix(_CIRCLE),
        seller=item["seller"],
        kind=item["kind"],
        title=item["title"],
        amount=item["amount"],
        currency=item["currency"],
        stock=item["stock"],
        option_count=item["option_count"],
        on_sale=item["on_sale"],
        version=item["version"],
    )


def find_stored_cards(table: Table, circle_id: str, listing_ids: Iterable[str]) -> dict[str, ProductCard]:
    """Return these listings as commerce published them last, by listing id. They are read together.

    Empty ids and unknown listings are left out.
    """
    items = get_all(table, [product_card_key(circle_id, listing_id) for listing_id in dict.fromkeys(listing_ids) if listing_id])
    return {card.listing_id: card for card in map(_card_from_item, items.values())}


def find_product_cards(table: Table, circle_id: str, listing_ids: Iterable[str], rule: TradeRule) -> dict[str, ProductCard]:
    """Return the cards of these listings for a reader, by listing id. Those of sellers that the reader blocked are left out.

    Cost: 0.5 read units per listing, and 0.5 for the blocks. With a listing on sale, 1 more for circle and owner, and 1 per
    seller.
    """
    cards = find_stored_cards(table, circle_id, listing_ids)
    blocked = rule.list_blocked() if cards else ()
    shown = {listing_id: card for listing_id, card in cards.items() if card.seller not in blocked}
    are_open = rule.are_open([card.offer for card in shown.values()])
    return {card.listing_id: replace(card, on_sale=is_open) for card, is_open in zip(shown.values(), are_open, strict=True)}


def with_token(keys: KeyRing, card: ProductCard, source: CardSource, reader_id: str, at: datetime) -> ProductCard:
    """Return the card with a token for its reader. The author of the source gets none: an own card attributes nothing."""
    if source.author_id == reader_id:
        return card
    token = CardToken(card.circle_id, card.listing_id, reader_of(reader_id), source, at)
    return replace(card, attribution=token.sign(keys).text)
