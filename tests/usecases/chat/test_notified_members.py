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
    Event,
    MembershipChanged,
    OrderChanged,
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


class Office(Lobby):
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
def office() -> Office:
    return Office()


def test_a5_a_request_to_join_reaches_owner_and_moderators_as_one_line_with_its_count(office: Office) -> None:
    office.apply(office.request(YAN), office.request(AN))
    for moderator in (LIN, MEI):
        (view,) = chat.list_notifications(office.simulation.chat, moderator, PageRequest(20)).items
        assert (view.notification.count, view.notification.actors) == (2, (YAN.user_id, AN.user_id))
        assert view.notification.about == {"circle_id": office.circle_id}
    assert (office.lines(HAO), office.lines(YAN)) == ([], [])


def test_a5_a_user_who_has_not_answered_the_screening_is_no_request(office: Office) -> None:
    office.apply(office.member(YAN, "pending"))
    assert office.lines(LIN) == []


def test_a5_a_decided_request_lowers_the_count_and_the_last_one_hides_the_line(office: Office) -> None:
    office.apply(office.request(YAN), office.request(AN))
    now = office.simulation.clock.now
    chat.mark_notifications_read(office.simulation.chat, LIN, now)
    office.simulation.clock.advance(minutes=1)
    office.apply(office.member(YAN, approved_at=office.simulation.clock.now))
    (view,) = chat.list_notifications(office.simulation.chat, LIN, PageRequest(20)).items
    assert (view.notification.count, view.read) == (1, True)
    office.apply(office.member(AN, "left"))
    assert (office.lines(LIN), office.lines(MEI)) == ([], [])
    office.simulation.clock.advance(minutes=1)
    office.apply(office.request(AN))
    (view,) = chat.list_notifications(office.simulation.chat, LIN, PageRequest(20)).items
    assert (view.notification.count, view.read) == (1, False)


def test_a5_who_loses_the_role_sees_no_requests_and_is_notified_of_none(office: Office) -> None:
    office.apply(office.request(YAN), office.member(MEI))
    assert office.lines(MEI) == []
    assert moderators.list_moderators(office.simulation.chat_table, office.circle_id) == [LIN.user_id]


def test_a5_an_ordinary_member_costs_no_item_of_the_moderators(office: Office) -> None:
    keys = [item["sk"] for item in office.simulation.memory("chat").all_items() if item["pk"] == f"CIRCLE#{office.circle_id}"]
    assert {sk for sk in keys if sk.startswith(("MODERATOR#", "PENDING#"))} == {
        f"MODERATOR#{LIN.user_id}",
        f"MODERATOR#{MEI.user_id}",
    }


@pytest.mark.parametrize("seed", range(12))
def test_a5_memberships_in_any_order_leave_the_same_lines(seed: int) -> None:
    expected = actual = None
    for order in (None, random.Random(seed)):
        office = Office()
        approved = office.simulation.clock.now
        events = [
            office.request(YAN),
            office.member(YAN, approved_at=approved),
            office.member(YAN, "kicked", excluded_at=approved.replace(second=1)),
            office.request(AN),
            office.member(MEI),
            office.member(HAO, role="moderator"),
            office.member(HAO, role="moderator", muted_until=approved),
        ]
        if order:
            events += events
            order.shuffle(events)
        office.apply(*events, events[3] if order else office.request(AN))
        lines = [office.lines(user) for user in (LIN, MEI, YAN)]
        expected, actual = actual, lines
    assert actual == expected
    assert actual == [[("join_request", "", 1)], [], [("membership", "kicked", 1)]]


def test_a5_an_approval_is_one_notification_whatever_changes_later(office: Office) -> None:
    at = office.simulation.clock.now
    office.apply(office.request(YAN), office.member(YAN, approved_at=at))
    assert office.lines(YAN) == [("membership", "approved", 1)]
    chat.mark_notifications_read(office.simulation.chat, YAN, at)
    office.simulation.clock.advance(minutes=1)
    office.apply(office.member(YAN, role="regular", approved_at=at, member_since=at))
    assert chat.count_unread_notifications(office.simulation.chat, YAN).count == 0


@pytest.mark.parametrize("state", ["kicked", "banned"])
def test_a5_a_kick_and_a_ban_reach_a_user_who_is_no_member_any_more(office: Office, state: str) -> None:
    office.apply(office.member(HAO, state, excluded_at=office.simulation.clock.now))
    assert office.lines(HAO) == [("membership", state, 1)]


