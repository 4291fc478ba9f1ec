"""Touches, stored by buyer and listing, and the attributions of orders, stored beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from services.commerce.domain.attribution import Attribution, OrderTouch, Windows, Winner, WinnerKind
from services.commerce.domain.touch import Touch, Touches
from services.commerce.errors import ListingNotFound, OrderNotFound
from services.commerce.settings import settings
from services.shared.kernel.clock import from_millis, millis, millis_of
from services.shared.messaging.events import OrderAttributed
from services.shared.messaging.outbox import pending_events
from services.shared.security.card_tokens import head_of, parse_token
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import HasTable, Table
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import Versioned, put_if_absent

TOUCHES, ATTRIBUTION = "TOUCHES#", "ATTRIBUTION#"


def touches_key(buyer_id: str, listing_id: str) -> Key:
    return Key(f"BUYER#{buyer_id}", f"{TOUCHES}{listing_id}")


def attribution_key(buyer_id: str, order_id: str) -> Key:
    return Key(f"BUYER#{buyer_id}", f"{ATTRIBUTION}{order_id}")


def load_touches(table: Table, circle_id: str, buyer_id: str, listing_id: str) -> Versioned[Touches]:
    """Load the touches of a buyer and a listing for a change; there can be none yet. Cost: 1 read unit."""
    key = touches_key(buyer_id, listing_id)
    return TOUCHES_OF_BUYERS.load_or(table, key, Touches(circle_id, buyer_id, listing_id))


def find_touches(table: Table, buyer_id: str, listing_ids: Collection[str]) -> dict[str, Touches]:
    """Return the touches of a buyer, by listing, of those that have some. Cost: 1 read unit per listing, in one request."""
    keys = [touches_key(buyer_id, listing_id) for listing_id in listing_ids]
    found = TOUCHES_OF_BUYERS.find_many(table, keys, consistent_read=True)
    return {touches.listing_id: touches for touches in found if touches}


def put_attribution(ports: HasTable, attribution: Attribution) -> None:
    """Store the attribution of an order with its event, unless it has one: the first one stays. Cost: 1 write unit per KB."""
    pending = pending_events(ports.new_id, attribution.attributed_at, OrderAttributed)
    put_if_absent(ports.table, {**attribution_to_item(attribution), **pending})


def find_attribution(table: Table, buyer_id: str, order_id: str) -> Attribution | None:
    """Cost: 1 read unit per 4 KB."""
    return ATTRIBUTIONS.find(table, attribution_key(buyer_id, order_id), consistent_read=True)


def delete_touches(table: Table, buyer_id: str) -> Iterator[None]:
    """Delete the touches of a user, and the attributions of their orders. Yields after each deletion."""
    for prefix in (TOUCHES, ATTRIBUTION):
        yield from delete_partition(table, f"BUYER#{buyer_id}", prefix)


def touches_to_item(touches: Touches) -> Item:
    """Return the item. The head of all tokens is the same, and follows from buyer and listing: 8 touches are below 1 KB."""
    longest = max(settings().note_attribution_window, settings().message_attribution_window)
    expires = {"expires_at": millis(touches.last_at + longest) // 1000} if touches.last_at else {}
    return {
        **touches_key(touches.buyer_id, touches.listing_id).attributes(),
        "circle_id": touches.circle_id,
        "touches": [[millis(touch.at), touch.token.tail] for touch in touches.touches],
        "version": touches.version,
        **expires,
    }


def touches_from_item(item: Item) -> Touches:
    buyer_id, listing_id = item["pk"].removeprefix("BUYER#"), item["sk"].removeprefix(TOUCHES)
    head = head_of(item["circle_id"], listing_id, buyer_id)
    touches = tuple(_touch(head, *values) for values in item["touches"])
    return Touches(item["circle_id"], buyer_id, listing_id, touches, item["version"])


def _touch(head: str, at: int, tail: str) -> Touch:
    return Touch(parse_token(head, tail), from_millis(at))


def attribution_to_item(attribution: Attribution) -> Item:
    windows = attribution.windows
    return {
        **attribution_key(attribution.buyer_id, attribution.order_id).attributes(),
        "circle_id": attribution.circle_id,
        "seller_id": attribution.seller_id,
        "owner_id": attribution.owner_id,
        "coupon_id": attribution.coupon_id,
        "created_at": millis(attribution.placed_at),
        "windows": [millis_of(windows.note), millis_of(windows.message)],
        "touched": {listing_id: list(map(_touch_to_item, found)) for listing_id, found in attribution.touches.items()},
        "winners": {
            listing_id: [str(winner.kind), winner.id, winner.seq, winner.user_id]
            for listing_id, winner in attribution.winners.items()
        },
        "version": millis(attribution.attributed_at),
    }


def _touch_to_item(each: OrderTouch) -> list[Any]:
    return [millis(each.touch.at), each.touch.token.tail, each.is_own]


def order_id_of_attribution(item: Item) -> str:
    return str(item["sk"]).removeprefix(ATTRIBUTION)


def buyer_id_of_attribution(item: Item) -> str:
    return str(item["pk"]).removeprefix("BUYER#")


def attribution_from_item(item: Item) -> Attribution:
    buyer_id = buyer_id_of_attribution(item)
    note, message = (timedelta(milliseconds=value) for value in item["windows"])
    winners = {listing_id: _winner(*values) for listing_id, values in item["winners"].items()}
    return Attribution(
        order_id=order_id_of_attribution(item),
        circle_id=item["circle_id"],
        buyer_id=buyer_id,
        seller_id=item["seller_id"],
        owner_id=item["owner_id"],
        coupon_id=item["coupon_id"],
        placed_at=from_millis(item["created_at"]),
        windows=Windows(note, message),
        touches=_touches_by_listing(item["circle_id"], buyer_id, item["touched"]),
        winners=winners,
        attributed_at=from_millis(item["version"]),
    )


def exported_cards(item: Item) -> Item:
    """Return the opened cards of touches or of an attribution as an export has them; other items have none."""
    if item["sk"].startswith(TOUCHES):
        touches = touches_from_item(item)
        return {"listing_id": touches.listing_id, "cards": [_exported(touch, touches.listing_id) for touch in touches.touches]}
    if not item["sk"].startswith(ATTRIBUTION):
        return {}
    attribution = attribution_from_item(item)
    opened = ((each.touch, listing_id) for listing_id, found in attribution.touches.items() for each in found)
    winners = [
        {"listing_id": listing_id, "kind": str(winner.kind), "id": winner.id}
        for listing_id, winner in attribution.winners.items()
    ]
    return {"order_id": attribution.order_id, "cards": [_exported(*each) for each in opened], "winners": winners}


def _exported(touch: Touch, listing_id: str) -> Item:
    source = touch.token.source
    return {"listing_id": listing_id, "kind": str(source.kind), "id": source.id, "seq": source.seq, "at": millis(touch.at)}


def _touches_by_listing(
    circle_id: str, buyer_id: str, touched: Mapping[str, list[list[Any]]]
) -> dict[str, tuple[OrderTouch, ...]]:
    heads = {listing_id: head_of(circle_id, listing_id, buyer_id) for listing_id in touched}
    return {
        listing_id: tuple(OrderTouch(_touch(heads[listing_id], at, tail), is_own) for at, tail, is_own in values)
        for listing_id, values in touched.items()
    }


def _winner(kind: str, id: str, seq: int, user_id: str) -> Winner:
    return Winner(WinnerKind(kind), id, seq, user_id)


TOUCHES_OF_BUYERS = EntityStore(touches_to_item, touches_from_item, ListingNotFound)
ATTRIBUTIONS = EntityStore(attribution_to_item, attribution_from_item, OrderNotFound)
