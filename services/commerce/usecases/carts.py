"""The cart of a buyer in a circle: replaced as a whole, and priced whenever it is read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.commerce.domain.cart import Cart, CartLine, CartLineState, PricedLine
from services.commerce.domain.permissions import Action
from services.commerce.errors import OptionNotFound
from services.commerce.repository import carts
from services.commerce.repository.circles import require_member
from services.commerce.usecases.ports import Ports
from services.commerce.usecases.purchases import Purchases, find_purchases
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.security.trading import Trade
from services.shared.table.versioned import update

STATES = {Trade.ENDED: CartLineState.ENDED, Trade.PAUSED: CartLineState.PAUSED, Trade.OPEN: CartLineState.OPEN}


def get_cart(ports: Ports, caller: Caller, circle_id: str) -> tuple[Cart, list[PricedLine]]:
    """Return the caller's cart in a circle, with each line as it can be ordered now.

    Cost: 6.5 read units for a cart of 3 lines.
    Raises: CircleNotFound (also for a former member).
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    cart = carts.get_cart(ports.table, circle_id, caller.user_id)
    purchases = find_purchases(ports, member, [line.listing_id for line in cart.lines])
    return cart, [_price(purchases, line) for line in cart.lines]


def put_cart(
    ports: Ports, caller: Caller, circle_id: str, lines: Sequence[CartLine], request: ChangeRequest
) -> tuple[Cart, list[PricedLine]]:
    """Replace the lines of the caller's cart, and return it as `get_cart` does.

    A line that cannot be ordered is stored too: the checkout decides.
    Cost: 2 write units and 7 read units for a cart of 3 lines.
    Raises: CircleNotFound (also for a former member), PreconditionFailed, KeyReused, RateLimitReached.
    """
    member = require_member(ports.table, circle_id, caller.user_id, Action.READ, ports.clock())
    load = partial(carts.load_cart, ports.table, circle_id, caller.user_id)
    cart = update(ports, load, lambda cart: cart.replace_lines(tuple(lines), at=ports.clock()), request=request)
    purchases = find_purchases(ports, member, [line.listing_id for line in cart.lines])
    return cart, [_price(purchases, line) for line in cart.lines]


def _price(purchases: Purchases, line: CartLine) -> PricedLine:
    """Return a line at the price of now. A listing whose sale has ended is not shown: the buyer may not see it any more."""
    listing = purchases.listings.get(line.listing_id)
    trade = purchases.evaluate(listing) if listing else Trade.ENDED
    if listing is None or trade is Trade.ENDED:
        return PricedLine(line, CartLineState.ENDED)
    try:
        option = listing.get_option(line.option_id)
    except OptionNotFound:
        return PricedLine(line, CartLineState.ENDED)
    if purchases.parties_of(listing).is_own_purchase:
        return PricedLine(line, CartLineState.OWN, listing, option)
    is_left = trade is Trade.PAUSED or option.stock >= line.quantity
    return PricedLine(line, STATES[trade] if is_left else CartLineState.SOLD_OUT, listing, option)
