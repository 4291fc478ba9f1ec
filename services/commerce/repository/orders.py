"""Orders by buyer; which of them have a time to be looked at."""

from __future__ import annotations

from datetime import datetime

from services.commerce.domain import Kind, Order, OrderState
from services.commerce.domain.money import Money
from services.commerce.errors import OrderNotFound
from services.shared.kernel.clock import parse, rfc3339
from services.shared.table.port import (
    Item,
    Key,
    Page,
    Query,
    Table,
)
from services.shared.table.versioned import Versioned

DUE = "DUE"


def order_key(buyer: str, order_id: str) -> Key:
    return Key(f"BUYER#{buyer}", f"ORDER#{order_id}")


def find_order(table: Table, buyer: str, order_id: str) -> Versioned[Order]:
    item = table.get(order_key(buyer, order_id), consistent_read=True)
    if item is None:
        raise OrderNotFound
    return Versioned(order_from_item(item), item)


def find_sale(table: Table, seller: str, order_id: str) -> Versioned[Order]:
    """A seller's order: the index knows its buyer."""
    query = Query(pk=f"SELLER#{seller}", first=order_id, last=order_id, index="gsi1", limit=1)
    rows = table.query(query).items
    if not rows:
        raise OrderNotFound
    return find_order(table, buyer_of(rows[0]), order_id)


def buyer_of(row: Item) -> str:
    """Whose order an index entry is about."""
    return str(row["pk"].removeprefix("BUYER#"))


def list_orders(table: Table, buyer: str, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=f"BUYER#{buyer}", prefix="ORDER#", limit=limit, start=start, newest_first=True))


def list_sales(table: Table, seller: str, limit: int, start: Item | None) -> Page:
    """Keys of a seller's orders, newest first."""
    return table.query(Query(pk=f"SELLER#{seller}", index="gsi1", limit=limit, start=start, newest_first=True))


def list_due(table: Table, at: datetime, limit: int) -> list[Versioned[Order]]:
    """Orders whose time is over, the longest first, as they stand now."""
    page = table.query(Query(pk=DUE, last=f"{rfc3339(at)}~", index="gsi2", limit=limit))
    found = [table.get(Key.of(row), consistent_read=True) for row in page.items]
    return [Versioned(order_from_item(item), item) for item in found if item]


def order_to_item(order: Order) -> Item:
    item: Item = {
        **order_key(order.buyer, order.id).attributes(),
        "id": order.id,
        "circle_id": order.circle_id,
        "listing_id": order.listing_id,
        "kind": str(order.kind),
        "title": order.title,
        "buyer": order.buyer,
        "seller": order.seller,
        "owner": order.owner,
        "quantity": order.quantity,
        "amount": order.unit_price.amount,
        "currency": order.unit_price.currency,
        "created_at": rfc3339(order.created_at),
        "version": order.version,
        "state": str(order.state),
        "payment_id": order.payment_id,
        "platform_share": order.platform_share,
        "owner_share": order.owner_share,
        "gsi1pk": f"SELLER#{order.seller}",
        "gsi1sk": order.id,
    }
    if order.due_at:
        item |= {"due_at": rfc3339(order.due_at), "gsi2pk": DUE, "gsi2sk": f"{rfc3339(order.due_at)}#{order.id}"}
    return item


def order_from_item(item: Item) -> Order:
    return Order(
        id=item["id"],
        circle_id=item["circle_id"],
        listing_id=item["listing_id"],
        kind=Kind(item["kind"]),
        title=item["title"],
        buyer=item["buyer"],
        seller=item["seller"],
        owner=item["owner"],
        quantity=item["quantity"],
        unit_price=Money(item["amount"], item["currency"]),
        created_at=parse(item["created_at"]),
        version=item["version"],
        state=OrderState(item["state"]),
        due_at=parse(item["due_at"]) if "due_at" in item else None,
        payment_id=item["payment_id"],
        platform_share=item["platform_share"],
        owner_share=item["owner_share"],
    )
