"""Address books, one item per user, and the addresses of orders. Both have encrypted addresses only.

The address of an order is an item beside the order, not an attribute of it: no list, event, export or response that has the
order can have its address.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.commerce.domain import Order
from services.commerce.domain.address import AddressBook, SealedAddress
from services.commerce.errors import AddressNotFound
from services.shared.kernel.clock import millis
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Item, Key, Put
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import Versioned

PREFIX = "ADDRESS#"


def address_book_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "ADDRESSES")


def load_address_book(table: Table, user_id: str) -> Versioned[AddressBook]:
    """Load an address book for a change; one that was never saved is empty."""
    return ADDRESS_BOOKS.load_or(table, address_book_key(user_id), AddressBook(user_id))


def get_address_book(table: Table, user_id: str) -> AddressBook:
    """Return an address book; one that was never saved is empty. Cost: 1 read unit per 4 KB."""
    return load_address_book(table, user_id).entity


def address_book_to_item(book: AddressBook) -> Item:
    entries = [[entry.id, entry.text, entry.version] for entry in book.entries]
    optional = {"deleted": list(book.deleted)} if book.deleted else {}
    return {**address_book_key(book.user_id).attributes(), "entries": entries, "version": book.version, **optional}


def address_book_from_item(item: Item) -> AddressBook:
    entries = tuple(SealedAddress(*entry) for entry in item["entries"])
    return AddressBook(item["pk"].removeprefix("USER#"), entries, item["version"], tuple(item.get("deleted", ())))


ADDRESS_BOOKS = EntityStore(address_book_to_item, address_book_from_item, AddressNotFound)


def order_address_key(buyer_id: str, order_id: str) -> Key:
    return Key(f"BUYER#{buyer_id}", f"{PREFIX}{order_id}")


def order_address_write(order: Order, text: str) -> Put:
    """Return the write of an order's encrypted address, for the transaction that changes the order."""
    key = order_address_key(order.buyer_id, order.id)
    return Put({**key.attributes(), "address": text, "version": order.version}, None)


def get_order_address(table: Table, order: Order, now: datetime) -> str:
    """Return the encrypted address of an order. The table deletes one that has expired within days, so its time is checked.

    Cost: 1 read unit.
    Raises: AddressNotFound (the order has none, or it has expired).
    """
    item = table.get(order_address_key(order.buyer_id, order.id), consistent_read=True)
    if item is None or is_erased(item, now):
        raise AddressNotFound
    return str(item["address"])


def is_erased(item: Item, now: datetime) -> bool:
    return "expires_at" in item and bool(item["expires_at"] <= millis(now) // 1000)


def order_id_of_address(item: Item) -> str:
    return str(item["sk"]).removeprefix(PREFIX)


def put_erasure(table: Table, order: Order, expires_at: datetime | None) -> None:
    """Set when the address of an order is erased, or that it is not. Unchanged if a later version of the order set it.

    Cost: 1 write unit.
    """
    expires = {"expires_at": millis(expires_at) // 1000} if expires_at else {}
    try:
        table.update(
            order_address_key(order.buyer_id, order.id),
            when=Attr("version").lt(order.version),
            set={"version": order.version, **expires},
            remove=() if expires_at else ("expires_at",),
        )
    except ConditionFailed:
        return  # the address is erased, or another record of the stream was faster


def delete_addresses(table: Table, user_id: str) -> Iterator[None]:
    """Delete the address book of a user and the addresses of their orders. Yields after each deletion."""
    yield from delete_partition(table, address_book_key(user_id).pk, address_book_key(user_id).sk)
    yield from delete_partition(table, order_address_key(user_id, "").pk, PREFIX)
