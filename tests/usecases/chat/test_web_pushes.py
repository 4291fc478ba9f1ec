"""A5: preferences, quiet hours, and web pushes to the browsers that a user subscribed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta

import pytest

from services.chat import usecases as chat
from services.chat.domain import NotificationPreferences, PushOutcome
from services.chat.settings import settings
from services.shared.kernel.errors import Invalid, PreconditionFailed, RateLimitReached
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData, SignedOut, SignedOutData
from simulation.settings import overridden
from simulation.setup.chat import HAO, LIN, MEI
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.streams import handle_new_changes
from tests.support.notified import LAPTOP, PHONE, Phone


@pytest.fixture
def phone() -> Iterator[Phone]:
    phone = Phone()
    phone.go_to(12, 1)
    yield phone


def test_a5_a_notification_reaches_each_browser_of_its_user_within_a_minute(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.subscribe_browser(endpoint=LAPTOP)
    phone.comment_now()
    assert phone.run_schedule() == 0
    assert phone.run_schedule(minutes=1) == 2
    assert [push["type"] for push in phone.pushes] == ["notification"]
    assert phone.pushes[0]["notification"]["kind"] == "comment"
    assert phone.pushes == phone.simulation.web_push.pushes[LAPTOP]
    assert phone.run_schedule(minutes=1) == 0


def test_a5_what_happens_within_a_minute_is_one_push_with_its_number(phone: Phone) -> None:
    phone.subscribe_browser()
    for _ in range(3):
        phone.comment_now()
    phone.run_schedule(minutes=1)
    assert phone.pushes == [{"type": "summary", "count": 3, "has_more": False}]


def test_a5_two_pushes_of_a_user_that_are_due_at_once_are_one(phone: Phone) -> None:
    phone.subscribe_browser()
    for _ in range(2):
        phone.comment_now()
        phone.simulation.clock.advance(minutes=1)
    phone.run_schedule(minutes=1)
    assert phone.pushes == [{"type": "summary", "count": 2, "has_more": False}]


def test_a5_what_was_read_or_has_ended_or_was_pushed_is_not_pushed(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.comment_now()
    phone.read_all()
    assert phone.run_schedule(minutes=1) == 0
    phone.apply(phone.comment())
    handle_new_changes(phone.simulation, "chat")
    phone.apply(phone.comment(visible=False, version=2))
    assert phone.run_schedule(minutes=1) == 0
    phone.comment_now()
    phone.run_schedule(minutes=1)
    phone.comment_now()
    phone.run_schedule(minutes=1)
    assert [push["type"] for push in phone.pushes] == ["notification", "notification"]


def test_a5_quiet_hours_hold_pushes_back_and_one_summary_goes_out_at_their_end(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.go_to(23)
    for _ in range(4):
        phone.comment_now()
        phone.run_schedule(hours=1)
    assert (phone.pushes, phone.unread()) == ([], (4, False))
    phone.go_to(7, 59)
    phone.run_schedule()
    assert phone.pushes == []
    phone.go_to(8)
    assert phone.run_schedule() == 1
    assert phone.pushes == [{"type": "summary", "count": 4, "has_more": False}]
    assert phone.run_schedule(minutes=1) == 0


def test_a5_quiet_hours_that_begin_after_the_notification_hold_its_push_back(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.comment_now()
    phone.prefer(quiet_from=time(12), quiet_until=time(13))
    assert phone.run_schedule(minutes=1) == 0
    phone.go_to(13)
    assert phone.run_schedule() == 1


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "hour", "is_quiet"),
    [
        (time(22), time(8), 23, True),
        (time(22), time(8), 7, True),
        (time(22), time(8), 8, False),
        (time(22), time(8), 21, False),
        (time(1), time(2), 1, True),
        (time(1), time(2), 2, False),
        (time(3), time(3), 3, False),
    ],
)
def test_a5_quiet_hours_are_in_china_time_and_can_span_midnight(
    phone: Phone, quiet_from: time, quiet_until: time, hour: int, is_quiet: bool
) -> None:
    preferences = NotificationPreferences(LIN.user_id, quiet_from=quiet_from, quiet_until=quiet_until)
    at = phone.go_to(hour)
    assert preferences.is_quiet(at) is is_quiet
    assert not replace(preferences, quiet=False).is_quiet(at)
    assert not preferences.is_quiet(preferences.next_push_at(at))
    assert timedelta(0) < preferences.next_push_at(at) - at <= timedelta(days=1)


def test_a5_a_kind_that_is_not_pushed_is_listed_and_one_that_is_not_listed_is_neither_counted(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.subscribe(LIN, "lin-1")
    phone.prefer(unpushed=frozenset({"comment"}))
    phone.comment_now()
    assert phone.run_schedule(minutes=1) == 0
    assert phone.kinds() == ["comment"]
    phone.prefer(unlisted=frozenset({"comment"}))
    phone.simulation.sockets.pushes.clear()
    phone.comment_now()
    assert (phone.kinds(), phone.unread(), phone.simulation.sockets.pushes) == ([], (0, False), {})
    phone.prefer()
    assert phone.kinds() == ["comment", "comment"]


def test_a5_preferences_are_changed_under_their_etag_and_keep_the_read_marker(phone: Phone) -> None:
    phone.comment_now()
    phone.read_all()
    first = phone.prefer(quiet=False)
    with pytest.raises(PreconditionFailed):
        chat.set_notification_preferences(phone.simulation.chat, LIN, change(0), NotificationPreferences(LIN.user_id))
    phone.simulation.clock.advance(seconds=1)
    second = phone.prefer(quiet=False)
    assert second == first == chat.get_notification_preferences(phone.simulation.chat, LIN)
    assert phone.unread() == (0, False)


def test_a5_a_user_has_at_most_ten_browsers_and_a_new_one_replaces_the_oldest(phone: Phone) -> None:
    with overridden(settings, max_push_subscriptions=2):
        ids = []
        for number in range(4):
            phone.simulation.clock.advance(seconds=1)
            ids.append(phone.subscribe_browser(endpoint=f"https://push.example.com/{number}"))
        stored = chat.list_push_subscriptions(phone.simulation.chat, LIN).items
    assert [each.id for each in stored] == ids[2:]


def test_a5_subscribing_again_is_one_subscription_and_unsubscribing_ends_it(phone: Phone) -> None:
    assert phone.subscribe_browser() == phone.subscribe_browser()
    (stored,) = chat.list_push_subscriptions(phone.simulation.chat, LIN).items
    for _ in range(2):
        chat.delete_push_subscription(phone.simulation.chat, LIN, stored.id)
    phone.comment_now()
    assert (phone.run_schedule(minutes=1), phone.pushes) == (0, [])


def test_a5_only_the_user_can_end_their_subscription(phone: Phone) -> None:
    subscription_id = phone.subscribe_browser()
    chat.delete_push_subscription(phone.simulation.chat, MEI, subscription_id)
    assert len(chat.list_push_subscriptions(phone.simulation.chat, LIN).items) == 1


@pytest.mark.parametrize("flaw", ["endpoint", "p256dh"])
def test_a5_a_browser_that_cannot_be_reached_is_not_stored(phone: Phone, flaw: str) -> None:
    phone.simulation.web_push.flaws[PHONE] = flaw
    with pytest.raises(Invalid) as raised:
        phone.subscribe_browser()
    assert [field.at for field in raised.value.fields] == [f"/{flaw}"]
    assert chat.list_push_subscriptions(phone.simulation.chat, LIN).items == []


def test_a5_subscriptions_have_a_rate_limit_also_those_with_a_flaw(phone: Phone) -> None:
    """Each try resolves the name of a host that the caller chose."""
    phone.simulation.web_push.flaws[PHONE] = "endpoint"
    with overridden(settings, push_subscription_burst=2):
        for _ in range(2):
            with pytest.raises(Invalid):
                phone.subscribe_browser()
        with pytest.raises(RateLimitReached):
            phone.subscribe_browser()


def test_a5_a_browser_belongs_to_the_user_who_subscribed_last(phone: Phone) -> None:
    phone.subscribe_browser(LIN)
    phone.subscribe_browser(HAO)
    phone.comment_now()
    assert (phone.run_schedule(minutes=1), phone.pushes) == (0, [])


@pytest.mark.parametrize(("outcome", "left"), [(PushOutcome.ENDED, 0), (PushOutcome.FAILED, 1), (PushOutcome.SENT, 1)])
def test_a5_a_subscription_that_has_ended_is_deleted_and_one_that_fails_stays(
    phone: Phone, outcome: PushOutcome, left: int
) -> None:
    phone.subscribe_browser()
    phone.simulation.web_push.outcomes[PHONE] = outcome
    phone.comment_now()
    phone.run_schedule(minutes=1)
    assert len(chat.list_push_subscriptions(phone.simulation.chat, LIN).items) == left


def test_a5_a_subscription_that_fails_for_3_days_is_deleted(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.simulation.web_push.outcomes[PHONE] = PushOutcome.FAILED
    for left in (1, 1, 1, 0):
        phone.comment_now()
        phone.run_schedule(minutes=1)
        assert len(chat.list_push_subscriptions(phone.simulation.chat, LIN).items) == left
        phone.simulation.clock.advance(days=1)
    phone.subscribe_browser()
    for outcome in (PushOutcome.FAILED, PushOutcome.SENT, PushOutcome.FAILED):
        phone.simulation.web_push.outcomes[PHONE] = outcome
        phone.comment_now()
        phone.run_schedule(minutes=1)
        phone.simulation.clock.advance(days=2)
    assert len(chat.list_push_subscriptions(phone.simulation.chat, LIN).items) == 1


def test_a5_signing_out_everywhere_ends_the_browsers_of_earlier_sign_ins(phone: Phone) -> None:
    phone.subscribe_browser()
    later = replace(MEI, user_id=LIN.user_id, signed_in_at=LIN.signed_in_at + 10_000)
    phone.subscribe_browser(later, LAPTOP)
    data = SignedOutData(user_id=LIN.user_id, signed_out_at=LIN.signed_in_at)
    phone.apply(SignedOut(**envelope(phone.simulation, LIN.user_id), data=data))
    assert [each.endpoint for each in chat.list_push_subscriptions(phone.simulation.chat, LIN).items] == [LAPTOP]


def test_a5_a_suspended_user_gets_no_push_and_the_others_do(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.comment_now()
    data = AccountStatusChangedData(user_id=LIN.user_id, level="suspended", until=None, valid_after=0)
    phone.apply(AccountStatusChanged(**envelope(phone.simulation, LIN.user_id), data=data))
    assert (phone.run_schedule(minutes=1), phone.pushes) == (0, [])


def test_a5_who_left_the_circle_gets_no_push_about_it(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.comment_now()
    phone.kick(LIN)
    phone.run_schedule(minutes=1)
    assert phone.pushes == []


def test_a5_a_user_without_a_browser_has_no_planned_push(phone: Phone) -> None:
    phone.comment_now()
    assert not [item for item in phone.simulation.memory("chat").all_items() if item["pk"].startswith("PUSHES#")]


def test_a5_a_web_push_has_no_text_and_no_name(phone: Phone) -> None:
    phone.subscribe_browser()
    phone.comment_now()
    phone.run_schedule(minutes=1)
    content = phone.pushes[0]["notification"]
    assert {name for name, value in content.items() if value is not None} == {
        *("kind", "subject_id", "circle_id", "note_id", "comment_id", "actors", "count", "at")
    }
