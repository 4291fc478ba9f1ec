"""Placing orders: the lines of one request become an order per seller and kind, in one transaction with their stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from services.commerce.domain import Order, OrderLine
from services.commerce.domain.address import AddressBook
from services.commerce.domain.circle import Member
from services.commerce.domain.order_line import LineRequest, units_of
from services.commerce.domain.party import Parties
from services.commerce.domain.permissions import Action
from services.commerce.domain.reservations import OpenReservations
from services.commerce.errors import PriceChanged, StockInsufficient
from services.commerce.repository import circles, orders, purchasing, stock
from services.commerce.repository.reservations import open_key
from services.commerce.settings import settings
from services.commerce.usecases.discounts import use_coupons
from services.commerce.usecases.order_addresses import address_writes
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.purchases import Purchase, naming_line, require_purchases_allowed
from services.commerce.usecases.reservations import find_counting
from services.commerce.usecases.spending import count_spending
from services.shared.kernel.errors import TooManyRequests
from services.shared.kernel.ids import IdempotencyKey
from services.shared.messaging.events import OrderChanged
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.port import Write
from services.shared.table.rate_limits import Slot
from services.shared.table.validation import MAX_TRANSACTION
from services.shared.table.versioned import Changed


def place_order(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    key: IdempotencyKey,
    *,
    listing_id: str,
    revision: int,
    quantity: int,
    option_id: str = "",
    address_id: str = "",
    coupon_id: str = "",
) -> Order:
    """Reserve units of one listing until `due_at` and return the order.

    Cost: 5 write units (1 for the buyer's item, 4 for the transaction) and 5 read units. With a coupon 9 write units
    and 6 read units.
    Raises: as `check_out`.
    """
    lines, coupon_ids = [LineRequest(listing_id, revision, quantity, option_id)], [coupon_id] if coupon_id else []
    (order,) = check_out(ports, caller, circle_id, key, lines, address_id=address_id, coupon_ids=coupon_ids)
    return order


def check_out(
    ports: Ports,
    caller: Caller,
    circle_id: str,
    key: IdempotencyKey,
    lines: Sequence[LineRequest],
    *,
    address_id: str = "",
    coupon_ids: Sequence[str] = (),
) -> list[Order]:
    """Reserve the units of all lines until `due_at`, and return an order per seller and kind, in the order of the lines.

    All orders, their stock and coupons are one transaction. The prices are always those of the listings. The revision of a
    line is what the buyer read; a request cannot name a price.
    A retry with the same key returns the orders of the first try, even if listings have changed or sold out since.
    address_id: of the buyer's address, which each order gets a copy of; empty if the buyer chooses it before paying.

    Cost: 9 write units (1 for the buyer's item, 8 for the transaction) and 6 read units for an order of 3 lines.
    With an address 2 write units more per order, 2 read units more, and a call of KMS more than there are orders.
    Raises: CircleNotFound, MembershipEnded, ListingNotFound, OptionNotFound, BuyerIsSeller (also by identity),
    ListingNotOnSale, PriceChanged (with the quotes of all lines), StockInsufficient, AddressNotFound, CouponNotFound,
    CouponInactive, CouponNotApplicable, CouponUsedUp, MinorSpendingLimitReached, KeyReused, RateLimitReached,
    OpenReservationLimitReached, ReservedUnitLimitReached.
    """
    checkout = _Checkout(ports, caller.user_id, circle_id, key, lines, address_id, coupon_ids)
    slot = Slot.of_key(ports, key, settings().rate("order"), item_key=open_key(caller.user_id))
    checkout.read(slot)
    item_key = orders.order_key(caller.user_id, key.id("ord"))
    first = create(ports, key, slot, orders.ORDERS, item_key, checkout.build, opened=checkout.open)
    is_new = bool(checkout.placed) and first is checkout.placed[0]
    return checkout.placed if is_new else checkout.find_placed(first)


@dataclass(slots=True)
class _Checkout:
    """One request for orders. placed: those of the last try. tries: how many there were; the buyer was read for the first."""

    ports: Ports
    buyer_id: str
    circle_id: str
    key: IdempotencyKey
    lines: Sequence[LineRequest]
    address_id: str = ""
    coupon_ids: Sequence[str] = ()
    placed: list[Order] = field(default_factory=list)
    tries: int = 0
    member: Member | None = None
    addresses: AddressBook = field(init=False)

    def read(self, slot: Slot) -> None:
        """Read the buyer's membership for the first try, the address book and the item of the slot, in one request."""
        buyer = purchasing.find_buyer(
            self.ports.table, self.circle_id, self.buyer_id, slot, with_addresses=bool(self.address_id)
        )
        self.member, self.addresses = buyer.member, buyer.addresses

    def _require_buyer(self) -> Member:
        """Return the buyer's membership; each try but the first reads it again. Raises: CircleNotFound, MembershipEnded."""
        self.tries += 1
        if self.tries > 1:
            self.member = circles.find_member(self.ports.table, self.circle_id, self.buyer_id)
        return circles.require_membership(self.member, Action.BUY, self.ports.clock())

    def build(self) -> Changed[Order]:
        """Return the first order with all other writes of the transaction."""
        listing_ids = [line.listing_id for line in self.lines]
        purchases = require_purchases_allowed(self.ports, self._require_buyer(), listing_ids)
        order_lines = self._lines_of(purchases)
        self.placed, uses = use_coupons(self.ports, self._orders_of(purchases, order_lines), self.coupon_ids)
        first, *others = self.placed
        also: list[Write] = [orders.ORDERS.new(order).write(self.ports, order, OrderChanged, key=self.key) for order in others]
        bought = {purchase.listing.id: purchase.listing for purchase in purchases}
        also += [
            write
            for listing_id, units in units_of(order_lines).items()
            for write in stock.reserve_stock(self.ports, bought[listing_id], units, first.id, is_first_try=self.tries == 1)
        ]
        if self.address_id:
            also += address_writes(self.ports, self.addresses, self.address_id, self.placed)
        also += [*uses, *count_spending(self.ports, self.placed)]
        if len(also) >= MAX_TRANSACTION:
            raise StockInsufficient  # its last units are on too many items
        return Changed(first, [OrderChanged], also)

    def _lines_of(self, purchases: Sequence[Purchase]) -> list[OrderLine]:
        """Return the lines at the current prices. Raises: OptionNotFound, PriceChanged, StockInsufficient."""
        wanted = list(zip(purchases, self.lines, strict=True))
        found = []
        for number, (purchase, line) in enumerate(wanted):
            with naming_line(number, of=len(wanted)):
                found.append(OrderLine.of(purchase.listing, line.quantity, line.option_id))
        if any(line.revision != purchase.listing.revision for purchase, line in wanted):
            raise PriceChanged(quotes=[_quote(purchase, line) for (purchase, _), line in zip(wanted, found, strict=True)])
        for number, (purchase, line) in enumerate(wanted):
            with naming_line(number, of=len(wanted)):
                if purchase.listing.get_option(line.option_id).stock < line.quantity:
                    raise StockInsufficient
        return found

    def _orders_of(self, purchases: Sequence[Purchase], lines: Sequence[OrderLine]) -> list[Order]:
        """Return a reserved order for the lines of each seller and kind."""
        parties = {purchase.listing.seller_id: purchase.parties for purchase in purchases}
        groups: dict[tuple[str, str], list[tuple[OrderLine, timedelta]]] = {}
        for purchase, line in zip(purchases, lines, strict=True):
            of_group = groups.setdefault((purchase.listing.seller_id, line.kind), [])
            of_group.append((line, purchase.listing.ships_within))
        return [
            self._reserve(number, parties[seller_id], of_group)
            for number, ((seller_id, _), of_group) in enumerate(groups.items())
        ]

    def _reserve(self, number: int, parties: Parties, promised: Sequence[tuple[OrderLine, timedelta]]) -> Order:
        """Return a reserved order. It is shipped within the shortest promise of its lines."""
        lines = [line for line, _ in promised]
        ships_within = min(promise for _, promise in promised)
        at = self.ports.clock()
        order = Order.reserve(self._id(number), self.circle_id, lines, parties, ships_within=ships_within, at=at)
        return replace(order, has_address=bool(self.address_id))

    def _id(self, number: int) -> str:
        """Return the id of an order of the request, the same for each retry."""
        return (self.key.part(f"order {number}") if number else self.key).id("ord")

    def find_placed(self, first: Order) -> list[Order]:
        """Return the orders that an earlier try placed. It has as many lines, so at most as many orders."""
        keys = [orders.order_key(self.buyer_id, self._id(number)) for number in range(1, len(self.lines))]
        found = orders.ORDERS.find_many(self.ports.table, keys, consistent_read=True)
        return [first, *(order for order in found if order)]

    def open(self, _: Order, entries: tuple[str, ...]) -> tuple[str, ...]:
        """Return the buyer's open reservations with these, as they are stored beside the rate limit of orders.

        The orders are read only if a limit is reached, because those that were paid since no longer count.
        Raises: OpenReservationLimitReached, ReservedUnitLimitReached.
        """
        at = self.placed[0].created_at
        open_ = OpenReservations.parse(entries)
        try:
            return open_.add(self.placed).to_entries()
        except TooManyRequests:
            counting = find_counting(self.ports, self.buyer_id, open_.reservations, at)
            return OpenReservations(counting).add(self.placed).to_entries()


def _quote(purchase: Purchase, line: OrderLine) -> dict[str, str | int]:
    price: dict[str, str | int] = {"amount": line.unit_price.amount, "currency": line.unit_price.currency}
    return {"listing_id": line.listing_id, "option_id": line.option_id, "revision": purchase.listing.revision, **price}
