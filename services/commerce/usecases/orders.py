"""Orders: read, confirm receipt. placing.py, paying.py, shipping.py and order_refunds.py have the rest."""

from __future__ import annotations

from functools import partial

from services.commerce.domain import Order, OrderState
from services.commerce.repository import orders
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.settlement import divide_escrow
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, update


def get_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Return an order that the caller placed.

    Cost: 1.5 read units.
    Raises: OrderNotFound.
    """
    return orders.get_order(ports.table, caller.user_id, order_id)


def list_orders(ports: Ports, caller: Caller, page: PageRequest) -> Page[Order]:
    """Return a page of the orders that the caller placed, newest first.

    Cost: 2.5 read units for 20 orders.
    """
    return orders.ORDERS.list_of_buyer(ports.table, caller.user_id, page)


def list_sales(ports: Ports, caller: Caller, page: PageRequest) -> Page[Order]:
    """Return a page of the orders of the caller's listings, newest first.

    Cost: 21 read units for 20 orders: the index holds only keys.
    """
    return orders.ORDERS.list_of_seller(ports.table, caller.user_id, page)


def confirm_receipt(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Record that the buyer has received the order, divide the escrow, and return the order.

    The share of a seller under a sanction waits until the sanction ends.
    Unchanged if receipt is confirmed already.

    Cost: 19 write units (6 for the transaction and its index, 13 for the balances) and 2 read units; 1 more with a commission.
    Raises: OrderNotFound (for every user but the buyer), OrderStateConflict.
    """

    def change(order: Order) -> Order | Changed[Order]:
        is_confirmed = order.state in (OrderState.RECEIVED, OrderState.COMPLETED)
        return order if is_confirmed else divide_escrow(ports, order, caller.user_id)

    return update(ports, partial(orders.load_order, ports.table, caller.user_id, order_id), change)
