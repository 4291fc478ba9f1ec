"""Shipping: what the seller sends, and under which number. What happens if they do not is in the schedule."""

from __future__ import annotations

from functools import partial

from services.commerce.domain import IN_PERSON, Order, OrderState, Parcel
from services.commerce.repository import orders
from services.commerce.usecases.ports import Ports
from services.shared.messaging.events import OrderChanged
from services.shared.security.auth import Caller
from services.shared.table.versioned import update


def ship_order(ports: Ports, caller: Caller, order_id: str, parcel: Parcel = IN_PERSON) -> Order:
    """Record that the seller has shipped the order, and return it. Unchanged if it is shipped already.

    Cost: 4 write units (3 for the indexes) and 2 read units.
    Raises: OrderNotFound (also for the buyer), OrderStateConflict (also after `ships_by`), PaymentChargedBack.
    """

    def change(order: Order) -> Order:
        return order if order.state is OrderState.SHIPPED else order.ship(caller.user_id, parcel, at=ports.clock())

    return update(ports, partial(orders.ORDERS.load_of_seller, ports.table, caller.user_id, order_id), change, OrderChanged)


def correct_shipment(ports: Ports, caller: Caller, order_id: str, parcel: Parcel) -> Order:
    """Correct carrier and tracking number of a shipped order, once, and return the order. Unchanged if they are the same.

    Cost: 1 write unit and 2 read units.
    Raises: OrderNotFound (also for the buyer), OrderStateConflict, ShipmentFinal.
    """

    def change(order: Order) -> Order:
        return order.correct_shipment(caller.user_id, parcel, at=ports.clock())

    return update(ports, partial(orders.ORDERS.load_of_seller, ports.table, caller.user_id, order_id), change)
