"""Buying: reserve, pay at the provider, ship, confirm."""

from __future__ import annotations

from collections.abc import Callable

from services.commerce.adapters.payments import Payment, ProviderFailed
from services.commerce.domain import Listing, Order, OrderState
from services.commerce.domain.journal import split
from services.commerce.errors import ListingNotFound, PriceChanged, SalesPaused, SoldOut, WrongState
from services.commerce.repository import listings, orders
from services.commerce.repository.ledger import journal_put
from services.commerce.usecases.ports import Ports
from services.shared.kernel.errors import KeyReused, Unavailable
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import OrderChanged
from services.shared.security.account_status import Level, find_standing
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed, Item
from services.shared.table.versioned import Stored, settle, write


def place_order(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, *, listing_id: str, edition: int, quantity: int
) -> Order:
    """Reserve units for fifteen minutes at the price the buyer saw (`edition`); order and stock are one transaction.
    The price is the listing's own: no client names one."""
    participant = listings.require_participant(ports.table, circle_id, caller.user_id, buying=True)
    market = listings.find_market(ports.table, circle_id)

    def attempt() -> Order:
        listing = listings.find_listing(ports.table, circle_id, listing_id)
        listings.require_seller(ports.table, listing)
        at = ports.clock()
        order = Order.reserve(key.id("ord"), listing, buyer=participant.user_id, owner=market.owner, quantity=quantity, at=at)
        return _reserve(ports, listing, edition, order, key, closed=market.is_closed(at))

    return settle(attempt)


def _reserve(ports: Ports, listing: Listing, edition: int, order: Order, key: IdempotencyKey, *, closed: bool) -> Order:
    quantity = order.quantity
    item = {**orders.order_to(order), "body_hash": key.body_hash}
    put = Stored(order, None).put(item, ports.new_id, OrderChanged)
    try:
        listing.require_for(order.buyer, edition)
        if closed or is_held(ports, order.seller, order.owner):
            raise SalesPaused
        if listing.stock < quantity:
            raise SoldOut
        take = listings.take_stock(listing, quantity, ports.new_id)
        ports.table.transact([put, take], token=ports.new_id("txn"))
    except (ConditionFailed, SoldOut, PriceChanged, ListingNotFound, SalesPaused) as refused:
        if placed := _placed(ports, order, key):
            return placed  # this very wish, answered before
        if isinstance(refused, ConditionFailed) and refused.old and refused.old.get("stock", quantity) < quantity:
            raise SoldOut from None
        raise
    return order


def _placed(ports: Ports, order: Order, key: IdempotencyKey) -> Order | None:
    item = ports.table.get(orders.order_key(order.buyer, order.id), strong=True)
    if item and item["body_hash"] != key.body_hash:
        raise KeyReused
    return orders.order_from(item) if item else None


def is_held(ports: Ports, *people: str) -> bool:
    """Whether one of these people may not trade now; nobody (the empty id) may."""
    standings = [find_standing(ports.table, person) for person in dict.fromkeys(people) if person]
    return any(standing.at(ports.clock()).reaches(Level.RESTRICTED) for standing in standings)


def start_payment(ports: Ports, caller: Caller, order_id: str) -> Payment:
    """Where to pay. The provider takes the order as its key: asking again answers the same payment."""
    order = orders.find_order(ports.table, caller.user_id, order_id).entity
    listings.require_participant(ports.table, order.circle_id, caller.user_id, buying=True)
    if order.state is not OrderState.RESERVED or order.has_lapsed(ports.clock()):
        raise WrongState(f"The order is {order.state}.")
    try:
        return ports.payments.start(f"{order.buyer}/{order.id}", order.total)
    except ProviderFailed:
        raise Unavailable(retry_after=2) from None


def read_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    return orders.find_order(ports.table, caller.user_id, order_id).entity


def list_orders(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Order], Item | None]:
    page = orders.list_orders(ports.table, caller.user_id, limit, start)
    return [orders.order_from(item) for item in page.items], page.next


def list_sales(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Order], Item | None]:
    """What one has sold, newest first."""
    page = orders.list_sales(ports.table, caller.user_id, limit, start)
    return [orders.find_order(ports.table, orders.buyer_of(row), row["gsi1sk"]).entity for row in page.items], page.next


def ship_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """The seller has sent it. Shipping what is shipped answers it again."""

    def attempt() -> Order:
        stored = orders.find_sale(ports.table, caller.user_id, order_id)
        if stored.entity.state is OrderState.SHIPPED:
            return stored.entity
        after = stored.entity.ship(caller.user_id, at=ports.clock())
        write(ports.table, stored.put(orders.order_to(after), ports.new_id, OrderChanged))
        return after

    return settle(attempt)


def confirm_receipt(ports: Ports, caller: Caller, order_id: str) -> Order:
    """The buyer has it, and nobody else can say so: the escrow is shared out in the same transaction."""

    def attempt() -> Order:
        stored = orders.find_order(ports.table, caller.user_id, order_id)
        if stored.entity.state in (OrderState.RECEIVED, OrderState.COMPLETED):
            return stored.entity
        return receive(ports, stored, lambda order: order.receive(caller.user_id, at=ports.clock()))

    return settle(attempt)


def receive(ports: Ports, stored: Stored[Order], step: Callable[[Order], Order]) -> Order:
    """Received, by the buyer's word or by the clock: state and ledger entry are one write."""
    after = step(stored.entity)
    put = stored.put(orders.order_to(after), ports.new_id, OrderChanged)
    ports.table.transact([put, journal_put(split(after))], token=ports.new_id("txn"))
    return after
