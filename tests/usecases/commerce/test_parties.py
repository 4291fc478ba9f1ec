"""One person behind several users: buys nothing from themselves, and earns no commission on themselves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order, OrderState
from services.commerce.domain.party import Parties, Party
from services.commerce.repository.circles import circle_key
from services.shared.security.auth import Caller
from simulation.setup.commerce import HAO, LIN, MEI, Shop

COMMISSION = 300  # of 100 yuan, in fen
PENDING, EARNED = f"commission-pending:{LIN.user_id}", f"owner:{LIN.user_id}"
SELLER = f"seller:{MEI.user_id}"


def shop_of_merchant() -> Shop:
    return Shop(ListingKind.MERCHANT, amount=10_000)


def ship(shop: Shop, order: Order) -> None:
    shop.pay(order)
    commerce.ship_order(shop.ports, MEI, order.id)


def receive(shop: Shop, order: Order) -> None:
    commerce.confirm_receipt(shop.ports, HAO, order.id)


def end_return_window(shop: Shop) -> None:
    shop.simulation.clock.advance(days=8)
    commerce.handle_schedule(shop.ports)


# The steps of a sale; a verification can come after any of them.
STEPS: dict[str, Callable[[Shop, Order], object]] = {
    "ordered": lambda shop, order: None,
    "paid and shipped": ship,
    "received": receive,
    "the return window has ended": lambda shop, order: end_return_window(shop),
}


def sell(verify: Callable[[Shop], None], after: str) -> Shop:
    """Sell to Hao. The verification comes after this step; with an empty name, before the order."""
    shop = shop_of_merchant()
    if not after:
        verify(shop)
    order = shop.order()
    for name, step in STEPS.items():
        step(shop, order)
        if name == after:
            verify(shop)
    assert commerce.get_order(shop.ports, HAO, order.id).state is OrderState.COMPLETED
    return shop


def verify(shop: Shop, *users: Caller, identity: str = "one") -> None:
    """Deliver each verification twice."""
    for user in users * 2:
        shop.set_identity(user, identity)


SAME_PERSON = {"the buyer is the owner": (HAO, LIN), "the seller is the owner": (MEI, LIN)}


@pytest.mark.parametrize("users", SAME_PERSON.values(), ids=SAME_PERSON)
@pytest.mark.parametrize("after", ["", "ordered", "paid and shipped", "received"])
def test_m16_an_owner_earns_nothing_on_a_sale_to_or_by_their_second_account(users: tuple[Caller, Caller], after: str) -> None:
    shop = sell(lambda shop: verify(shop, *users), after)
    balances = shop.balances()
    assert (balances.get(PENDING, 0), balances.get(EARNED, 0)) == (0, 0)
    assert balances[SELLER] == -9_500, "the seller gets what is no commission"
    assert sum(balances.values()) == 0


@pytest.mark.parametrize("users", SAME_PERSON.values(), ids=SAME_PERSON)
def test_m16_a_verification_after_the_return_window_changes_no_entry(users: tuple[Caller, Caller]) -> None:
    shop = sell(lambda shop: verify(shop, *users), "the return window has ended")
    assert shop.balances()[EARNED] == -COMMISSION
    shop.simulation.clock.advance(days=30)
    commerce.handle_schedule(shop.ports)
    assert shop.balances()[EARNED] == -COMMISSION


def test_m16_users_of_other_persons_leave_the_commission_as_it_is() -> None:
    def verify_all(shop: Shop) -> None:
        for user in (HAO, MEI, LIN):
            verify(shop, user, identity=user.user_id)

    for after in ("", "ordered", "received"):
        assert sell(verify_all, after).balances()[EARNED] == -COMMISSION


@pytest.mark.parametrize("order", list(permutations(["one", "two"])))
def test_m16_every_identity_that_was_ever_verified_counts(order: tuple[str, str]) -> None:
    def verify_owner_twice(shop: Shop) -> None:
        verify(shop, HAO, identity="one")
        for identity in order:
            verify(shop, LIN, identity=identity)

    assert EARNED not in sell(verify_owner_twice, "ordered").balances()


def test_m16_an_owner_earns_nothing_on_their_own_sale() -> None:
    owner_sells = Parties(Party("buyer"), Party("owner"), Party("owner"))
    assert not owner_sells.owner_earns
    assert not Parties(Party("owner"), Party("seller"), Party("owner")).owner_earns
    assert not Parties(Party("buyer"), Party("seller"), Party("")).owner_earns
    assert Parties(Party("buyer"), Party("seller"), Party("owner")).owner_earns


def test_m16_an_owner_who_was_unknown_when_the_order_was_placed_earns_nothing() -> None:
    shop = shop_of_merchant()
    shop.simulation.commerce_table.delete(circle_key(shop.circle_id), when=None)
    order = shop.order()
    assert (order.owner_id, order.shares.owner.amount) == ("", 0)
    ship(shop, order)
    receive(shop, order)
    end_return_window(shop)
    assert shop.balances() == {"cash": 10_000, f"escrow:{order.id}": 0, SELLER: -9_500, "platform": -500}


def test_m4_a_seller_cannot_buy_from_their_second_account() -> None:
    shop = shop_of_merchant()
    verify(shop, MEI)
    assert shop.order().state is OrderState.RESERVED, "only one of the two is verified"
    for identity in ("another", "one"):
        verify(shop, HAO, identity=identity)
    with pytest.raises(errors.BuyerIsSeller):
        shop.order()
    with pytest.raises(errors.StockInsufficient):
        shop.order(LIN)


def test_m4_a_retry_returns_the_order_that_was_placed_before_the_verification() -> None:
    shop = shop_of_merchant()
    key = shop.new_key(HAO)
    placed = shop.order(key=key)
    verify(shop, MEI, HAO)
    assert shop.order(key=key) == placed


def expired_order(shop: Shop) -> Order:
    order = shop.order()
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)
    return order


# What denies a new order denies a late payment too.
DENIED: dict[str, Callable[[Shop], object]] = {
    "the buyer is the seller": lambda shop: verify(shop, MEI, HAO),
    "the seller is suspended": lambda shop: shop.set_account_status(MEI, "suspended"),
    "the owner is restricted": lambda shop: shop.set_account_status(LIN, "restricted"),
    "the buyer was kicked": lambda shop: shop.set_member(HAO, state="kicked"),
    "the seller left": lambda shop: shop.set_member(MEI, state="left"),
    "the listing was withdrawn": lambda shop: shop.update_listing(10_000, on_sale=False),
    "the price is higher": lambda shop: shop.update_listing(10_001),
}


@pytest.mark.parametrize("change", DENIED.values(), ids=DENIED)
def test_m7_a_late_payment_is_refunded_if_the_purchase_is_no_longer_allowed(change: Callable[[Shop], object]) -> None:
    shop = shop_of_merchant()
    order = expired_order(shop)
    change(shop)
    assert shop.pay(order).state is OrderState.REFUNDING
    assert shop.current_listing().stock == 1
    commerce.handle_schedule(shop.ports)
    assert shop.refund(order).state is OrderState.REFUNDED
    assert set(shop.balances().values()) == {0}


@pytest.mark.parametrize("amount", [9_999, 10_000])
def test_m7_a_late_payment_reserves_again_at_the_same_or_a_lower_price(amount: int) -> None:
    shop = shop_of_merchant()
    order = expired_order(shop)
    shop.update_listing(amount)
    paid = shop.pay(order)
    assert (paid.state, paid.total.amount) == (OrderState.PAID, 10_000)


def test_m16_a_verification_before_the_receipt_leaves_no_commission_pending() -> None:
    shop = shop_of_merchant()
    order = shop.order()
    ship(shop, order)
    verify(shop, HAO, LIN)
    receive(shop, order)
    assert shop.balances() == {"cash": 10_000, f"escrow:{order.id}": 0, SELLER: -9_500, "platform": -500}
