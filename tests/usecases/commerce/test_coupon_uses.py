"""An order gives its coupon back exactly once, and a payment after that uses it again or goes back whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState
from services.commerce.domain.coupon import Coupon
from services.commerce.errors import CouponUsedUp, OrderStateConflict
from services.commerce.repository.closing import delete_circle_items
from services.commerce.repository.coupons import claim_key
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AccountDeleted, AccountDeletedData
from simulation.setup.commerce import HAO, MEI
from simulation.setup.events import envelope
from simulation.streams import deliver
from tests.usecases.commerce.bazaar import YAN
from tests.usecases.commerce.coupon_shop import CouponShop

S = OrderState


@pytest.fixture
def shop() -> CouponShop:
    return CouponShop()


def expire(shop: CouponShop, order: Order) -> None:
    shop.simulation.clock.advance(minutes=16)
    commerce.handle_schedule(shop.ports)


def cancel(shop: CouponShop, order: Order) -> None:
    commerce.cancel_order(shop.ports, HAO, order.id)


def cancel_paid(shop: CouponShop, order: Order) -> None:
    shop.pay(order)
    cancel(shop, order)


def fail_payment(shop: CouponShop, order: Order) -> None:
    shop.receive(order, "payment.failed")
    expire(shop, order)


def refund_at_provider(shop: CouponShop, order: Order) -> None:
    shop.pay(order)
    shop.refund(order)


def refund_by_seller(shop: CouponShop, order: Order) -> None:
    shop.pay(order)
    commerce.refund_order(shop.ports, MEI, order.id, shop.new_key(MEI), amount=order.total.amount)


def end_promise(shop: CouponShop, order: Order) -> None:
    shop.pay(order)
    shop.simulation.clock.advance(days=4)
    commerce.handle_schedule(shop.ports)


def lose_chargeback(shop: CouponShop, order: Order) -> None:
    shop.pay(order)
    shop.receive(order, "chargeback.lost", chargeback_id="cb_1")


def pay_late_when_not_allowed(shop: CouponShop, order: Order) -> None:
    shop.simulation.clock.advance(minutes=16)
    shop.update_listing(on_sale=False)
    assert shop.pay(order).state is S.REFUNDING


WAYS: list[Callable[[CouponShop, Order], None]] = [
    expire,
    cancel,
    cancel_paid,
    fail_payment,
    refund_at_provider,
    refund_by_seller,
    end_promise,
    lose_chargeback,
    pay_late_when_not_allowed,
]


@pytest.mark.parametrize("give_back", WAYS, ids=lambda way: way.__name__)
def test_m10_an_order_that_is_not_shipped_gives_its_coupon_back_once(
    shop: CouponShop, give_back: Callable[[CouponShop, Order], None]
) -> None:
    coupon = shop.claimed()
    shop.claim(coupon, YAN)
    order = shop.order_with(coupon)
    with pytest.raises(CouponUsedUp):
        shop.order_with(coupon, YAN)
    give_back(shop, order)
    assert (shop.uses_of(coupon), shop.stock_of(shop.listing)) == ((0, 0), 10)
    for _ in range(3):  # whatever comes after does not give it back again
        commerce.handle_schedule(shop.ports)
        shop.simulation.clock.advance(minutes=16)
    for number, money in enumerate(list(shop.simulation.payments.refunded.values())):
        shop.receive(order, "refund.succeeded", money.amount, refund_id=f"again_{number}", refund_reference=f"{order.id}.r1")
    assert shop.uses_of(coupon) == (0, 0)
    assert sum(shop.balances().values()) == 0


def test_m10_a_coupon_that_was_given_back_can_be_used_by_another_buyer_and_the_same(shop: CouponShop) -> None:
    coupon = shop.claimed()
    shop.claim(coupon, YAN)
    cancel(shop, shop.order_with(coupon))
    rival = shop.order_with(coupon, YAN)
    commerce.cancel_order(shop.ports, YAN, rival.id)
    assert shop.order_with(coupon).discount == 2_000
    assert (shop.uses_of(coupon), shop.uses_of(coupon, YAN)) == ((1, 1), (1, 0))


@pytest.mark.parametrize("amount", [1, 5_000])
def test_m10_a_partial_refund_and_one_after_shipping_keep_the_coupon(shop: CouponShop, amount: int) -> None:
    coupon = shop.claimed()
    order = shop.order_with(coupon)
    shop.pay(order)
    shop.refund(order, amount)
    assert shop.uses_of(coupon) == (1, 1)
    commerce.ship_order(shop.ports, MEI, order.id)
    shop.refund(order, order.total.amount - amount, 2)
    assert (shop.current_order(order).state, shop.uses_of(coupon)) == (S.REFUNDED, (1, 1))
    with pytest.raises(OrderStateConflict):
        cancel(shop, order)


def expired_order(shop: CouponShop) -> tuple[Coupon, Order]:
    coupon = shop.claimed()
    shop.claim(coupon, YAN)
    order = shop.order_with(coupon)
    expire(shop, order)
    return coupon, order


@pytest.mark.parametrize("minutes", [1, 15])
def test_m10_a_payment_after_the_expiry_uses_the_coupon_again(shop: CouponShop, minutes: int) -> None:
    coupon, order = expired_order(shop)
    captured_at = order.created_at + timedelta(minutes=minutes)
    assert shop.pay(order, captured_at).state is S.PAID
    assert shop.pay(order, captured_at).state is S.PAID
    assert shop.uses_of(coupon) == (1, 1)


@pytest.mark.parametrize("minutes", [1, 15])
def test_m10_a_payment_whose_coupon_another_order_uses_now_goes_back_whole(shop: CouponShop, minutes: int) -> None:
    coupon, order = expired_order(shop)
    shop.order_with(coupon, YAN)
    assert shop.pay(order, order.created_at + timedelta(minutes=minutes)).state is S.REFUNDING
    commerce.handle_schedule(shop.ports)
    (refund,) = shop.simulation.payments.refunded.values()
    assert refund == order.total
    assert (shop.uses_of(coupon), shop.stock_of(shop.listing)) == ((1, 0), 9)
    assert sum(shop.balances().values()) == 0


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("has_expired", [False, True])
def test_m10_a_late_payment_needs_a_coupon_that_is_active_and_one_in_time_does_not(
    shop: CouponShop, has_expired: bool, is_late: bool
) -> None:
    coupon = shop.claimed()
    order = shop.order_with(coupon)
    shop.simulation.clock.advance(minutes=16)
    if has_expired:
        commerce.handle_schedule(shop.ports)
    commerce.end_coupon(shop.ports, MEI, shop.circle_id, coupon.id)
    paid = shop.pay(order, None if is_late else order.created_at + timedelta(minutes=1))
    assert paid.state is (S.REFUNDING if is_late else S.PAID)
    assert shop.uses_of(coupon) == ((0, 0) if is_late else (1, 1))


def test_m10_a_late_payment_before_the_schedule_keeps_its_use(shop: CouponShop) -> None:
    coupon = shop.claimed()
    order = shop.order_with(coupon)
    shop.simulation.clock.advance(minutes=16)
    assert shop.pay(order).state is S.PAID
    assert shop.uses_of(coupon) == (1, 1)


def test_m10_a_late_payment_that_races_the_end_of_the_coupon_goes_back(shop: CouponShop) -> None:
    """The coupon ends between the read of the payment and its write."""
    coupon = shop.claimed()
    order = shop.order_with(coupon)
    shop.simulation.clock.advance(minutes=16)
    table = shop.simulation.memory("commerce")
    real, ended = table.transact, list[bool]()

    def transact(writes: object, **how: object) -> object:
        if not ended:
            ended.append(True)
            commerce.end_coupon(shop.ports, MEI, shop.circle_id, coupon.id)
        return real(writes, **how)  # type: ignore[arg-type]

    table.transact = transact  # type: ignore[assignment, method-assign]
    assert shop.pay(order).state is S.REFUNDING
    assert shop.uses_of(coupon) == (0, 0)


def test_m10_orders_end_as_always_when_coupon_or_claim_are_deleted(shop: CouponShop) -> None:
    """A closed circle's coupons are deleted, and the claims of a deleted account."""
    coupon = shop.claimed(max_uses=2, max_uses_per_user=2)
    first, second = shop.order_with(coupon), shop.order_with(coupon)
    shop.simulation.commerce_table.delete(claim_key(HAO.user_id, shop.circle_id, coupon.id), when=None)
    cancel(shop, first)
    assert shop.uses_of(coupon) == (1, -1)
    list(delete_circle_items(shop.simulation.commerce_table, shop.circle_id))
    assert shop.uses_of(coupon) == (-1, -1)
    expire(shop, second)
    assert shop.current_order(second).state is S.EXPIRED
    assert shop.pay(second).state is S.REFUNDING


def test_m10_a_deleted_account_has_no_active_coupon_and_no_claim(shop: CouponShop) -> None:
    coupon = shop.claimed()
    shop.claim(coupon, YAN)
    for user in (MEI, HAO):
        data = AccountDeletedData(user_id=user.user_id, content="keep")
        deliver(shop.simulation, "commerce", AccountDeleted(**envelope(shop.simulation, user.user_id), data=data))
    for _ in range(4):
        commerce.handle_jobs(shop.ports)
    assert (shop.uses_of(coupon), shop.uses_of(coupon, YAN)) == ((0, -1), (0, 0))
    (issued,) = commerce.list_issued_coupons(shop.ports, MEI, PageRequest(9)).items
    assert issued.ended
