"""Orders: reserve, pay, ship, confirm receipt."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from services.commerce.adapters.payments import Payment, ProviderFailed
from services.commerce.domain import Order, OrderState
from services.commerce.domain.permissions import Action
from services.commerce.domain.reservations import OpenReservations, Reservation
from services.commerce.errors import OrderStateConflict, StockInsufficient
from services.commerce.repository import circles, listings, orders
from services.commerce.settings import settings
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.purchases import require_purchase_allowed
from services.commerce.usecases.settlement import divide_escrow
from services.shared.kernel.errors import TooManyRequests, Unavailable
from services.shared.kernel.ids import MAX_CREATION, IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.events import OrderChanged
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, update


def place_order(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, *, listing_id: str, revision: int, quantity: int
) -> Order:
    """Reserve units until `due_at` and return the order. Order and stock are one transaction.

    The price is always the listing's. `revision` is what the buyer read; a request cannot name a price.
    A retry with the same key returns the order of the first try, even if the listing has changed or sold out since.

    Cost: 8 write units (1 for the slot, 4 for the transaction, 3 for the indexes) and 5 read units.
    Raises: CircleNotFound, MembershipEnded, ListingNotFound, BuyerIsSeller (also by identity), PriceChanged, ListingNotOnSale,
    StockInsufficient, KeyReused, RateLimitReached, OpenReservationLimitReached, ReservedUnitLimitReached.
    """

    def build() -> Changed[Order]:
        listing, parties = require_purchase_allowed(ports, circle_id, listing_id, caller.user_id)
        listing.require_revision(revision)
        if listing.get_option("").stock < quantity:
            raise StockInsufficient
        order = Order.reserve(key.id("ord"), listing, parties, quantity=quantity, at=ports.clock())
        return Changed(order, [OrderChanged], [listings.reserve_stock(ports, listing, {"": quantity})])

    slot = Slot.of_key(ports, key, settings().rate("order"))
    item_key = orders.order_key(caller.user_id, key.id("ord"))
    return create(ports, key, slot, orders.ORDERS, item_key, build, opened=partial(_open_reservation, ports))


def _open_reservation(ports: Ports, order: Order, entries: tuple[str, ...]) -> tuple[str, ...]:
    """Return the buyer's open reservations with this one, as they are stored beside the rate limit of orders.

    The orders are read only if a limit is reached, because those that were paid since no longer count.
    Raises: OpenReservationLimitReached, ReservedUnitLimitReached.
    """
    open_ = OpenReservations.parse(entries, order.created_at)
    try:
        return open_.add(order).to_entries()
    except TooManyRequests:
        paid = {one.order_id for one in open_.reservations if not _counts(ports, order.buyer_id, one, order.created_at)}
        return open_.without(paid).add(order).to_entries()


def _counts(ports: Ports, buyer_id: str, reservation: Reservation, at: datetime) -> bool:
    """Whether a reservation counts: its order is unpaid, or is not stored yet."""
    order = orders.find_order(ports.table, buyer_id, reservation.order_id)
    if order is None:
        return at - reservation.placed_at < MAX_CREATION
    return order.state in (OrderState.RESERVED, OrderState.EXPIRED)


def start_payment(ports: Ports, caller: Caller, order_id: str) -> Payment:
    """Return the payment that the buyer completes at the provider's page.

    The order is the key at the provider, so a second call returns the same payment.

    Cost: 1 write unit and 2.5 read units.
    Raises: OrderNotFound, MembershipEnded, CircleNotFound, OrderStateConflict (paid, or the reservation has expired),
    Unavailable (the provider failed), RateLimitReached.
    """
    order = orders.get_order(ports.table, caller.user_id, order_id)
    circles.require_member(ports.table, order.circle_id, caller.user_id, Action.BUY, ports.clock())
    state = order.state_at(ports.clock())
    if state is not OrderState.RESERVED:
        raise OrderStateConflict(state=state)
    Slot(ports, caller.user_id, settings().rate("payment")).use()
    try:
        return ports.payments.start(f"{order.buyer_id}/{order.id}", order.total)
    except ProviderFailed:
        raise Unavailable(retry_after=2) from None


def get_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Return an order that the caller placed.

    Cost: 1.5 read units.
    Raises: OrderNotFound.
    """
    return orders.get_order(ports.table, caller.user_id, order_id)


def list_orders(ports: Ports, caller: Caller, page: PageRequest) -> Page[Order]:
    """Return a page of the orders that the caller placed, newest first.

    Cost: 3 read units for 20 orders.
    """
    return orders.list_orders(ports.table, caller.user_id, page)


def list_sales(ports: Ports, caller: Caller, page: PageRequest) -> Page[Order]:
    """Return a page of the orders of the caller's listings, newest first.

    Cost: 21 read units for 20 orders: the index holds only keys.
    """
    return orders.list_sales(ports.table, caller.user_id, page)


def ship_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Record that the seller has shipped the order, and return it. Unchanged if it is shipped already.

    Cost: 2 write units (1 for the index) and 2 read units.
    Raises: OrderNotFound (also for the buyer), OrderStateConflict.
    """

    def change(order: Order) -> Order:
        return order if order.state is OrderState.SHIPPED else order.ship(caller.user_id, at=ports.clock())

    return update(ports, partial(orders.load_sale, ports.table, caller.user_id, order_id), change, OrderChanged)


def confirm_receipt(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Record that the buyer has received the order, divide the escrow, and return the order.

    The share of a seller under a sanction waits until the sanction ends.
    Unchanged if receipt is confirmed already.

    Cost: 14 write units (6 for the transaction and its index, 8 for the balances) and 2 read units; 1 more with a commission.
    Raises: OrderNotFound (for every user but the buyer), OrderStateConflict.
    """

    def change(order: Order) -> Order | Changed[Order]:
        is_confirmed = order.state in (OrderState.RECEIVED, OrderState.COMPLETED)
        return order if is_confirmed else divide_escrow(ports, order, caller.user_id)

    return update(ports, partial(orders.load_order, ports.table, caller.user_id, order_id), change)
