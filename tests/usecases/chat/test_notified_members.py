"""A5: notifications of memberships, requests to join, offers, applications, sanctions, take-downs and orders."""

from __future__ import annotations

import random
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.repository import moderators
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import (
    AccountStatusChanged,
    ApplicationData,
    ApplicationRejected,
    ChargebackChanged,
    Event,
    MembershipChanged,
    OrderChanged,
    OrderPartlyRefunded,
    SeatGranted,
    SuccessionDecided,
    SuccessionOffered,
    TakeDownChanged,
)
from services.shared.security.auth import Caller
from simulation.setup.chat import HAO, LIN, MEI, Lobby
from simulation.setup.events import envelope
from simulation.streams import deliver
from simulation.users import caller

YAN, AN = caller("yan"), caller("an")


class Moderated(Lobby):
    """A circle of Lin, Mei and Hao, in which Lin is the owner and Mei a moderator."""

    def __init__(self) -> None:
        super().__init__()
        self.version = 10**13
        self.apply(self.member(LIN, role="owner"), self.member(MEI, role="moderator"))

    def event(self, event_class: type[Event], entity_id: str, **data: Any) -> Any:
        self.version += 1
        fields = event_class.model_fields["data"].annotation.model_validate(data)  # type: ignore[union-attr]
        return event_class(**envelope(self.simulation, entity_id, self.version), data=fields)

    def member(self, user: Caller, state: str = "member", role: str = "member", **more: Any) -> Event:
        since = self.simulation.clock.now if state == "member" else None
        data = {"circle_id": self.circle_id, "user_id": user.user_id, "role": role, "state": state, "member_since": since}
        event: Event = self.event(MembershipChanged, f"{self.circle_id}/{user.user_id}", **{**data, **more})
        return event

    def request(self, user: Caller) -> Event:
        return self.member(user, "pending", needs_approval=True)

    def apply(self, *events: Event) -> None:
        for event in events:
            deliver(self.simulation, "chat", event)

    def lines(self, reader: Caller) -> list[tuple[str, str, int]]:
        views = chat.list_notifications(self.simulation.chat, reader, PageRequest(20)).items
        shown = [view.notification for view in views]
        return [(str(each.kind), each.state, each.count) for each in shown]


@pytest.fixture
def circle() -> Moderated:
    return Moderated()


def test_a5_a_request_to_join_reaches_owner_and_moderators_as_one_line_with_its_count(circle: Moderated) -> None:
    circle.apply(circle.request(YAN), circle.request(AN))
    for moderator in (LIN, MEI):
        (view,) = chat.list_notifications(circle.simulation.chat, moderator, PageRequest(20)).items
        assert (view.notification.count, view.notification.actors) == (2, (YAN.user_id, AN.user_id))
        assert view.notification.about == {"circle_id": circle.circle_id}
    assert (circle.lines(HAO), circle.lines(YAN)) == ([], [])


def test_a5_a_user_who_has_not_answered_the_screening_is_no_request(circle: Moderated) -> None:
    circle.apply(circle.member(YAN, "pending"))
    assert circle.lines(LIN) == []


def test_a5_a_decided_request_lowers_the_count_and_the_last_one_hides_the_line(circle: Moderated) -> None:
    circle.apply(circle.request(YAN), circle.request(AN))
    now = circle.simulation.clock.now
    chat.mark_notifications_read(circle.simulation.chat, LIN, now)
    circle.simulation.clock.advance(minutes=1)
    circle.apply(circle.member(YAN, approved_at=circle.simulation.clock.now))
    (view,) = chat.list_notifications(circle.simulation.chat, LIN, PageRequest(20)).items
    assert (view.notification.count, view.read) == (1, True)
    circle.apply(circle.member(AN, "left"))
    assert (circle.lines(LIN), circle.lines(MEI)) == ([], [])
    circle.simulation.clock.advance(minutes=1)
    circle.apply(circle.request(AN))
    (view,) = chat.list_notifications(circle.simulation.chat, LIN, PageRequest(20)).items
    assert (view.notification.count, view.read) == (1, False)


def test_a5_who_loses_the_role_sees_no_requests_and_is_notified_of_none(circle: Moderated) -> None:
    circle.apply(circle.request(YAN), circle.member(MEI))
    assert circle.lines(MEI) == []
    assert moderators.list_moderators(circle.simulation.chat_table, circle.circle_id) == [LIN.user_id]


