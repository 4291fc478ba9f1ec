"""A5: the results of one's own reports and appeals as notifications, in whatever order and number their events arrive."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.repository.notifications import NOTIFICATIONS, is_notification_item
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AppealDecided, AppealDecidedData, Event, ReportsDecided, ReportsDecidedData
from services.shared.security.auth import Caller
from simulation.setup.chat import HAO, LIN, MEI
from simulation.setup.events import envelope
from simulation.users import user_id
from tests.support.notified import Bell

CASE = new_id("cas")


@pytest.fixture
def bell() -> Bell:
    return Bell()


def decided(bell: Bell, *reporters: Caller, outcome: str = "upheld", version: int = 1, case_id: str = CASE) -> Event:
    data: dict[str, Any] = {"case_id": case_id, "content_kind": "note", "outcome": outcome}
    data["reporter_ids"] = [reporter.user_id for reporter in reporters]
    return ReportsDecided(**envelope(bell.simulation, case_id, version), data=ReportsDecidedData(**data))


def appealed(bell: Bell, kind: str, state: str) -> Event:
    appeal_id, case_id = new_id("apl"), CASE if kind == "take_down" else ""
    data: dict[str, Any] = {"appeal_id": appeal_id, "user_id": HAO.user_id, "kind": kind, "case_id": case_id, "state": state}
    return AppealDecided(**envelope(bell.simulation, appeal_id), data=AppealDecidedData(**data))


def lines(bell: Bell, reader: Caller) -> list[tuple[str, str]]:
    return [(str(view.notification.kind), view.notification.state) for view in bell.views(reader)]


@pytest.mark.parametrize("outcome", ["upheld", "dismissed", "abusive"])
def test_a5_the_outcome_of_a_report_reaches_its_reporters_and_no_other_user(bell: Bell, outcome: str) -> None:
    bell.apply(decided(bell, MEI, HAO, outcome=outcome))
    assert (lines(bell, MEI), lines(bell, HAO), lines(bell, LIN)) == ([("report", outcome)], [("report", outcome)], [])


def test_a5_the_result_of_a_report_names_neither_the_content_nor_its_author(bell: Bell) -> None:
    bell.apply(decided(bell, MEI))
    (view,) = bell.views(MEI)
    assert view.notification.about == {"case_id": CASE, "content_kind": "note"}
    assert (view.notification.actors, view.notification.subject.id) == ((), CASE)


def test_a5_repeated_and_disordered_outcomes_leave_the_latest_one(bell: Bell) -> None:
    first, reversed_ = decided(bell, MEI), decided(bell, MEI, outcome="reversed", version=2)
    for order in permutations([first, first, reversed_, reversed_]):
        bell = Bell()
        bell.apply(*order)
        assert lines(bell, MEI) == [("report", "reversed")]


def test_a5_a_repeated_outcome_stays_read_and_a_reversed_one_is_unread_again(bell: Bell) -> None:
    bell.apply(decided(bell, MEI))
    bell.read_all(MEI)
    bell.simulation.clock.advance(minutes=1)
    bell.apply(decided(bell, MEI))
    assert bell.unread(MEI) == (0, False)
    bell.apply(decided(bell, MEI, outcome="reversed", version=2))
    assert bell.unread(MEI) == (1, False)


def test_a5_a_past_member_reads_the_result_of_their_report(bell: Bell) -> None:
    bell.kick(MEI)
    bell.apply(decided(bell, MEI))
    assert lines(bell, MEI) == [("report", "upheld")]


def test_a5_an_event_with_a_hundred_reporters_is_a_hundred_writes(bell: Bell) -> None:
    reporters = [user_id(f"reporter-{number}") for number in range(100)]
    data = ReportsDecidedData(case_id=CASE, content_kind="note", reporter_ids=reporters, outcome="upheld")
    event = ReportsDecided(**envelope(bell.simulation, CASE), data=data)
    for _ in range(2):
        bell.apply(event)
    items = [item for item in bell.items() if is_notification_item(item)]
    assert {NOTIFICATIONS.from_item(item).user_id for item in items} == set(reporters)


@pytest.mark.parametrize(
    ("kind", "state", "shown"),
    [
        ("take_down", "upheld", [("appeal", "upheld")]),
        ("take_down", "granted", []),  # TakeDownChanged says that the content is restored
        ("sanction", "upheld", [("appeal", "upheld")]),
        ("sanction", "granted", [("appeal", "granted")]),
    ],
)
def test_a5_the_end_of_an_appeal_reaches_its_user_once(bell: Bell, kind: str, state: str, shown: list[tuple[str, str]]) -> None:
    event = appealed(bell, kind, state)
    bell.apply(event, event)
    assert lines(bell, HAO) == shown
    if shown:
        about = chat.list_notifications(bell.simulation.chat, HAO, PageRequest(5)).items[0].notification.about
        assert about == ({"case_id": CASE} if kind == "take_down" else {})


def test_a5_results_of_many_cases_in_any_order_are_a_line_per_case(bell: Bell) -> None:
    cases = [new_id("cas") for _ in range(8)]
    events = [decided(bell, MEI, case_id=case_id) for case_id in cases]
    events += [decided(bell, MEI, case_id=case_id, outcome="reversed", version=2) for case_id in cases[:4]]
    random.Random(7).shuffle(events)
    bell.apply(*events, *events)
    assert sorted(lines(bell, MEI)) == [("report", "reversed")] * 4 + [("report", "upheld")] * 4
