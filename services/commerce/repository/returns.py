"""Items of returns, stored by buyer, with the indexes by seller and of what is due."""

from __future__ import annotations

from dataclasses import astuple

from services.commerce.domain.product_return import Return, ReturnLine, ReturnReason, ReturnState
from services.commerce.domain.shipment import Parcel
from services.commerce.errors import ReturnNotFound
from services.commerce.repository.orders import SELLER_INDEX, Due, due_attributes
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

PREFIX = "RETURN#"
TEXTS = ("id", "order_id", "circle_id", "buyer_id", "seller_id", "text", "note")
NUMBERS = ("amount", "version")


def return_key(buyer_id: str, return_id: str) -> Key:
    return Key(f"BUYER#{buyer_id}", f"{PREFIX}{return_id}")


def returns_to_seller(seller_id: str) -> str:
    """Return the partition of the index that has the returns to a seller."""
    return f"RETURNS_TO#{seller_id}"


def is_return_key(key: Due) -> bool:
    return key.sk.startswith(PREFIX)


def load_due_return(table: Table, key: Due) -> Versioned[Return]:
    return RETURNS.load(table, key)


def load_return(table: Table, user_id: str, return_id: str) -> Versioned[Return]:
    """Load a return of a party: the buyer, or the seller, whose index has the key.

    Raises: ReturnNotFound.
    """
    if item := table.get(return_key(user_id, return_id), consistent_read=True):
        return RETURNS.loaded(item)
    query = Query(pk=returns_to_seller(user_id), first=return_id, last=return_id, index=SELLER_INDEX, limit=1)
    if not (items := table.query(query).items):
        raise ReturnNotFound
    return RETURNS.load(table, Key.of(items[0]))


def list_returns(table: Table, buyer_id: str, page: PageRequest) -> Page[Return]:
    """Return a page of a buyer's returns, newest first."""
    query = Query(pk=f"BUYER#{buyer_id}", prefix=PREFIX, limit=page.limit, start=page.start, newest_first=True)
    return RETURNS.list(table, query)


def list_returns_to_seller(table: Table, seller_id: str, page: PageRequest) -> Page[Return]:
    """Return a page of the returns to a seller, newest first. The index holds keys only."""
    pk = returns_to_seller(seller_id)
    query = Query(pk=pk, index=SELLER_INDEX, limit=page.limit, start=page.start, newest_first=True)
    return RETURNS.list_by_index(table, query, consistent_read=True)


def return_to_item(one: Return) -> Item:
    item: Item = {
        **return_key(one.buyer_id, one.id).attributes(),
        **{name: getattr(one, name) for name in (*TEXTS, *NUMBERS)},
        "units": [list(astuple(line)) for line in one.lines],
        "parcel": [one.parcel.carrier, one.parcel.tracking_number],
        "reason": str(one.reason),
        "state": str(one.state),
        "created_at": millis(one.created_at),
        "gsi1pk": returns_to_seller(one.seller_id),
        "gsi1sk": one.id,
    }
    return item | due_attributes(one.due_at, one.order_id, one.id)


def return_from_item(item: Item) -> Return:
    return Return(
        **{name: item[name] for name in (*TEXTS, *NUMBERS)},
        lines=tuple(ReturnLine(*line) for line in item["units"]),
        parcel=Parcel(*item["parcel"]),
        reason=ReturnReason(item["reason"]),
        state=ReturnState(item["state"]),
        created_at=from_millis(item["created_at"]),
        due_at=from_millis(item["due_at"]) if "due_at" in item else None,
    )


RETURNS = EntityStore(return_to_item, return_from_item, ReturnNotFound)
