"""C22: a mute in a circle holds in circles, chat and commerce, for every action whose kind it denies, until it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.money import Money
from services.shared.kernel.errors import CallerMuted
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import MembershipChanged, MembershipChangedData
from services.shared.table.reports import ReportInput
from simulation.setup.chat import set_chat_members
from simulation.setup.circles import create_circle, get_member, impose_sanction, post_note, set_role, set_teaser
from simulation.setup.commerce import Shop
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import deliver
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
SPAM = ReportInput("spam", "反复发广告。")
OFFER: dict[str, Any] = {"kind": ListingKind.C2C, "title": "望远镜", "stock": 1}


@pytest.mark.parametrize("service", ["circles", "chat", "commerce"])
def test_c22_every_action_in_a_circle_has_a_kind(service: str) -> None:
    permissions = import_module(f"services.{service}.domain.permissions")
    assert set(permissions.KINDS) == set(permissions.Action)


def publish_membership(simulation: Simulation, service: str, circle_id: str, role: str, muted_until: datetime | None) -> None:
    """Publish to a service that Mei is a member with this role and this mute."""
    simulation.clock.advance(milliseconds=1)
    data = MembershipChangedData.model_validate(
        {"circle_id": circle_id, "user_id": MEI.user_id, "role": role, "state": "member", "muted_until": muted_until}
    )
    deliver(simulation, service, MembershipChanged(**envelope(simulation, f"{circle_id}/{MEI.user_id}"), data=data))


def require_muted(simulation: Simulation, service: str, actions: list[Callable[[], Any]]) -> None:
    written = len(simulation.memory(service).stream)
    for action in actions:
        with pytest.raises(CallerMuted):
            action()
    assert len(simulation.memory(service).stream) == written


def test_c22_a_member_who_is_muted_in_a_circle_sells_nothing_there_until_the_mute_ends() -> None:
    shop = Shop()
    simulation, circle_id, revision = shop.simulation, shop.circle_id, shop.listing.revision
    other = Shop(simulation=simulation)
    until = simulation.clock() + timedelta(days=1)
    publish_membership(simulation, "commerce", circle_id, "moderator", until)
    order = shop.order()

    def create(at: Shop = shop) -> Any:
        return commerce.create_listing(shop.ports, MEI, at.circle_id, shop.new_key(MEI), price=Money(1, "CNY"), **OFFER)

    denied: list[Callable[[], Any]] = [
        create,
        lambda: shop.update_listing(1, request=change(revision)),
        lambda: commerce.report_listing(shop.ports, MEI, circle_id, shop.listing.id, SPAM),
    ]
    require_muted(simulation, "commerce", denied)
    create(other)  # the mute is of one circle
    assert commerce.get_listing(shop.ports, MEI, circle_id, shop.listing.id).listing.id == shop.listing.id
    shop.pay(order)
    assert commerce.ship_order(shop.ports, MEI, order.id).state == "shipped", "what was ordered is delivered"
    simulation.clock.now = until
    create()


def test_c22_a_member_who_is_muted_in_a_circle_still_buys_there() -> None:
    shop = Shop()
    bought = commerce.create_listing(shop.ports, LIN, shop.circle_id, shop.new_key(LIN), price=Money(1, "CNY"), **OFFER)
    publish_membership(shop.simulation, "commerce", shop.circle_id, "member", shop.simulation.clock() + timedelta(days=1))
    wanted: dict[str, Any] = {
        "listing_id": bought.id,
        "revision": bought.revision,
        "quantity": 1,
        "address_id": shop.address_of(MEI),
    }
    order = commerce.place_order(shop.ports, MEI, shop.circle_id, shop.new_key(MEI), **wanted)
    assert commerce.start_payment(shop.ports, MEI, order.id)


def test_c22_a_moderator_who_is_muted_in_a_circle_writes_reports_and_pins_nothing_in_its_rooms() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    room = set_chat_members(simulation, circle_id, LIN, MEI)
    chat.send_message(simulation.chat, LIN, circle_id, room, MessageRequest("message-0001", 0, "早"))
    publish_membership(simulation, "chat", circle_id, "moderator", simulation.clock() + timedelta(days=1))
    denied: list[Callable[[], Any]] = [
        lambda: chat.send_message(simulation.chat, MEI, circle_id, room, MessageRequest("message-0002", 0, "早")),
        lambda: chat.report_message(simulation.chat, MEI, circle_id, room, 1, SPAM),
        lambda: chat.pin_message(simulation.chat, MEI, circle_id, room, 1),
        lambda: chat.unpin_message(simulation.chat, MEI, circle_id, room, 1),
    ]
    require_muted(simulation, "chat", denied)
    assert chat.mark_read(simulation.chat, MEI, circle_id, room, 1) == 1
    assert len(chat.list_messages(simulation.chat, MEI, circle_id, room, 0, 20)[0]) == 1


def test_c22_a_moderator_who_is_muted_in_a_circle_decides_about_no_other_member() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    note, own = post_note(simulation, circle_id, HAO), post_note(simulation, circle_id, MEI)
    ports = simulation.circles
    _, passcode = circles.issue_passcode(ports, LIN, circle_id, new_key(LIN), timedelta(days=1), 5)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    on_hao = (ports, MEI, circle_id, HAO.user_id)
    hao = get_member(simulation, circle_id, HAO.user_id)
    denied: list[Callable[[], Any]] = [
        lambda: circles.impose_member_sanction(*on_hao, SanctionKind.KICK, reason="骂人的话", until=None),
        lambda: circles.lift_member_sanction(*on_hao, "误判"),
        lambda: circles.set_role(*on_hao, change(hao.version), Role.BUYER),
        lambda: circles.approve_member(*on_hao),
        lambda: circles.remove_note(ports, MEI, circle_id, note.id, "骂人的话"),
        lambda: circles.highlight_note(ports, MEI, circle_id, note.id),
        lambda: circles.pin_note(ports, MEI, circle_id, note.id),
        lambda: circles.revoke_passcode(ports, MEI, circle_id, passcode.id),
        lambda: circles.quarantine_passcode(ports, MEI, circle_id, passcode.id),
        lambda: circles.set_screening(ports, MEI, circle_id, change(0), "骂人的话", (), approval=False),
        lambda: circles.set_teaser(ports, MEI, circle_id, change(0), "骂人的话", ("观鸟",)),
        lambda: circles.delete_teaser(ports, MEI, circle_id),
        lambda: circles.report_note(ports, MEI, circle_id, note.id, SPAM),
    ]
    require_muted(simulation, "circles", denied)
    circles.delete_note(ports, MEI, circle_id, own.id)
    circles.like_note(ports, MEI, circle_id, note.id)
    assert circles.list_pending_members(ports, MEI, circle_id, PageRequest(20)).items == []
    circles.leave_circle(ports, MEI, circle_id, gives_up_role=True)


def test_c9_a_pending_member_who_is_muted_cannot_answer_the_screening() -> None:
    """Moderators read the answers. A mute stays when the member leaves and rejoins."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
    circle = circles.set_screening(simulation.circles, LIN, circle_id, change(0), "不公布巢址。", ("？",), approval=True)
    text, _ = circles.issue_passcode(simulation.circles, LIN, circle_id, new_key(LIN), timedelta(days=3), 5)
    assert circles.join_circle(simulation.circles, MEI, text).is_pending

    def answer() -> Any:
        return circles.answer_screening(simulation.circles, MEI, circle_id, circle.screening_revision, ("骂人的话",))

    require_muted(simulation, "circles", [answer])
    simulation.clock.advance(days=1)
    assert answer().answers == ("骂人的话",)


def test_c22_a_former_member_who_is_muted_cannot_write_a_request_to_join() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    set_teaser(simulation, LIN, circle_id, "观鸟", ("观鸟",))
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)

    def request() -> None:
        circles.request_to_join(simulation.circles, MEI, circle_id, "骂人的话")

    with pytest.raises(CallerMuted):  # only the request of the day is counted
        request()
    simulation.clock.advance(days=1)
    request()
    assert get_member(simulation, circle_id, MEI.user_id).request_text == "骂人的话"