def test_a5_joining_and_leaving_by_oneself_notifies_no_user(office: Office) -> None:
    office.apply(office.member(YAN), office.member(HAO, "left"))
    assert [office.lines(user) for user in (LIN, HAO, YAN)] == [[], [], []]


def test_a5_an_offer_reaches_the_candidate_and_its_decision_both(office: Office) -> None:
    succession = new_id("suc")
    parties = {"circle_id": office.circle_id, "owner_id": LIN.user_id, "candidate_id": MEI.user_id}
    offered = {**parties, "succession_id": succession, "kind": "transfer", "expires_at": office.simulation.clock.now}
    office.apply(office.event(SuccessionOffered, office.circle_id, state="offered", **offered))
    assert (office.lines(MEI), office.lines(LIN)) == ([("ownership_offer", "offered", 1)], [])
    decided = {**parties, "succession_id": succession}
    office.apply(office.event(SuccessionDecided, succession, state="accepted", **decided))
    assert (len(office.lines(MEI)), office.lines(LIN)) == (1, [("succession", "accepted", 1)])
    office.apply(office.event(SuccessionDecided, succession, state="approved", **decided))
    assert office.lines(LIN) == [("succession", "approved", 1)]
    assert sorted(office.lines(MEI)) == [("ownership_offer", "offered", 1), ("succession", "approved", 1)]


def test_a5_an_application_is_one_line_with_its_latest_state(office: Office) -> None:
    application = new_id("app")
    data = ApplicationData(application_id=application, applicant_id=YAN.user_id, state="rejected")
    rejected = ApplicationRejected(**envelope(office.simulation, application, 2), data=data)
    seat = {"application_id": application, "applicant_id": YAN.user_id, "cohort": "first-100", "seat": 1}
    granted = office.event(SeatGranted, application, circle_name="城市观鸟圈", circle_tags=["观鸟"], **seat)
    office.apply(rejected)
    assert office.lines(YAN) == [("application", "rejected", 1)]
    office.apply(granted, rejected)
    assert office.lines(YAN) == [("application", "granted", 1)]


def test_a5_a_sanction_of_the_platform_reaches_its_user(office: Office) -> None:
    for level in ("muted", "none"):
        status = {"user_id": HAO.user_id, "level": level, "until": None, "valid_after": 0}
        office.apply(office.event(AccountStatusChanged, HAO.user_id, **status))
        assert office.lines(HAO) == [("account_status", level, 1)]


def test_a5_a_take_down_reaches_the_author_alone_and_so_does_its_end(office: Office) -> None:
    case, note = new_id("cas"), new_id("note")
    for is_active, state in ((True, "taken_down"), (False, "restored")):
        subject = {"case_id": case, "service": "circles", "kind": "note", "subject_id": note}
        content = {"circle_id": office.circle_id, "author_id": HAO.user_id, "violation": "spam"}
        office.apply(office.event(TakeDownChanged, case, is_active=is_active, **subject, **content))
        assert office.lines(HAO) == [("take_down", state, 1)]
    (view,) = chat.list_notifications(office.simulation.chat, HAO, PageRequest(20)).items
    assert view.notification.about == {
        "circle_id": office.circle_id,
        "case_id": case,
        "content_kind": "note",
        "content_id": note,
    }
    assert office.lines(LIN) == []


ORDER_LINES = {
    "reserved": ([], []),
    "paid": ([], ["paid"]),
    "shipped": (["shipped"], []),
    "received": ([], ["received"]),
    "completed": ([], ["completed"]),
    "expired": (["expired"], []),
    "refunding": ([], []),
    "refunded": (["refunded"], ["refunded"]),
}


@pytest.mark.parametrize("state", ORDER_LINES)
def test_a5_a_state_of_an_order_reaches_who_did_not_bring_it_about(office: Office, state: str) -> None:
    order = {"order_id": new_id("ord"), "circle_id": office.circle_id, "listing_id": new_id("lst"), "quantity": 1}
    parties = {"buyer_id": HAO.user_id, "seller_id": MEI.user_id}
    office.apply(office.event(OrderChanged, order["order_id"], state=state, **order, **parties))  # type: ignore[arg-type]
    assert tuple([line[1] for line in office.lines(user)] for user in (HAO, MEI)) == ORDER_LINES[state]
