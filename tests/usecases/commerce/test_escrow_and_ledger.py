"""Shares, escrow, commissions and the ledger through the use cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import EntryLine, EntryReason, LedgerEntry, ListingKind, Order, OrderState, Shares, terms_of
from services.commerce.domain.money import Money
from services.commerce.domain.return_window import end_of_return_window
from services.commerce.settings import settings
from services.shared.kernel.errors import OperatorRequired
from services.shared.kernel.pages import PageRequest
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.users import caller


@given(st.integers(1, 10**12), st.sampled_from(ListingKind), st.booleans())
def test_m1_shares_always_sum_to_the_total(total: int, kind: ListingKind, owner_earns: bool) -> None:
    terms = terms_of(kind)
    shares = Shares.of(Money(total, "CNY"), terms.platform_share, terms.owner_share if owner_earns else 0)
    assert shares.seller + shares.platform + shares.owner == Money(total, "CNY")
    assert min(shares.seller.amount, shares.platform.amount, shares.owner.amount) >= 0


@pytest.mark.parametrize(("total", "platform", "owner"), [(1, 0, 0), (19, 0, 0), (20, 1, 0), (199, 9, 5), (10_000, 500, 300)])
def test_m1_shares_round_down_and_the_seller_gets_the_rest(total: int, platform: int, owner: int) -> None:
    shares = Shares.of(Money(total, "CNY"), 500, 300)
    assert (shares.platform.amount, shares.owner.amount) == (platform, owner)
    assert shares.seller.amount == total - platform - owner


@pytest.mark.parametrize("basis_points", [-1, 10_001])
def test_m1_a_share_is_at_least_nothing_and_at_most_all(basis_points: int) -> None:
    assert (Money(7, "CNY").share(0).amount, Money(7, "CNY").share(10_000).amount) == (0, 7)
    with pytest.raises(ValueError, match="basis points"):
        Money(7, "CNY").share(basis_points)


@pytest.mark.parametrize("amount", [1.0, "1", True, None])
def test_m1_money_is_an_integer_of_one_currency(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "CNY")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="CNY"):
        Money(1, "CNY") + Money(1, "USD")


# What follows from each kind: platform share and owner's commission of 100.00 yuan in fen, and the return window.
KINDS = [
    pytest.param(ListingKind.MERCHANT, 500, 300, timedelta(days=7), id="merchant"),
    pytest.param(ListingKind.PICK, 500, 200, timedelta(days=7), id="pick"),
    pytest.param(ListingKind.OWN, 500, 0, timedelta(days=7), id="own"),
    pytest.param(ListingKind.C2C, 100, 0, timedelta(days=7), id="c2c"),
    pytest.param(ListingKind.VOUCHER, 300, 300, timedelta(days=7), id="voucher"),
]


@pytest.mark.parametrize(("kind", "platform", "owner", "return_window"), KINDS)
def test_m2_the_kind_decides_the_shares(kind: ListingKind, platform: int, owner: int, return_window: timedelta) -> None:
    shop = Shop(kind, amount=10_000)
    order = shipped_order(shop)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    balances = shop.balances()
    assert balances[f"seller:{MEI.user_id}"] == -(10_000 - platform - owner)
    assert balances["platform"] == -platform
    assert balances.get(f"commission-pending:{LIN.user_id}", 0) == -owner


@pytest.mark.parametrize(("kind", "platform", "owner", "return_window"), KINDS)
def test_m2_the_kind_decides_how_long_money_is_in_escrow_and_a_commission_pending(
    kind: ListingKind, platform: int, owner: int, return_window: timedelta
) -> None:
    shop = Shop(kind, amount=10_000)
    order = shipped_order(shop)
    require_due_after(shop, timedelta(days=30 if kind is ListingKind.VOUCHER else 10), order, OrderState.RECEIVED)
    assert shop.balances()[f"escrow:{order.id}"] == 0
    received_at = shop.simulation.clock.now
    window = end_of_return_window(received_at, return_window.days) - received_at
    require_due_after(shop, window, order, OrderState.COMPLETED)
    assert shop.balances().get(f"owner:{LIN.user_id}", 0) == -owner


def shipped_order(shop: Shop) -> Order:
    order = shop.order()
    shop.pay(order)
    return commerce.ship_order(shop.ports, MEI, order.id)


def require_due_after(shop: Shop, wait: timedelta, order: Order, state: OrderState) -> None:
    """Require that the schedule moves the order to `state` exactly after `wait`, not a second earlier."""
    before = shop.balances()
    if wait:
        shop.simulation.clock.advance(seconds=wait.total_seconds() - 1)
        assert commerce.handle_schedule(shop.ports) == 0
        assert shop.balances() == before
        shop.simulation.clock.advance(seconds=1)
    assert commerce.handle_schedule(shop.ports) == 1
    assert commerce.get_order(shop.ports, HAO, order.id).state is state


def test_m13_only_the_buyer_confirms_receipt_and_then_the_escrow_is_divided() -> None:
    shop = Shop(ListingKind.C2C)
    order = shipped_order(shop)
    for other in (MEI, LIN, caller("x")):
        with pytest.raises(errors.OrderNotFound):
            commerce.confirm_receipt(shop.ports, other, order.id)
    assert shop.balances()[f"escrow:{order.id}"] == -12_900
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    assert shop.balances() == {"cash": 12_900, f"escrow:{order.id}": 0, f"seller:{MEI.user_id}": -12_771, "platform": -129}


def test_m13_only_the_seller_ships() -> None:
    shop = Shop()
    order = shop.order()
    shop.pay(order)
    for other in (HAO, LIN):
        with pytest.raises(errors.OrderNotFound):
            commerce.ship_order(shop.ports, other, order.id)


def test_m13_receipt_is_confirmed_automatically_after_10_days_and_not_before() -> None:
    shop = Shop()
    order = shipped_order(shop)
    shop.simulation.clock.advance(days=9, hours=23)
    assert commerce.handle_schedule(shop.ports) == 0
    shop.simulation.clock.advance(hours=1)
    assert commerce.handle_schedule(shop.ports) == 1
    assert commerce.get_order(shop.ports, HAO, order.id).state is OrderState.RECEIVED


def test_m16_the_owners_commission_is_pending_during_the_return_window() -> None:
    shop = Shop(ListingKind.MERCHANT, amount=10_000)
    order = shipped_order(shop)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    pending, releasable = f"commission-pending:{LIN.user_id}", f"owner:{LIN.user_id}"
    assert (shop.balances()[pending], shop.balances().get(releasable)) == (-300, None)
    shop.simulation.clock.advance(days=8)
    commerce.handle_schedule(shop.ports)
    assert (shop.balances()[pending], shop.balances()[releasable]) == (0, -300)


@pytest.mark.parametrize("buyer", [LIN, HAO])
def test_m16_an_owner_earns_no_commission_on_their_own_purchase(buyer: object) -> None:
    shop = Shop(ListingKind.MERCHANT, amount=10_000)
    order = shop.order(buyer)  # type: ignore[arg-type]
    assert order.shares.owner.amount == (0 if buyer is LIN else 300)


def test_m17_a_ledger_entry_must_sum_to_zero() -> None:
    with pytest.raises(ValueError, match="zero"):
        LedgerEntry("ord", EntryReason.CAPTURE, "CNY", (EntryLine("cash", 1), EntryLine("escrow", -2)))


def test_m17_balances_sum_to_zero_and_only_operators_list_them() -> None:
    shop = Shop(ListingKind.MERCHANT, stock=3)
    for buyer in (HAO, LIN):
        order = shop.order(buyer)
        shop.pay(order)
        commerce.ship_order(shop.ports, MEI, order.id)
        commerce.confirm_receipt(shop.ports, buyer, order.id)
    assert sum(shop.balances().values()) == 0
    ledger_accounts = commerce.list_ledger_accounts(shop.ports, caller("ops", "operator"), PageRequest(100))
    assert sum(account.balance for account in ledger_accounts.items) == 0
    assert ledger_accounts.next is None
    with pytest.raises(OperatorRequired):
        commerce.list_ledger_accounts(shop.ports, HAO, PageRequest())


def test_m16_an_order_keeps_the_shares_that_were_agreed_to() -> None:
    shop = Shop(ListingKind.MERCHANT, stock=2, amount=10_000)
    order = shop.order()
    with overridden(settings, merchant_platform_share=3_000, merchant_owner_share=1_000):
        assert commerce.get_order(shop.ports, HAO, order.id).shares.seller.amount == 9_200
        assert shop.order().shares.seller.amount == 6_000
