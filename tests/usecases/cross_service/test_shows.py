"""Verified buyer shows (M14): who can post one, and when it loses its badge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.circles import usecases as circles
from services.circles.domain import Role
from services.circles.errors import CircleNotFound, ListingNotFound, ShowAlreadyPosted, ShowNotAllowed, ShowNotReceived
from services.commerce import usecases as commerce
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AccountVerified, AccountVerifiedData
from simulation.setup.circles import set_role
from simulation.setup.events import envelope, take_down_changed
from simulation.setup.requests import change
from simulation.streams import deliver
from simulation.users import caller
from tests.support.errors import error_code
from tests.support.shown_purchases import HAO, LIN, MEI, YAN, ShowMarket


@pytest.fixture
def market() -> ShowMarket:
    return ShowMarket()


def test_m14_only_a_buyer_who_received_that_option_can_post_a_show_of_it(market: ShowMarket) -> None:
    order = market.buy(market.listing)
    for step in (lambda: None, lambda: market.ship(order)):
        step()
        market.publish()
        with pytest.raises(ShowNotReceived):
            market.show(order)
    commerce.confirm_receipt(market.simulation.commerce, HAO, order.id)
    with pytest.raises(ShowNotReceived):
        market.show(order)  # circles does not know it yet
    market.publish()
    note = market.show(order)
    assert note.show == market.note(note).show
    assert note.show and (note.show.listing_id, note.show.option_id) == (market.listing.id, "")
    assert market.shown_ids() == [note.id]
    assert market.shown_ids(market.second) == []


def test_m14_no_other_member_other_product_or_other_option_is_verified(market: ShowMarket) -> None:
    order = market.received(market.listing)
    wrong: list[Callable[[], Any]] = [
        lambda: market.show(order, author=YAN),
        lambda: market.show(order, market.second),
        lambda: market.show(order, option="o2"),
    ]
    assert [error_code(call) for call in wrong] == ["show-not-received"] * 3
    assert market.shown_ids() == []


def test_m14_receipt_by_itself_counts_as_receipt_by_the_buyer(market: ShowMarket) -> None:
    order = market.buy(market.listing)
    market.ship(order)
    market.simulation.clock.advance(days=16)
    commerce.handle_schedule(market.simulation.commerce)
    market.publish()
    assert market.has_badge(market.show(order))


def test_m14_a_line_has_one_show_and_each_line_its_own(market: ShowMarket) -> None:
    order = market.received()
    first = market.show(order)
    with pytest.raises(ShowAlreadyPosted) as denied:
        market.show(order)
    assert denied.value.facts == {"note_id": first.id}
    other = market.show(order, market.second)
    again = market.show(market.received(market.listing))
    assert market.shown_ids() == [again.id, first.id]
    assert market.shown_ids(market.second) == [other.id]


def test_m14_a_show_that_its_author_deleted_can_be_replaced_and_one_that_a_moderator_removed_cannot(market: ShowMarket) -> None:
    order = market.received()
    circles.delete_note(market.simulation.circles, HAO, market.circle_id, market.show(order).id)
    assert market.shown_ids() == []
    second = market.show(order)
    assert market.shown_ids() == [second.id]
    circles.remove_note(market.simulation.circles, YAN, market.circle_id, second.id, "与商品无关")
    assert market.shown_ids() == []
    with pytest.raises(ShowAlreadyPosted):
        market.show(order)


def test_m14_a_retry_returns_the_show_also_after_the_refund(market: ShowMarket) -> None:
    order = market.received(market.listing)
    key = market.key(HAO)
    first = market.show(order, key=key)
    assert market.show(order, key=key) == first
    market.refund(order, order.total.amount)
    market.publish()
    assert market.show(order, key=key).id == first.id
    assert market.shown_ids() == []


def verify(market: ShowMarket, user: Any, identity_id: str) -> None:
    data = AccountVerifiedData(user_id=user.user_id, identity_id=identity_id, adult_on=None)
    deliver(market.simulation, "circles", AccountVerified(**envelope(market.simulation, user.user_id), data=data))


def test_m14_the_seller_under_another_account_has_no_show(market: ShowMarket) -> None:
    order = market.received(market.listing)
    verify(market, MEI, "identity-1")
    verify(market, HAO, "identity-1")
    with pytest.raises(ShowNotAllowed):
        market.show(order)


@pytest.mark.parametrize("role", [Role.CO_OWNER, Role.MEMBER])
def test_m14_the_owner_s_group_has_no_show(market: ShowMarket, role: Role) -> None:
    order = market.received(market.listing)
    if role is Role.CO_OWNER:
        set_role(market.simulation, LIN, market.circle_id, HAO.user_id, role)
    else:
        verify(market, LIN, "identity-1")
        verify(market, HAO, "identity-1")
    with pytest.raises(ShowNotAllowed):
        market.show(order)


def test_m14_a_show_is_no_commercial_post_and_a_card_in_it_is(market: ShowMarket) -> None:
    order = market.received()
    assert market.show(order).disclosure is None
    shown = circles.ShowInput(order.id, market.second.id)
    content = circles.NoteInput("三脚架", listing_ids=(market.second.id,), show=shown)
    note = circles.post_note(market.simulation.circles, HAO, market.circle_id, market.key(HAO), content).note
    assert note.disclosure == "product"
    assert note.show


def test_m14_shows_are_read_by_who_can_read_the_product(market: ShowMarket) -> None:
    note = market.show(market.received(market.listing))
    assert [market.shown_ids(reader=reader) for reader in (LIN, MEI, HAO, YAN)] == [[note.id]] * 4
    assert error_code(lambda: market.shows(reader=caller("stranger"))) == "not-found"
    circles.block_user(market.simulation.circles, YAN, HAO.user_id)
    assert market.shown_ids() == []
    circles.unblock_user(market.simulation.circles, YAN, HAO.user_id)
    circles.block_user(market.simulation.circles, YAN, MEI.user_id)
    with pytest.raises(ListingNotFound):
        market.shows()
    circles.unblock_user(market.simulation.circles, YAN, MEI.user_id)
    commerce.withdraw_listing(market.simulation.commerce, MEI, market.circle_id, market.listing.id)
    market.publish()
    for reader in (HAO, YAN):
        with pytest.raises(ListingNotFound):
            market.shows(reader=reader)
    assert market.shown_ids(reader=MEI) == [note.id]


def test_m14_the_show_of_a_member_who_left_stays_as_their_notes_do(market: ShowMarket) -> None:
    note = market.show(market.received(market.listing))
    circles.leave_circle(market.simulation.circles, HAO, market.circle_id)
    market.publish()
    assert market.shown_ids() == [note.id]
    with pytest.raises(CircleNotFound):
        market.shows(reader=HAO)


def test_m14_shows_are_listed_in_pages_newest_first(market: ShowMarket) -> None:
    notes = [market.show(market.received(market.listing)) for _ in range(4)]
    hidden = market.show(market.received(market.listing))
    circles.remove_note(market.simulation.circles, YAN, market.circle_id, hidden.id, "重复")
    found: list[str] = []
    page = market.shows(limit=2)
    found += [view.note.id for view in page.items]
    while page.next:
        request = PageRequest(2, page.next)
        page = circles.list_shows(market.simulation.circles, YAN, market.circle_id, market.listing.id, request)
        found += [view.note.id for view in page.items]
    assert found == [note.id for note in reversed(notes)]


def test_m14_a_show_that_is_taken_down_is_listed_again_after_the_appeal(market: ShowMarket) -> None:
    note = market.show(market.received(market.listing))
    for version, is_active in ((1, True), (2, False)):
        event = take_down_changed(
            market.simulation, "circles", "note", note.id, market.circle_id, is_active=is_active, version=version
        )
        deliver(market.simulation, "circles", event)
        assert market.shown_ids() == ([] if is_active else [note.id])


def test_m14_an_edit_keeps_the_badge(market: ShowMarket) -> None:
    note = market.show(market.received(market.listing))
    request = change(note.version)
    edited = circles.update_note(market.simulation.circles, HAO, market.circle_id, note.id, request, "改了几个字", ()).note
    assert edited.show == note.show
    assert market.shown_ids() == [note.id]