def test_a5_an_ordinary_member_costs_no_item_of_the_moderators(circle: Moderated) -> None:
    keys = [item["sk"] for item in circle.simulation.memory("chat").all_items() if item["pk"] == f"CIRCLE#{circle.circle_id}"]
    assert {sk for sk in keys if sk.startswith(("MODERATOR#", "PENDING#"))} == {
        f"MODERATOR#{LIN.user_id}",
        f"MODERATOR#{MEI.user_id}",
    }


@pytest.mark.parametrize("seed", range(12))
def test_a5_memberships_in_any_order_leave_the_same_lines(seed: int) -> None:
    expected = actual = None
    for order in (None, random.Random(seed)):
        circle = Moderated()
        approved = circle.simulation.clock.now
        events = [
            circle.request(YAN),
            circle.member(YAN, approved_at=approved),
            circle.member(YAN, "kicked", excluded_at=approved.replace(second=1)),
            circle.request(AN),
            circle.member(MEI),
            circle.member(HAO, role="moderator"),
            circle.member(HAO, role="moderator", muted_until=approved),
        ]
        if order:
            events += events
            order.shuffle(events)
        circle.apply(*events, events[3] if order else circle.request(AN))
        lines = [circle.lines(user) for user in (LIN, MEI, YAN)]
        expected, actual = actual, lines
    assert actual == expected
    assert actual == [[("join_request", "", 1)], [], [("membership", "kicked", 1)]]


def test_a5_an_approval_is_one_notification_whatever_changes_later(circle: Moderated) -> None:
    at = circle.simulation.clock.now
    circle.apply(circle.request(YAN), circle.member(YAN, approved_at=at))
    assert circle.lines(YAN) == [("membership", "approved", 1)]
    chat.mark_notifications_read(circle.simulation.chat, YAN, at)
    circle.simulation.clock.advance(minutes=1)
    circle.apply(circle.member(YAN, role="regular", approved_at=at, member_since=at))
    assert chat.count_unread_notifications(circle.simulation.chat, YAN).count == 0


@pytest.mark.parametrize("state", ["kicked", "banned"])
def test_a5_a_kick_and_a_ban_reach_a_user_who_is_no_member_any_more(circle: Moderated, state: str) -> None:
    circle.apply(circle.member(HAO, state, excluded_at=circle.simulation.clock.now))
    assert circle.lines(HAO) == [("membership", state, 1)]


def test_a5_joining_and_leaving_by_oneself_notifies_no_user(circle: Moderated) -> None:
    circle.apply(circle.member(YAN), circle.member(HAO, "left"))
    assert [circle.lines(user) for user in (LIN, HAO, YAN)] == [[], [], []]


def test_a5_an_offer_reaches_the_candidate_and_its_decision_both(circle: Moderated) -> None:
    succession = new_id("suc")
    parties = {"circle_id": circle.circle_id, "owner_id": LIN.user_id, "candidate_id": MEI.user_id}
    offered = {**parties, "succession_id": succession, "kind": "transfer", "expires_at": circle.simulation.clock.now}
    circle.apply(circle.event(SuccessionOffered, circle.circle_id, state="offered", **offered))
    assert (circle.lines(MEI), circle.lines(LIN)) == ([("ownership_offer", "offered", 1)], [])
    decided = {**parties, "succession_id": succession}
    circle.apply(circle.event(SuccessionDecided, succession, state="accepted", **decided))
    assert (len(circle.lines(MEI)), circle.lines(LIN)) == (1, [("succession", "accepted", 1)])
    circle.apply(circle.event(SuccessionDecided, succession, state="approved", **decided))
    assert circle.lines(LIN) == [("succession", "approved", 1)]
    assert sorted(circle.lines(MEI)) == [("ownership_offer", "offered", 1), ("succession", "approved", 1)]


def test_a5_an_application_is_one_line_with_its_latest_state(circle: Moderated) -> None:
    application = new_id("app")
    data = ApplicationData(application_id=application, applicant_id=YAN.user_id, state="rejected")
    rejected = ApplicationRejected(**envelope(circle.simulation, application, 2), data=data)
    seat = {"application_id": application, "applicant_id": YAN.user_id, "cohort": "first-100", "seat": 1}
    granted = circle.event(SeatGranted, application, circle_name="城市观鸟圈", circle_tags=["观鸟"], **seat)
    circle.apply(rejected)
    assert circle.lines(YAN) == [("application", "rejected", 1)]
    circle.apply(granted, rejected)
    assert circle.lines(YAN) == [("application", "granted", 1)]


def test_a5_a_sanction_of_the_platform_reaches_its_user(circle: Moderated) -> None:
    for level in ("muted", "none"):
        status = {"user_id": HAO.user_id, "level": level, "until": None, "valid_after": 0}
        circle.apply(circle.event(AccountStatusChanged, HAO.user_id, **status))
        assert circle.lines(HAO) == [("account_status", level, 1)]


