"""The effects of each sanction level in every service (R14), also for repeated, late and reordered events."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.chat import errors as chat_errors
from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.chat.errors import CircleReadOnly
from services.chat.repository import circles as in_chat
from services.circles import usecases as circles
from services.circles.errors import CircleReadOnly as NotWritable
from services.circles.errors import PasscodeRejected
from services.circles.repository import circles as in_circles
from services.commerce import usecases as commerce
from services.commerce.errors import ListingNotOnSale
from services.commerce.repository import circles as in_commerce
from services.review import usecases as review
from services.shared.kernel.errors import CallerMuted
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    CircleChanged,
    CircleData,
    ListingChanged,
    ListingChangedData,
)
from services.shared.security.account_status import SanctionLevel, get_account_status
from services.shared.security.violations import Violation
from services.shared.table.cards import put_product_card
from simulation.setup.applications import enrol_reviewer
from simulation.setup.chat import set_chat_members
from simulation.setup.circles import issue_passcode, join_circle, open_circle
from simulation.setup.commerce import Shop
from simulation.setup.events import envelope, seat_granted
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, published_events, subscribers_of
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
DAY = timedelta(days=1)


def account_status_changed(
    simulation: Simulation, user: Any, level: SanctionLevel, until: datetime | None = None, version: int | None = None
) -> AccountStatusChanged:
    data = AccountStatusChangedData(user_id=user.user_id, level=level.value, until=until, valid_after=0)
    return AccountStatusChanged(**envelope(simulation, user.user_id, version), data=data)


def impose(simulation: Simulation, name: str, level: SanctionLevel, *, days: float = 0, emergency: bool = False) -> Any:
    by = enrol_reviewer(simulation, name)
    until = simulation.clock() + timedelta(days=days) if days else None
    return review.impose_sanction(
        simulation.review,
        by,
        LIN.user_id,
        level=level,
        until=until,
        violation=Violation.SPAM,
        reason="多次刷屏。",
        emergency=emergency,
    )


def level(simulation: Simulation) -> SanctionLevel:
    return get_account_status(simulation.review_table, LIN.user_id).at(simulation.clock())


# the effect of a level in each service


def test_r14_a_muted_user_reads_but_posts_nowhere() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle_id)
    room = set_chat_members(simulation, circle_id, LIN, MEI)
    muted = replace(MEI, level=SanctionLevel.MUTED)
    with pytest.raises(CallerMuted):
        circles.post_note(simulation.circles, muted, circle_id, new_key(MEI), circles.NoteInput("早"))
    assert circles.list_notes(simulation.circles, muted, circle_id, PageRequest(20)) == ([], None)
    assert chat.list_messages(simulation.chat, muted, circle_id, room, 0, 20) == ([], False)


def test_r14_a_restricted_seller_gets_no_orders() -> None:
    """The kind of action of the routes denies new listings: tests/app/test_access.py."""
    shop = Shop()
    for user in (MEI, LIN):  # the seller, then the owner of the circle
        commerce.apply_account_status_changed(
            shop.ports, account_status_changed(shop.simulation, user, SanctionLevel.RESTRICTED, version=10**13)
        )
        with pytest.raises(ListingNotOnSale):
            shop.order()
        commerce.apply_account_status_changed(
            shop.ports, account_status_changed(shop.simulation, user, SanctionLevel.NONE, version=10**13 + 1)
        )
    key = shop.new_key(HAO)
    placed = shop.order(key=key)
    commerce.apply_account_status_changed(
        shop.ports, account_status_changed(shop.simulation, MEI, SanctionLevel.RESTRICTED, version=10**14)
    )
    assert shop.order(key=key) == placed  # a retry returns the earlier result


def test_r14_cards_are_rejected_while_seller_or_owner_is_restricted() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    room = set_chat_members(simulation, circle_id, LIN, MEI, HAO)
    listing_id = new_id("lst")
    listing = {"listing_id": listing_id, "circle_id": circle_id, "seller_id": MEI.user_id, "kind": "c2c", "title": "望远镜"}
    state = ListingChangedData.model_validate(
        {**listing, "amount": 100, "currency": "CNY", "stock": 1, "on_sale": True, "option_count": 0}
    )
    put_product_card(simulation.chat.table, ListingChanged(**envelope(simulation, listing_id), data=state))
    for user, number in ((MEI, 1), (LIN, 2)):
        until = simulation.clock() + DAY
        chat.apply_account_status_changed(
            simulation.chat, account_status_changed(simulation, user, SanctionLevel.RESTRICTED, until)
        )
        with pytest.raises(chat_errors.ListingNotOnSale):
            chat.send_message(simulation.chat, HAO, circle_id, room, MessageRequest(f"card-000{number}", 0, "看看", listing_id))
        simulation.clock.now = until  # the end is evaluated when read
        assert chat.send_message(
            simulation.chat, HAO, circle_id, room, MessageRequest(f"card-010{number}", 0, "看看", listing_id)
        )[1]


def test_r14_a_suspended_owners_circle_is_read_only_in_every_service() -> None:
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    join_circle(simulation, MEI, LIN, circle_id)
    code = issue_passcode(simulation, LIN, circle_id)
    room = set_chat_members(simulation, circle_id, LIN, MEI)
    circles.apply_account_status_changed(simulation.circles, account_status_changed(simulation, LIN, SanctionLevel.SUSPENDED))
    with pytest.raises(NotWritable):
        circles.post_note(simulation.circles, MEI, circle_id, new_key(MEI), circles.NoteInput("早"))
    with pytest.raises(PasscodeRejected):
        circles.join_circle(simulation.circles, HAO, code)
    assert circles.list_notes(simulation.circles, MEI, circle_id, PageRequest(20)) == ([], None)
    state = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=LIN.user_id, state="read_only")
    chat.apply_circle_changed(simulation.chat, CircleChanged(**envelope(simulation, circle_id, 10**13), data=state))
    with pytest.raises(CircleReadOnly):
        chat.send_message(simulation.chat, MEI, circle_id, room, MessageRequest("message-0001", 0, "早"))
    circles.apply_account_status_changed(
        simulation.circles, account_status_changed(simulation, LIN, SanctionLevel.NONE, version=10**14)
    )
    circles.post_note(simulation.circles, MEI, circle_id, new_key(MEI), circles.NoteInput("早"))


@pytest.mark.parametrize("days", [0, 30])
def test_r15_what_an_emergency_replaced_is_in_force_again_in_every_service(days: int) -> None:
    """At 24 hours, without another event; for the user and for the circle that the user owns."""
    simulation = Simulation()
    circle_id = open_circle(simulation, LIN)
    record = impose(simulation, "rui", SanctionLevel.SUSPENDED, days=days)
    review.ratify_sanction(simulation.review, enrol_reviewer(simulation, "shan"), LIN.user_id, record.pending.id)
    impose(simulation, "tao", SanctionLevel.BANNED, emergency=True)
    end = simulation.clock() + days * DAY
    for publisher in ("review", "circles"):
        for event in published_events(publisher, all_changes(simulation, publisher)):
            for service, _ in subscribers_of(event):
                deliver(simulation, service, event)

    def read() -> set[tuple[SanctionLevel, bool]]:
        now, result = simulation.clock(), set()
        for service, repository in ((circles, in_circles), (chat, in_chat), (commerce, in_commerce)):
            table = simulation.table(service.__name__.split(".")[1])
            status, circle = get_account_status(table, LIN.user_id), repository.get_circle(table, circle_id)
            result.add((status.at(now), circle.is_read_only(now)))
        return result

    assert read() == {(SanctionLevel.BANNED, True)}
    simulation.clock.advance(days=1)
    assert read() == {(SanctionLevel.SUSPENDED, True)}
    simulation.clock.advance(days=29)
    assert (simulation.clock() == end) == bool(days)
    assert read() == ({(SanctionLevel.NONE, False)} if days else {(SanctionLevel.SUSPENDED, True)})


def test_r14_repeated_late_and_reordered_events_end_in_the_same_state() -> None:
    """Each order of four statuses of an owner, each delivered twice, ends in the newest status."""
    statuses = [(SanctionLevel.SUSPENDED, 1), (SanctionLevel.NONE, 2), (SanctionLevel.MUTED, 3), (SanctionLevel.SUSPENDED, 4)]
    final_states = set()
    for order in itertools.permutations(statuses):
        simulation = Simulation()
        circle_id = open_circle(simulation, LIN)
        base = 10**13
        for step, version in [*order, *order]:
            for service in (circles, chat, commerce):
                ports = getattr(simulation, service.__name__.split(".")[1])
                service.apply_account_status_changed(
                    ports, account_status_changed(simulation, LIN, step, version=base + version)
                )
        circle, _ = circles.get_circle(simulation.circles, LIN, circle_id)
        tables = (simulation.circles_table, simulation.chat_table, simulation.commerce_table)
        final_states.add(
            (circle.is_read_only(simulation.clock()), *(get_account_status(table, LIN.user_id).level for table in tables))
        )
    assert final_states == {(True, SanctionLevel.SUSPENDED, SanctionLevel.SUSPENDED, SanctionLevel.SUSPENDED)}


def test_r14_a_seat_granted_after_a_suspension_makes_a_read_only_circle() -> None:
    simulation = Simulation()
    circles.apply_account_status_changed(simulation.circles, account_status_changed(simulation, LIN, SanctionLevel.SUSPENDED))
    event = seat_granted(simulation, LIN)
    circles.apply_seat_granted(simulation.circles, event)
    (circle, _), *_ = circles.list_circles(simulation.circles, LIN, PageRequest(20))[0]
    assert circle.is_read_only(simulation.clock())
