"""Orders, stored by buyer, with two indexes: by seller, once an order was paid, and by when the schedule must act.

A new order is in no index: its buyer's open reservations lead the schedule to it, and staff find it in the list of its buyer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.commerce.domain import ListingKind, Order, OrderLine, OrderState
from services.commerce.domain.money import Money
from services.commerce.domain.party import Payee
from services.commerce.errors import OrderNotFound
from services.commerce.repository.order_parts import parts_from_item, parts_to_item
from services.commerce.repository.party_store import PartyStore
from services.commerce.repository.shards import shard_of
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import get_all
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

TO_SHIP_INDEX = "gsi3"  # sparse: paid orders, by seller
LINE = (
    "listing_id",
    "option_id",
    "title",
    "option_name",
    "quantity",
    "amount",
    "accepts_returns",
)  # the values of a line, in their order
DAY = timedelta(days=1)
DUE_INDEX = "gsi2"  # sparse: only payments and orders with a `due_at` are in it, and no reservation
Due = Key  # of something that is due; use cases pass it on


def order_key(buyer_id: str, order_id: str) -> Key:
    return ORDERS.key(buyer_id, order_id)


def get_order(table: Table, buyer_id: str, order_id: str) -> Order:
    return ORDERS.get(table, order_key(buyer_id, order_id), consistent_read=True)


def find_order(table: Table, buyer_id: str, order_id: str) -> Order | None:
    return ORDERS.find(table, order_key(buyer_id, order_id), consistent_read=True)


def find_loaded_order(table: Table, buyer_id: str, order_id: str) -> Versioned[Order] | None:
    """Load an order that may not exist, for a change."""
    item = table.get(order_key(buyer_id, order_id), consistent_read=True)
    return ORDERS.loaded(item) if item else None


def load_order(table: Table, buyer_id: str, order_id: str) -> Versioned[Order]:
    return ORDERS.load_of_buyer(table, buyer_id, order_id)


def to_ship_partition(seller_id: str) -> str:
    return f"TO_SHIP#{seller_id}"


def list_due(table: Table, shard: int, now: datetime, limit: int) -> list[Due]:
    """Return what is due in a shard, orders and payments, the longest overdue first.

    The index can be behind, so the state of what is loaded must be checked.
    """
    page = table.query(Query(pk=f"DUE#{shard}", last=f"{rfc3339(now)}~", index=DUE_INDEX, limit=limit))
    return [Key.of(item) for item in page.items]


def load_orders(table: Table, buyer_id: str, order_ids: Sequence[str]) -> dict[str, Versioned[Order]]:
    """Load the orders that exist, by id, for a change. Cost: 1 read unit per order, in one request."""
    keys = {order_id: order_key(buyer_id, order_id) for order_id in order_ids}
    items = get_all(table, list(keys.values()), consistent_read=True)
    return {order_id: ORDERS.loaded(items[key]) for order_id, key in keys.items() if key in items}


def iter_orders_of_buyer(table: Table, buyer_id: str) -> Iterator[Order]:
    """Yield all orders that a user placed."""
    return ORDERS.iter(table, Query(pk=f"BUYER#{buyer_id}", prefix=ORDERS.prefix, limit=100))


def load_due_order(table: Table, key: Due) -> Versioned[Order]:
    return ORDERS.load(table, key)


def due_attributes(due_at: datetime | None, order_id: str, id: str) -> Item:
    """Return the attributes that put an item of an order in the index of what is due; none without a moment."""
    if due_at is None:
        return {}
    return {"due_at": millis(due_at), "gsi2pk": f"DUE#{shard_of(order_id)}", "gsi2sk": f"{rfc3339(due_at)}#{id}"}


def _line_to_item(line: OrderLine) -> list[str | int]:
    """Return the values of `LINE`. Without their names, an order of 3 lines is below 1 KB."""
    about = [line.listing_id, line.option_id, line.title, line.option_name]
    return [*about, line.quantity, line.unit_price.amount, line.accepts_returns]


def _lines_from_item(item: Item) -> tuple[OrderLine, ...]:
    returns = item.get("returns", [[0, 0]] * len(item["lines"]))
    return tuple(_line_from_item(item, *values) for values in zip(item["lines"], returns, strict=True))


def _line_from_item(item: Item, line: list[Any], returns: list[int]) -> OrderLine:
    values = dict(zip(LINE, line, strict=True))
    returning, returned = returns
    return OrderLine(
        listing_id=values["listing_id"],
        option_id=values["option_id"],
        kind=ListingKind(item["kind"]),
        title=values["title"],
        option_name=values["option_name"],
        quantity=values["quantity"],
        unit_price=Money(values["amount"], item["currency"]),
        accepts_returns=values["accepts_returns"],
        returning=returning,
        returned=returned,
    )


def _moments_to_item(order: Order) -> Item:
    """Return the moments and periods that the order has."""
    returnable = {"returnable_until": millis(order.returnable_until)} if order.returnable_until else {}
    return returnable | ({"expired_at": millis(order.expired_at)} if order.expired_at else {})


def order_to_item(order: Order) -> Item:
    item: Item = {
        **order_key(order.buyer_id, order.id).attributes(),
        "id": order.id,
        "circle_id": order.circle_id,
        "kind": str(order.kind),
        "lines": [_line_to_item(line) for line in order.lines],
        "buyer_id": order.buyer_id,
        "seller_id": order.seller_id,
        "owner_id": order.owner_id,
        "currency": order.total.currency,
        "created_at": millis(order.created_at),
        "version": order.version,
        "state": str(order.state),
        "payment_id": order.payment_id,
        "platform_share": order.platform_share,
        "owner_share": order.owner_share,
        "unpaid": sorted(order.unpaid),
        "ships_within": int(order.ships_within.total_seconds()),
    }
    if order.paid_at:
        item |= {"paid_at": millis(order.paid_at), **ORDERS.seller_attributes(order.seller_id, order.id)}
    if order.state is OrderState.PAID:
        item |= {"gsi3pk": to_ship_partition(order.seller_id), "gsi3sk": order.id}
    item |= _moments_to_item(order) | parts_to_item(order)
    if order.state is not OrderState.RESERVED:
        item |= due_attributes(order.acts_at, order.id, order.id)
        item.pop("due_at", None)
    return item | ({"due_at": millis(order.due_at)} if order.due_at else {})


def order_from_item(item: Item) -> Order:
    return Order(
        id=item["id"],
        circle_id=item["circle_id"],
        buyer_id=item["buyer_id"],
        seller_id=item["seller_id"],
        owner_id=item["owner_id"],
        lines=_lines_from_item(item),
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        state=OrderState(item["state"]),
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
        paid_at=from_millis(item["paid_at"]) if "paid_at" in item else None,
        payment_id=item["payment_id"],
        platform_share=item["platform_share"],
        owner_share=item["owner_share"],
        unpaid=frozenset(map(Payee, item["unpaid"])),
        returnable_until=from_millis(item["returnable_until"]) if "returnable_until" in item else None,
        expired_at=from_millis(item["expired_at"]) if "expired_at" in item else None,
        ships_within=timedelta(seconds=item["ships_within"]),
        **parts_from_item(item),
    )


ORDERS = PartyStore(order_to_item, order_from_item, OrderNotFound, prefix="ORDER#", seller_prefix="SELLER#")
