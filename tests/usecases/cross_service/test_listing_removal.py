"""Taking a listing off sale: by its seller, also from outside the circle, and for good by a moderator (M26)."""

from __future__ import annotations

from typing import Any

import pytest

from services.circles.domain import Role
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.money import Money
from services.commerce.errors import ListingRemovedByModerator, RoleNotAllowed
from services.commerce.repository.listings import listing_key
from services.shared.kernel.errors import NotFound
from services.shared.messaging.events import ListingRemoved
from services.shared.security.audit import AuditTrail, verify_chain
from services.shared.security.auth import Caller
from simulation.setup.circles import join_circle, set_role
from simulation.setup.requests import change
from simulation.users import caller
from tests.usecases.cross_service.market import ENDINGS, HAO, LIN, MEI, YAN, Market, remove, withdraw


@pytest.mark.parametrize("name", ["the seller left", "the seller was kicked", "the seller no longer runs the shop"])
def test_m26_a_seller_withdraws_their_own_listing_also_after_leaving_and_once(name: str) -> None:
    market = Market(ListingKind.MERCHANT)
    ENDINGS[name][0](market)
    market.publish()
    withdraw(market)
    withdraw(market)
    assert [event.name() for event in market.publish()].count("ListingChanged") == 1
    assert not market.stored().on_sale
    if name == "the seller left":
        join_circle(market.simulation, MEI, LIN, market.circle_id)
        market.publish()
    assert not any(market.shown().values())


@pytest.mark.parametrize("by", [LIN, HAO, YAN, caller("stranger")])
def test_m26_only_its_seller_withdraws_a_listing(by: Caller) -> None:
    market = Market()
    with pytest.raises(NotFound):
        commerce.withdraw_listing(market.simulation.commerce, by, market.circle_id, market.listing.id)
    assert market.stored().on_sale


@pytest.mark.parametrize("name", ["the seller left", "the seller is suspended", "the seller withdrew it", ""])
def test_m26_a_moderator_removes_any_listing_for_good_and_its_seller_reads_the_reason(name: str) -> None:
    market = Market()
    if name:
        ENDINGS[name][0](market)
        market.publish()
    remove(market)
    remove(market, LIN)
    removed = [event for event in market.publish() if isinstance(event, ListingRemoved)]
    assert [event.data.seller_id for event in removed] == [MEI.user_id]
    removal = market.stored().removal
    assert removal and (removal.by, removal.reason) == (YAN.user_id, "假货")
    if name != "the seller left":
        own, _ = commerce.get_listing(market.simulation.commerce, MEI, market.circle_id, market.listing.id)
        assert own.removal == removal
        ports, request = market.simulation.commerce, change(market.stored().revision)
        new: dict[str, Any] = {"title": "望远镜", "price": Money(1, "CNY"), "on_sale": True}
        with pytest.raises(ListingRemovedByModerator) as raised:
            commerce.update_listing(ports, MEI, market.circle_id, market.listing.id, request, **new)
        assert raised.value.facts == {"reason": "假货"}
    assert not any(market.shown().values())


def test_m26_a_removal_is_in_the_audit_and_is_anchored() -> None:
    market = Market()
    remove(market)
    table = market.simulation.commerce_table
    item = table.get(listing_key(market.circle_id, market.listing.id), consistent_read=True)
    assert item
    assert (verify_chain(table, item).state, item["audit_length"]) == ("intact", 1)
    removal, listing = market.stored().removal, market.listing
    assert removal
    details = {"reason": "假货", "seller": MEI.user_id, "title": listing.title}
    expected = AuditTrail(removal.trail.salt).extend("listing removed", actor=YAN.user_id, at=removal.at, **details)
    assert removal.trail.last == expected.last
    market.simulation.clock.advance(hours=2)
    assert market.simulation.anchor_heads("commerce") > 0


@pytest.mark.parametrize("role", [Role.CO_OWNER, Role.MODERATOR, Role.BUYER, Role.MEMBER])
def test_m26_only_moderators_remove_listings(role: Role) -> None:
    market = Market()
    set_role(market.simulation, LIN, market.circle_id, HAO.user_id, role)
    market.publish()
    if role in (Role.MODERATOR, Role.CO_OWNER):
        remove(market, HAO)
        assert market.stored().removal
        return
    with pytest.raises(RoleNotAllowed):
        remove(market, HAO)
