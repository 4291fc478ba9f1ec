"""The delivery address of an order: a copy of the buyer's, encrypted for the order. Later changes do not affect it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from services.commerce.domain import Order, OrderState
from services.commerce.domain.address import Address, AddressBook
from services.commerce.domain.order_state import ENDED
from services.commerce.errors import AddressNotFound
from services.commerce.repository import addresses, orders
from services.commerce.settings import settings
from services.commerce.usecases.addresses import open_address, seal_address
from services.commerce.usecases.ports import Ports
from services.shared.messaging.stream import Change
from services.shared.security.access_logs import put_access
from services.shared.security.auth import Caller
from services.shared.table.port import Write
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


def put_order_address(ports: Ports, caller: Caller, order_id: str, address_id: str) -> Order:
    """Give an unpaid order one of the caller's addresses, and return the order. It replaces the one that the order has.

    Cost: 5 write units (1 for the rate limit) and 3 read units, and 2 calls of KMS.
    Raises: OrderNotFound, AddressNotFound, OrderStateConflict (the order is paid, or the reservation has expired),
    RateLimitReached.
    """

    def change(order: Order) -> Changed[Order]:
        after = order.set_address(at=ports.clock())
        book = addresses.get_address_book(ports.table, caller.user_id)
        return Changed(after, also=address_writes(ports, book, address_id, [after]))

    slot = Slot(ports, caller.user_id, settings().rate("change"))
    return update(ports, partial(orders.load_order, ports.table, caller.user_id, order_id), change, slot=slot)


def get_order_address(ports: Ports, caller: Caller, order_id: str) -> Address:
    """Return the address of an order that the caller placed, until it is erased.

    Cost: 2.5 read units, and a call of KMS.
    Raises: OrderNotFound, AddressNotFound.
    """
    return _open(ports, orders.get_order(ports.table, caller.user_id, order_id))


def get_sale_address(ports: Ports, caller: Caller, order_id: str) -> Address:
    """Return the address of a paid order to its seller, until receipt and the return window. The access is recorded before.

    Cost: 6 write units and 4 read units, and a call of KMS.
    Raises: OrderNotFound (also for every user but the seller), AddressNotFound (also of an order that is not paid or has
    ended), ReadLimitReached.
    """
    order = orders.ORDERS.load_of_seller(ports.table, caller.user_id, order_id).entity
    if not (order.has_address and order.shows_address_to_seller(ports.clock())):
        raise AddressNotFound
    limit = settings().max_address_reads_per_hour
    put_access(ports, caller.user_id, f"address of {order_id}", by=caller.user_id, limit=limit, puts_entry=True)
    return _open(ports, order)


def address_writes(ports: Ports, book: AddressBook, address_id: str, placed: Iterable[Order]) -> list[Write]:
    """Return the writes that give orders a copy of one of the buyer's addresses. Raises: AddressNotFound."""
    address = open_address(ports, book.get_entry(address_id).text, book.user_id)
    return [addresses.order_address_write(order, seal_address(ports, address, order.id)) for order in placed]


def plan_erasure_of_address(ports: Ports, changes: Iterable[Change]) -> None:
    """Let the addresses of orders that have ended expire, and those of orders that were paid late not.

    Cost: 1 write unit per order that has ended.
    """
    for change in orders.ORDERS.changes(list(changes), orders.ORDERS.prefix):
        before, after = change.before, change.after
        if before is None or after is None or before.state is after.state or not after.has_address:
            continue
        if after.state in ENDED:
            addresses.put_erasure(ports.table, after, ports.clock() + settings().address_retention)
        elif before.state is OrderState.EXPIRED:
            addresses.put_erasure(ports.table, after, None)


def _open(ports: Ports, order: Order) -> Address:
    return open_address(ports, addresses.get_order_address(ports.table, order, ports.clock()), order.id)
