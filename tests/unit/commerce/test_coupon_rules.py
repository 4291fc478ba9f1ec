"""How a discount is allocated over lines, and what is left to pay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.commerce.domain import ListingKind
from services.commerce.domain.coupon import MAX_PERCENT, CouponTerms, allocate
from services.commerce.domain.money import Money

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PRICES = st.lists(st.integers(1, 10**9), min_size=1, max_size=20)


@given(PRICES, st.data())
def test_m10_the_parts_sum_to_the_discount_and_differ_from_their_share_by_less_than_one(
    prices: list[int], data: st.DataObject
) -> None:
    total = sum(prices)
    discount = data.draw(st.integers(0, total - 1))
    parts = allocate(discount, prices)
    assert sum(parts) == discount
    assert all(0 <= part <= price for part, price in zip(parts, prices, strict=True))
    assert all(abs(part * total - discount * price) < total for part, price in zip(parts, prices, strict=True))


def test_m10_the_largest_remainders_get_what_is_left_and_the_earlier_line_among_equals() -> None:
    assert allocate(100, [3_333, 3_333, 3_333]) == (34, 33, 33)
    assert allocate(1, [1, 2, 2]) == (0, 1, 0)
    assert allocate(5, [1, 1, 8]) == (1, 0, 4)  # 0.5, 0.5, 4
    assert allocate(0, [7]) == (0,)


@given(st.integers(1, MAX_PERCENT), st.integers(1, 10**9), st.integers(1, 10**9))
def test_m10_an_order_is_never_free(percent: int, cap: int, price: int) -> None:
    kinds = frozenset({ListingKind.C2C})
    terms = CouponTerms(Money(cap, "CNY"), percent, 0, kinds, 1, 1, NOW, NOW + timedelta(days=1))
    assert 0 <= terms.discount_on(Money(price, "CNY")) < price
