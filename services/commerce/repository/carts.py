"""Carts, stored by buyer and circle."""

from __future__ import annotations

from collections.abc import Iterator

from services.commerce.domain.cart import Cart, CartLine
from services.commerce.errors import CircleNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import Versioned

PREFIX = "CART#"
LINE = ("listing_id", "option_id", "quantity")  # the values of a line, in their order


def cart_key(buyer_id: str, circle_id: str) -> Key:
    return Key(f"BUYER#{buyer_id}", f"{PREFIX}{circle_id}")


def load_cart(table: Table, circle_id: str, buyer_id: str) -> Versioned[Cart]:
    """Load a cart for a change; one that was never saved is empty."""
    return CARTS.load_or(table, cart_key(buyer_id, circle_id), Cart(circle_id, buyer_id))


def get_cart(table: Table, circle_id: str, buyer_id: str) -> Cart:
    """Return a cart; one that was never saved is empty. Cost: 1 read unit."""
    return load_cart(table, circle_id, buyer_id).entity


def delete_carts(table: Table, buyer_id: str) -> Iterator[None]:
    """Delete the carts of a user. Yields after each deletion, so that the caller can stop."""
    return delete_partition(table, cart_key(buyer_id, "").pk, PREFIX)


def cart_to_item(cart: Cart) -> Item:
    return {
        **cart_key(cart.buyer_id, cart.circle_id).attributes(),
        "circle_id": cart.circle_id,
        "buyer_id": cart.buyer_id,
        "wanted": [[line.listing_id, line.option_id, line.quantity] for line in cart.lines],
        "version": cart.version,
        **({"expires_at": millis(cart.expires_at) // 1000} if cart.expires_at else {}),
    }


def cart_from_item(item: Item) -> Cart:
    lines = tuple(CartLine(*line) for line in item["wanted"])
    return Cart(item["circle_id"], item["buyer_id"], lines, item["version"], from_millis(item["expires_at"] * 1000))


CARTS = EntityStore(cart_to_item, cart_from_item, CircleNotFound)
