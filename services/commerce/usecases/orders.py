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
from services.shared.security.account_status import SanctionLevel, get_account_status
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed, Item
from services.shared.table.versioned import Versioned, retry_on_write_conflict, save


def place_order(
    ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, *, listing_id: str, revision: int, quantity: int
) -> Order:
    """Reserve units for fifteen minutes at the price the buyer saw (`revision`); order and stock are one transaction.
    The price is the listing's own: no client names one."""
    participant = listings.require_participant(ports.table, circle_id, caller.user_id, buying=True)
    market = listings.find_market(ports.table, circle_id)

    def attempt() -> Order:
        listing = listings.find_listing(ports.table, circle_id, listing_id)
        listings.require_seller(ports.table, listing)
        at = ports.clock()
        order = Order.reserve(key.id("ord"), listing, buyer=participant.user_id, owner=market.owner, quantity=quantity, at=at)
        return _reserve(ports, listing, revision, order, key, closed=market.is_closed(at))

    return retry_on_write_conflict(attempt)


def _reserve(ports: Ports, listing: Listing, revision: int, order: Order, key: IdempotencyKey, *, closed: bool) -> Order:
    quantity = order.quantity
    item = {**orders.order_to_item(order), "body_hash": key.body_hash}
    put = Versioned(order, None).put(item, ports.new_id, OrderChanged)
    try:
        listing.require_purchasable(order.buyer, revision)
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
    item = ports.table.get(orders.order_key(order.buyer, order.id), consistent_read=True)
    if item and item["body_hash"] != key.body_hash:
        raise KeyReused
    return orders.order_from_item(item) if item else None


def is_held(ports: Ports, *people: str) -> bool:
    """Whether one of these people may not trade now; nobody (the empty id) may."""
    standings = [get_account_status(ports.table, person) for person in dict.fromkeys(people) if person]
    return any(standing.at(ports.clock()).includes(SanctionLevel.RESTRICTED) for standing in standings)


def start_payment(ports: Ports, caller: Caller, order_id: str) -> Payment:
    """Where to pay. The provider takes the order as its key: asking again answers the same payment."""
    order = orders.find_order(ports.table, caller.user_id, order_id).entity
    listings.require_participant(ports.table, order.circle_id, caller.user_id, buying=True)
    if order.state is not OrderState.RESERVED or order.is_expired(ports.clock()):
        raise WrongState(f"The order is {order.state}.")
    try:
        return ports.payments.start(f"{order.buyer}/{order.id}", order.total)
    except ProviderFailed:
        raise Unavailable(retry_after=2) from None


def get_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    return orders.find_order(ports.table, caller.user_id, order_id).entity


def list_orders(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Order], Item | None]:
    page = orders.list_orders(ports.table, caller.user_id, limit, start)
    return [orders.order_from_item(item) for item in page.items], page.next


def list_sales(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Order], Item | None]:
    """What one has sold, newest first."""
    page = orders.list_sales(ports.table, caller.user_id, limit, start)
    return [orders.find_order(ports.table, orders.buyer_of(row), row["gsi1sk"]).entity for row in page.items], page.next


def ship_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """The seller has sent it. Shipping what is shipped answers it again."""

    def attempt() -> Order:
        loaded = orders.find_sale(ports.table, caller.user_id, order_id)
        if loaded.entity.state is OrderState.SHIPPED:
            return loaded.entity
        after = loaded.entity.ship(caller.user_id, at=ports.clock())
        save(ports.table, loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged))
        return after

    return retry_on_write_conflict(attempt)


def confirm_receipt(ports: Ports, caller: Caller, order_id: str) -> Order:
    """The buyer has it, and nobody else can say so: the escrow is shared out in the same transaction."""

    def attempt() -> Order:
        loaded = orders.find_order(ports.table, caller.user_id, order_id)
        if loaded.entity.state in (OrderState.RECEIVED, OrderState.COMPLETED):
            return loaded.entity
        return receive(ports, loaded, lambda order: order.receive(caller.user_id, at=ports.clock()))

    return retry_on_write_conflict(attempt)


def receive(ports: Ports, loaded: Versioned[Order], step: Callable[[Order], Order]) -> Order:
    """Received, by the buyer's word or by the clock: state and ledger entry are one write."""
    after = step(loaded.entity)
    put = loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)
    ports.table.transact([put, journal_put(split(after))], token=ports.new_id("txn"))
    return after