def test_a5_a_take_down_reaches_the_author_alone_and_so_does_its_end(circle: Moderated) -> None:
    case, note = new_id("cas"), new_id("note")
    for is_active, state in ((True, "taken_down"), (False, "restored")):
        subject = {"case_id": case, "service": "circles", "kind": "note", "subject_id": note}
        content = {"circle_id": circle.circle_id, "author_id": HAO.user_id, "violation": "spam"}
        circle.apply(circle.event(TakeDownChanged, case, is_active=is_active, **subject, **content))
        assert circle.lines(HAO) == [("take_down", state, 1)]
    (view,) = chat.list_notifications(circle.simulation.chat, HAO, PageRequest(20)).items
    assert view.notification.about == {
        "circle_id": circle.circle_id,
        "case_id": case,
        "content_kind": "note",
        "content_id": note,
    }
    assert circle.lines(LIN) == []


ORDER_LINES = {
    "reserved": ([], []),
    "paid": ([], ["paid"]),
    "shipped": (["shipped"], []),
    "received": ([], ["received"]),
    "completed": ([], ["completed"]),
    "expired": (["expired"], []),
    "cancelled": ([], []),
    "refunding": ([], []),
    "refunded": (["refunded"], ["refunded"]),
}
# A late payment has no reason.
REFUNDING_LINES: dict[str | None, tuple[list[str], list[str]]] = {
    None: ([], []),
    "cancelled": ([], ["refunding"]),
    "goodwill": (["refunding"], []),
    "not_shipped": (["refunding"], ["refunding"]),
}


@pytest.mark.parametrize("state", ORDER_LINES)
def test_a5_a_state_of_an_order_reaches_who_did_not_bring_it_about(circle: Moderated, state: str) -> None:
    order = {"order_id": new_id("ord"), "circle_id": circle.circle_id, "lines": []}
    parties = {"buyer_id": HAO.user_id, "seller_id": MEI.user_id}
    circle.apply(circle.event(OrderChanged, order["order_id"], state=state, **order, **parties))  # type: ignore[arg-type]
    assert tuple([line[1] for line in circle.lines(user)] for user in (HAO, MEI)) == ORDER_LINES[state]


@pytest.mark.parametrize("reason", REFUNDING_LINES)
def test_m27_an_order_that_is_given_up_reaches_who_did_not_bring_it_about(circle: Moderated, reason: str | None) -> None:
    order: dict[str, Any] = {"order_id": new_id("ord"), "circle_id": circle.circle_id, "lines": [], "cancel_reason": reason}
    parties = {"buyer_id": HAO.user_id, "seller_id": MEI.user_id}
    circle.apply(circle.event(OrderChanged, order["order_id"], state="refunding", **order, **parties))
    assert tuple([line[1] for line in circle.lines(user)] for user in (HAO, MEI)) == REFUNDING_LINES[reason]


def test_m9_the_buyer_is_notified_of_a_partial_refund(circle: Moderated) -> None:
    about: dict[str, Any] = {"order_id": new_id("ord"), "circle_id": circle.circle_id}
    about |= {"refunded_amount": 1_000, "currency": "CNY"}
    parties = {"buyer_id": HAO.user_id, "seller_id": MEI.user_id}
    circle.apply(circle.event(OrderPartlyRefunded, about["order_id"], **about, **parties))
    assert ([line[1] for line in circle.lines(HAO)], circle.lines(MEI)) == (["partly_refunded"], [])


@pytest.mark.parametrize("state", ["open", "won", "lost"])
def test_m9_the_seller_is_notified_of_a_chargeback(circle: Moderated, state: str) -> None:
    about = {"chargeback_id": "cb_1", "order_id": new_id("ord"), "circle_id": circle.circle_id, "amount": 12_900}
    parties = {"buyer_id": HAO.user_id, "seller_id": MEI.user_id, "currency": "CNY"}
    circle.apply(circle.event(ChargebackChanged, "cb_1", state=state, **about, **parties))
    assert [line[1] for line in circle.lines(MEI)] == [f"chargeback_{state}"]
    assert circle.lines(HAO) == []


def test_m9_a_chargeback_of_an_unknown_order_notifies_no_user(circle: Moderated) -> None:
    about = {"chargeback_id": "cb_1", "order_id": new_id("ord"), "circle_id": "", "amount": 1, "currency": "CNY"}
    circle.apply(circle.event(ChargebackChanged, "cb_1", state="open", buyer_id="", seller_id="", **about))
    assert [circle.lines(user) for user in (HAO, MEI, LIN)] == [[], [], []]
