"""Orders: reserve, pay, ship, confirm receipt."""

from __future__ import annotations

from services.commerce.adapters.payments import Payment, ProviderFailed
from services.commerce.domain import Listing, Order, OrderState
from services.commerce.domain.ledger import split_entry
from services.commerce.errors import ListingNotFound, ListingNotOnSale, OrderStateConflict, PriceChanged, StockInsufficient
from services.commerce.repository import circles, listings, orders
from services.commerce.repository.ledger import append_entry
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
    """Reserve units for 15 minutes and return the order. Order and stock are one transaction.

    The price is always the listing's. `revision` is what the buyer read; a request cannot name a price.
    A retry with the same key returns the order of the first try, even if the listing has changed or sold out since.

    Cost: 6 write units (4 for the transaction, 2 for the indexes) and 3.5 read units.
    Raises: CircleNotFound, MembershipEnded, ListingNotFound, BuyerIsSeller, PriceChanged, ListingNotOnSale,
    StockInsufficient, KeyReused.
    """
    member = circles.require_member(ports.table, circle_id, caller.user_id, is_buying=True)
    circle = circles.get_circle(ports.table, circle_id)

    def attempt() -> Order:
        listing = listings.get_listing(ports.table, circle_id, listing_id)
        circles.require_seller_is_member(ports.table, circle_id, listing.seller_id)
        now = ports.clock()
        order = Order.reserve(
            key.id("ord"), listing, buyer_id=member.user_id, owner_id=circle.owner_id, quantity=quantity, at=now
        )
        return _reserve(ports, listing, revision, order, key, is_read_only=circle.is_read_only(now))

    return retry_on_write_conflict(attempt)


def _reserve(ports: Ports, listing: Listing, revision: int, order: Order, key: IdempotencyKey, *, is_read_only: bool) -> Order:
    item = {**orders.order_to_item(order), "body_hash": key.body_hash}
    put = Versioned(order, None).put(item, ports.new_id, OrderChanged)
    try:
        listing.require_purchasable(order.buyer_id, revision)
        if is_read_only or is_payout_blocked(ports, order.seller_id, order.owner_id):
            raise ListingNotOnSale
        if listing.stock < order.quantity:
            raise StockInsufficient
        reserve = listings.reserve_stock(listing, order.quantity, ports.new_id)
        ports.table.transact([put, reserve], token=ports.new_id("txn"))
    except (ConditionFailed, StockInsufficient, PriceChanged, ListingNotFound, ListingNotOnSale) as error:
        # A retry must return its order although stock or price have changed since. Looked up only after an error.
        if earlier := _find_earlier_order(ports, order, key):
            return earlier
        if isinstance(error, ConditionFailed) and error.old and error.old.get("stock", order.quantity) < order.quantity:
            raise StockInsufficient from None
        raise
    return order


def _find_earlier_order(ports: Ports, order: Order, key: IdempotencyKey) -> Order | None:
    item = ports.table.get(orders.order_key(order.buyer_id, order.id), consistent_read=True)
    if item and item["body_hash"] != key.body_hash:
        raise KeyReused
    return orders.order_from_item(item) if item else None


def is_payout_blocked(ports: Ports, *user_ids: str) -> bool:
    """Whether a sanction blocks payouts to one of these users. The empty id, an owner not known yet, has no sanction."""
    statuses = [get_account_status(ports.table, user_id) for user_id in dict.fromkeys(user_ids) if user_id]
    return any(status.at(ports.clock()).includes(SanctionLevel.RESTRICTED) for status in statuses)


def start_payment(ports: Ports, caller: Caller, order_id: str) -> Payment:
    """Return the payment that the buyer completes at the provider's page.

    The order is the key at the provider, so a second call returns the same payment.

    Cost: 2 read units.
    Raises: OrderNotFound, MembershipEnded, CircleNotFound, OrderStateConflict (paid, or the reservation has expired),
    Unavailable (the provider failed).
    """
    order = orders.load_order(ports.table, caller.user_id, order_id).entity
    circles.require_member(ports.table, order.circle_id, caller.user_id, is_buying=True)
    state = order.state_at(ports.clock())
    if state is not OrderState.RESERVED:
        raise OrderStateConflict(f"The order is {state}.")
    try:
        return ports.payments.start(f"{order.buyer_id}/{order.id}", order.total)
    except ProviderFailed:
        raise Unavailable(retry_after=2) from None


def get_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Return an order that the caller placed.

    Cost: 1.5 read units.
    Raises: OrderNotFound.
    """
    return orders.load_order(ports.table, caller.user_id, order_id).entity


def list_orders(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Order], Item | None]:
    """Return a page of the orders that the caller placed, newest first.

    Cost: 2.5 read units for 20 orders.
    """
    return orders.list_orders(ports.table, caller.user_id, limit, start)


def list_sales(ports: Ports, caller: Caller, limit: int, start: Item | None) -> tuple[list[Order], Item | None]:
    """Return a page of the orders of the caller's listings, newest first.

    Cost: 21 read units for 20 orders: the index holds only keys.
    """
    return orders.list_sales(ports.table, caller.user_id, limit, start)


def ship_order(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Record that the seller has shipped the order, and return it. Unchanged if it is shipped already.

    Cost: 2 write units (1 for the index) and 2 read units.
    Raises: OrderNotFound (also for the buyer), OrderStateConflict.
    """

    def attempt() -> Order:
        loaded = orders.load_sale(ports.table, caller.user_id, order_id)
        if loaded.entity.state is OrderState.SHIPPED:
            return loaded.entity
        after = loaded.entity.ship(caller.user_id, at=ports.clock())
        save(ports.table, loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged))
        return after

    return retry_on_write_conflict(attempt)


def confirm_receipt(ports: Ports, caller: Caller, order_id: str) -> Order:
    """Record that the buyer has received the order, divide the escrow, and return the order.

    Unchanged if receipt is confirmed already.

    Cost: 14 write units (6 for the transaction and its index, 8 for the balances) and 1.5 read units.
    Raises: OrderNotFound (for every user but the buyer), OrderStateConflict.
    """

    def attempt() -> Order:
        loaded = orders.load_order(ports.table, caller.user_id, order_id)
        if loaded.entity.state in (OrderState.RECEIVED, OrderState.COMPLETED):
            return loaded.entity
        return record_receipt(ports, loaded, caller.user_id)

    return retry_on_write_conflict(attempt)


def record_receipt(ports: Ports, loaded: Versioned[Order], buyer_id: str | None) -> Order:
    """Write the received order and its split entry in one transaction; `buyer_id` is None if time confirms receipt.

    Raises: OrderNotFound, OrderStateConflict, ConditionFailed (the order has changed since it was loaded).
    """
    after = loaded.entity.confirm_receipt(buyer_id, at=ports.clock())
    put = loaded.put(orders.order_to_item(after), ports.new_id, OrderChanged)
    ports.table.transact([put, append_entry(split_entry(after))], token=ports.new_id("txn"))
    return after
