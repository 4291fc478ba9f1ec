"""A5: one push a day that says how many notifications are unread, for users who choose it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest

from services.chat import usecases as chat
from services.chat.domain import NotificationPreferences, PushOutcome
from services.chat.repository.due_pushes import SHARDS, DuePush, iter_due_pushes, plan_push
from services.chat.repository.erasing import erase_user_items
from services.shared.erasure.jobs import Erasure
from services.shared.kernel.clock import CHINA
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData, SignedOut, SignedOutData
from simulation.setup.chat import HAO, LIN
from simulation.setup.events import envelope
from simulation.users import user_id
from tests.support.notified import LAPTOP, PHONE, Phone
from tests.support.races import race


class Evening(Phone):
    """Lin has subscribed a browser, gets no other push than the daily digest, and has unread notifications."""

    def __init__(self, unread: int = 1) -> None:
        super().__init__()
        self.go_to(12)
        self.subscribe_browser()
        self.prefer_digest()
        for _ in range(unread):
            self.apply(self.comment(comment_id=new_id("com")))

    def prefer_digest(self, **chosen: Any) -> NotificationPreferences:
        return self.prefer(**{"daily_digest": True, **chosen})

    def days(self, days: int) -> list[dict[str, Any]]:
        """Run the schedule each hour for some days, and return the digests that were sent in them."""
        before = len(self.pushes)
        for _ in range(24 * days):
            self.run_schedule(hours=1)
        return self.pushes[before:]

    def due(self) -> list[DuePush]:
        later = self.simulation.clock.now + timedelta(days=3)
        return [push for push in iter_due_pushes(self.simulation.chat_table, later) if push.is_digest]


@pytest.fixture
def evening() -> Iterator[Evening]:
    yield Evening()


def test_a5_a_digest_says_once_a_day_how_many_notifications_are_unread_and_of_which_kinds(evening: Evening) -> None:
    evening.apply(evening.comment(comment_id=new_id("com")), evening.like(3))
    evening.go_to(19, 59)
    assert evening.run_schedule() == 0
    assert evening.run_schedule(minutes=1) == 1
    day = evening.simulation.clock.now.astimezone(CHINA).date().isoformat()
    digest = {"type": "digest", "date": day, "count": 3, "has_more": False, "kinds": {"comment": 2, "like": 1}}
    assert evening.pushes == [digest]
    assert evening.run_schedule(minutes=1) == 0
    later = evening.days(3)
    assert [push["count"] for push in later] == [3, 3, 3]
    assert len({push["date"] for push in (digest, *later)}) == 4


def test_a5_there_is_no_digest_without_unread_notifications_and_the_next_day_has_one(evening: Evening) -> None:
    evening.read_all()
    assert evening.days(2) == []
    evening.apply(evening.comment(comment_id=new_id("com")))
    assert [push["count"] for push in evening.days(1)] == [1]


def test_a5_the_digest_is_off_by_default_and_ends_when_it_is_switched_off(evening: Evening) -> None:
    assert not NotificationPreferences(LIN.user_id).daily_digest
    evening.prefer_digest(daily_digest=False)
    assert evening.days(2) == []
    assert evening.due() == []
    evening.prefer_digest()
    assert len(evening.days(2)) == 2


def test_a5_the_digest_counts_what_the_list_shows(evening: Evening) -> None:
    evening.apply(evening.like(3))
    evening.prefer_digest(unlisted=frozenset({"like"}), unpushed=frozenset({"comment"}))
    (push,) = evening.days(1)
    assert (push["count"], push["kinds"], evening.unread()) == (1, {"comment": 1}, (1, False))
    evening.kick(LIN)
    assert evening.days(1) == []


def test_a5_the_digest_counts_at_most_ninety_nine() -> None:
    (push,) = Evening(unread=120).days(1)
    assert (push["count"], push["has_more"], push["kinds"]) == (99, True, {"comment": 99})


def test_a5_a_digest_in_quiet_hours_is_sent_at_their_end_and_once(evening: Evening) -> None:
    evening.prefer_digest(digest_at=time(23, 30), quiet_from=time(22), quiet_until=time(8))
    assert (evening.due()[-1].due_at.astimezone(CHINA).time(), len(evening.days(1))) == (time(8), 1)
    assert len(evening.days(3)) == 3


def test_a5_a_digest_that_is_late_in_quiet_hours_or_for_more_than_an_hour_is_left_out(evening: Evening) -> None:
    evening.prefer_digest(digest_at=time(21, 30))
    evening.go_to(22, 5)  # the schedule was late
    assert evening.run_schedule() == 0
    evening.prefer_digest(digest_at=time(13))
    evening.go_to(14, 1)
    assert evening.run_schedule() == 0
    assert len(evening.days(2)) == 2, "the next ones are sent"


def test_a5_a_later_hour_on_the_same_day_sends_no_second_digest(evening: Evening) -> None:
    evening.go_to(20)
    assert evening.run_schedule() == 1
    evening.prefer_digest(digest_at=time(21))
    assert [push["date"] > evening.pushes[0]["date"] for push in evening.days(2)] == [True]


def test_a5_many_changes_of_the_hour_leave_one_digest_a_day(evening: Evening) -> None:
    for hour in (13, 14, 15, 16, 14, 20, 13):
        evening.simulation.clock.advance(seconds=1)
        evening.prefer_digest(digest_at=time(hour))
    assert len(evening.days(4)) == 4
    assert len(evening.due()) == 1, "those of earlier choices are deleted"


def test_a5_a_clock_that_goes_back_sends_no_second_digest(evening: Evening) -> None:
    evening.go_to(20)
    assert evening.run_schedule() == 1
    plan_push(evening.simulation.chat_table, DuePush(evening.simulation.clock.now, LIN.user_id, is_digest=True))
    evening.simulation.clock.now -= timedelta(minutes=30)
    assert [evening.run_schedule(minutes=10) for _ in range(9)] == [0] * 9


def test_a5_two_runs_at_once_send_one_digest(evening: Evening) -> None:
    evening.go_to(20)
    assert sorted(race([partial(chat.send_due_pushes, evening.simulation.chat)] * 8)) == [0] * 7 + [1]
    assert len(evening.pushes) == 1


@pytest.mark.parametrize("is_sent", [False, True])
def test_a5_a_digest_whose_run_crashes_is_not_sent_twice(
    evening: Evening, monkeypatch: pytest.MonkeyPatch, is_sent: bool
) -> None:
    evening.go_to(20)
    send_all = evening.simulation.web_push.send_all

    def crash(*arguments: Any) -> Any:
        if is_sent:
            send_all(*arguments)
        raise RuntimeError("out of time")

    with monkeypatch.context() as patched:
        patched.setattr(evening.simulation.web_push, "send_all", crash)
        with pytest.raises(RuntimeError):
            evening.run_schedule()
    assert evening.run_schedule(minutes=1) == 0
    assert len(evening.pushes) == is_sent
    assert len(evening.days(2)) == 2, "the next ones are sent"


def test_a5_a_digest_that_failed_is_not_repeated(evening: Evening) -> None:
    evening.simulation.web_push.outcomes[PHONE] = PushOutcome.FAILED
    evening.go_to(20)
    evening.run_schedule()
    evening.simulation.web_push.outcomes.clear()
    assert evening.run_schedule(minutes=1) == 0
    assert len(evening.days(1)) == 1


def test_a5_a_digest_goes_to_each_browser_that_is_signed_in_and_to_no_other(evening: Evening) -> None:
    evening.subscribe_browser(endpoint=LAPTOP)
    evening.go_to(20)
    assert evening.run_schedule() == 2
    evening.subscribe_browser(by=HAO, endpoint=LAPTOP)
    assert len(evening.days(1)) == 1
    assert len(evening.simulation.web_push.pushes[LAPTOP]) == 1
    data = SignedOutData(user_id=LIN.user_id, signed_out_at=int(evening.simulation.clock.now.timestamp()))
    evening.apply(SignedOut(**envelope(evening.simulation, LIN.user_id), data=data))
    assert evening.days(1) == []


def test_a5_a_suspended_user_gets_no_digest(evening: Evening) -> None:
    data = AccountStatusChangedData(user_id=LIN.user_id, level="suspended", until=None, valid_after=0)
    evening.apply(AccountStatusChanged(**envelope(evening.simulation, LIN.user_id), data=data))
    assert evening.days(1) == []


def test_a5_a_deleted_account_has_no_digest_and_its_plan_ends(evening: Evening) -> None:
    for _ in erase_user_items(evening.simulation.chat_table, Erasure(LIN.user_id, deletes_content=False, version=1)):
        pass
    assert evening.days(2) == []
    items = evening.simulation.memory("chat").all_items()
    assert [item for item in items if item["pk"].startswith("PUSHES#") or item["sk"] == "NOTIFICATIONS"] == []


@pytest.mark.parametrize(
    ("chosen", "now", "expected"),
    [
        ({}, (12, 0), "2026-03-05T20:00"),
        ({}, (20, 0), "2026-03-06T20:00"),
        ({"digest_at": time(0)}, (23, 59), "2026-03-06T08:00"),
        ({"digest_at": time(0), "quiet": False}, (23, 59), "2026-03-06T00:00"),
        ({"digest_at": time(8)}, (7, 0), "2026-03-05T08:00"),
        ({"digest_at": time(22)}, (7, 0), "2026-03-05T08:00"),
        ({"digest_at": time(23, 59), "quiet": False}, (23, 59), "2026-03-06T23:59"),
    ],
)
def test_a5_the_next_digest_is_at_the_hour_in_china_and_never_in_quiet_hours(
    chosen: dict[str, Any], now: tuple[int, int], expected: str
) -> None:
    preferences = replace(NotificationPreferences(LIN.user_id, daily_digest=True), **chosen)
    at = datetime(2026, 3, 5, *now, tzinfo=CHINA).astimezone(UTC)
    due_at = preferences.next_digest_at(at)
    assert due_at.astimezone(CHINA).isoformat(timespec="minutes") == f"{expected}+08:00"
    assert preferences.is_digest_due(due_at, due_at)
    assert not preferences.is_quiet(due_at)


def test_a5_due_pushes_are_spread_over_shards_and_come_in_order_of_their_time() -> None:
    phone = Phone()
    pushes = [
        DuePush(phone.simulation.clock.now - timedelta(minutes=number % 7), user_id(f"user-{number}"), number % 2 == 0)
        for number in range(350)
    ]
    for push in pushes:
        plan_push(phone.simulation.chat_table, push)
    due = list(iter_due_pushes(phone.simulation.chat_table, phone.simulation.clock.now))
    assert due == sorted(due)
    assert set(due) == set(pushes)
    assert len({push.key.pk for push in pushes}) == SHARDS
