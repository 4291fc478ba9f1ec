"""The terms of each kind of listing: who can list it, commission, escrow, returns, promise of shipping, disclosure."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from services.commerce import errors
from services.commerce import usecases as commerce
from services.commerce.domain import Listing, ListingKind, Promise, terms_of
from services.commerce.domain.money import Money
from services.commerce.domain.permissions import LISTING_ACTIONS, PERMISSIONS, can_list
from services.commerce.domain.terms import DEFAULT_PROMISE
from services.commerce.settings import settings
from services.shared.kernel.errors import Invalid
from services.shared.messaging.events import MembershipChangedData
from services.shared.security.auth import Caller
from services.shared.security.trading import SELLER_ROLES
from simulation.settings import overridden
from simulation.setup.commerce import HAO, MEI, Shop

ROLES = get_args(MembershipChangedData.model_fields["role"].annotation)
EVERY_ROLE = "owner co_owner moderator buyer regular member newcomer"
README = Path(commerce.__file__).parents[1] / "README.md"
# kind: who can list it, the platform's share and the owner's commission in basis points, days until automatic receipt, days of
# returns, hours of the promise of shipping and the longest one, whether returns can be excluded
TABLE = {
    ListingKind.MERCHANT: ("owner co_owner moderator buyer", 500, 300, 10, 7, 48, 360, False),
    ListingKind.PICK: ("buyer", 500, 200, 10, 7, 72, 720, False),
    ListingKind.OWN: ("owner co_owner", 500, 0, 10, 7, 48, 360, False),
    ListingKind.C2C: (EVERY_ROLE, 100, 0, 10, 7, 72, 168, True),
    ListingKind.VOUCHER: ("owner co_owner moderator buyer", 300, 300, 30, 7, 24, 72, False),
}


def create(shop: Shop, kind: ListingKind, promise: Promise = DEFAULT_PROMISE, by: Caller = HAO) -> Listing:
    named = {"kind": kind, "title": "x", "price": Money(10_000, "CNY"), "stock": 1, "promise": promise}
    return commerce.create_listing(shop.ports, by, shop.circle_id, shop.new_key(by), **named)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ListingKind)
def test_m2_every_role_lists_exactly_the_kinds_of_its_permissions(role: str, kind: ListingKind) -> None:
    shop = Shop()
    shop.set_member(HAO, role=role)
    if role in TABLE[kind][0].split():
        assert create(shop, kind).kind is kind
    else:
        with pytest.raises(errors.ListingKindNotAllowed):
            create(shop, kind)


@pytest.mark.parametrize("kind", ListingKind)
def test_m2_the_kind_decides_the_terms(kind: ListingKind) -> None:
    _, platform, owner, receipt, returns, promise, longest, can_exclude = TABLE[kind]
    terms = terms_of(kind)
    assert (terms.platform_share, terms.owner_share) == (platform, owner)
    assert (terms.auto_confirm_after.days, terms.return_window.days) == (receipt, returns)
    hours = timedelta(hours=1)
    assert (terms.ships_within // hours, terms.max_ships_within // hours) == (promise, longest)
    assert terms.can_exclude_returns is can_exclude
    assert all(terms.disclosure)


@pytest.mark.parametrize("kind", ListingKind)
def test_m2_the_role_that_lists_a_kind_is_the_role_that_sells_it(kind: ListingKind) -> None:
    sellers = SELLER_ROLES[kind]
    assert {role for role in PERMISSIONS if can_list(role, kind)} == set(PERMISSIONS if sellers is None else sellers)
    assert set(SELLER_ROLES) == set(LISTING_ACTIONS) == set(ListingKind)


@pytest.mark.parametrize("kind", ListingKind)
def test_m2_the_readme_has_the_table(kind: ListingKind) -> None:
    _, platform, owner, receipt, returns, promise, longest, can_exclude = TABLE[kind]
    who = "every member" if TABLE[kind][0] == EVERY_ROLE else TABLE[kind][0].replace(" ", ", ").replace("co_owner", "co-owner")
    commission = f"{owner // 100} %" if owner else "none"
    returned = f"{returns} days, unless the seller excludes them" if can_exclude else f"{returns} days"
    row = f"| `{kind}` | {who} | {platform // 100} % | {commission} | {receipt} days after shipment | {returned} |"
    assert f"{row} {promise} hours, at most {longest // 24} days |" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ListingKind)
def test_m2_only_a_member_who_sells_their_own_excludes_returns_and_the_buyer_reads_it(kind: ListingKind) -> None:
    shop = Shop(kind)
    promise = Promise(accepts_returns=False)
    if kind is not ListingKind.C2C:
        with pytest.raises(Invalid) as raised:
            create(shop, kind, promise, MEI)
        assert [(field.at, field.code) for field in raised.value.fields] == [("/accepts_returns", "must-accept-returns")]
        return
    listing = create(shop, kind, promise, MEI)
    shown = shop.shown(commerce.get_listing(shop.ports, HAO, shop.circle_id, listing.id).listing)
    assert "Returns are not possible" in shown.disclosure.en
    assert "不支持退货" in shown.disclosure.zh_cn
    shop.listing = listing
    order = shop.order()
    assert (listing.return_window, order.return_days) == (timedelta(0), 0)
    assert "不支持退货" not in shop.shown(create(shop, kind, by=MEI)).disclosure.zh_cn


def test_m2_an_order_keeps_the_return_window_that_was_agreed_to() -> None:
    shop = Shop(stock=2)
    before = shop.order()
    with overridden(settings, c2c_return_window=timedelta(days=3)):
        after = shop.order()
    assert [shop.current_order(order).return_days for order in (before, after)] == [7, 3]


@pytest.mark.parametrize("kind", ListingKind)
def test_m2_a_promise_of_shipping_is_bounded_by_the_kind(kind: ListingKind) -> None:
    shop, longest = Shop(kind), terms_of(kind).max_ships_within
    assert shop.listing.ships_within == terms_of(kind).ships_within
    assert create(shop, kind, Promise(longest), MEI).ships_within == longest
    with pytest.raises(Invalid) as raised:
        create(shop, kind, Promise(longest + timedelta(hours=1)), MEI)
    assert [(field.at, field.code) for field in raised.value.fields] == [("/ships_within_hours", "must-be-at-most")]
