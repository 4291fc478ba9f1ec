"""The actions of notifications and web pushes: how to run them, and their floors."""

from __future__ import annotations

from functools import partial

from bench.dataset import HAO, LIN, MEI, BenchDataset, new_id_for
from bench.measure import Action
from services.chat import usecases as chat
from services.chat.domain import NotificationPreferences
from services.review.repository.report_outcomes import MAX_REPORTERS
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import CommentChanged, CommentChangedData, ReportsDecided, ReportsDecidedData
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.streams import deliver
from simulation.users import user_id

ENDPOINT, P256DH, AUTH = "https://push.example.com/v1/lin", "B" * 87, "A" * 22
_action = partial(Action, "chat")


def _comment(dataset: BenchDataset) -> None:
    """Deliver that Mei commented on a note of Lin, in reply to Hao."""
    comment_id, at = new_id("com"), dataset.simulation.clock.now
    data = CommentChangedData(
        circle_id=dataset.circle,
        note_id=dataset.ids["note"],
        comment_id=comment_id,
        author_id=MEI.user_id,
        note_author_id=LIN.user_id,
        parent_author_id=HAO.user_id,
        created_at=at,
        is_visible=True,
    )
    dataset.ids["comment"] = comment_id
    deliver(dataset.simulation, "chat", CommentChanged(**envelope(dataset.simulation, comment_id), data=data))


def notify(dataset: BenchDataset) -> None:
    """Lin has n unread notifications."""
    _comment(dataset)
    comment_id = dataset.ids["comment"]
    dataset.multiply("chat", lambda item: item["sk"].startswith(f"{comment_id}#{LIN.user_id}"), new_id_for("com", comment_id))


def _subscribe_browser(dataset: BenchDataset) -> None:
    subscription = chat.create_push_subscription(dataset.simulation.chat, LIN, ENDPOINT, P256DH, AUTH)
    dataset.ids["push_subscription"] = subscription.id


def _reports_decided(dataset: BenchDataset) -> None:
    """Deliver that the reports of 100 users have an outcome."""
    case_id, reporters = new_id("cas"), [user_id(f"reporter-{number}") for number in range(MAX_REPORTERS)]
    data = ReportsDecidedData(case_id=case_id, content_kind="note", reporter_ids=reporters, outcome="upheld")
    deliver(dataset.simulation, "chat", ReportsDecided(**envelope(dataset.simulation, case_id), data=data))


def _choose_digest(dataset: BenchDataset) -> None:
    chosen = NotificationPreferences(LIN.user_id, daily_digest=True)
    chat.set_notification_preferences(dataset.simulation.chat, LIN, change(0), chosen)


def _digest_due(dataset: BenchDataset) -> None:
    """Lin has 20 unread notifications at the moment of the daily digest, and no other push is due."""
    notify(dataset)
    _subscribe_browser(dataset)
    _choose_digest(dataset)
    preferences = chat.get_notification_preferences(dataset.simulation.chat, LIN)
    dataset.simulation.clock.now = preferences.next_digest_at(dataset.simulation.clock.now)


def _set_preferences(dataset: BenchDataset) -> None:
    chosen = NotificationPreferences(LIN.user_id, unpushed=frozenset({"like"}))
    chat.set_notification_preferences(dataset.simulation.chat, LIN, change(0), chosen)


NOTIFICATIONS = (
    _action(
        "list notifications, 20", lambda d: chat.list_notifications(d.simulation.chat, LIN, PageRequest(20)), (0, 3.5), notify
    ),
    _action("count unread notifications", lambda d: chat.count_unread_notifications(d.simulation.chat, LIN), None, notify),
    _action(
        "mark notifications as read", lambda d: chat.mark_notifications_read(d.simulation.chat, LIN, d.simulation.clock.now)
    ),
    _action("set notification preferences", _set_preferences),
    _action("choose a daily digest", _choose_digest),
    _action(
        "send a daily digest",
        lambda d: chat.send_due_pushes(d.simulation.chat),
        None,
        _digest_due,
        trigger="none",
        authorizes=False,
    ),
    _action("subscribe a browser", _subscribe_browser),
    _action("list browsers", lambda d: chat.list_push_subscriptions(d.simulation.chat, LIN), None, _subscribe_browser),
    _action(
        "unsubscribe a browser",
        lambda d: chat.delete_push_subscription(d.simulation.chat, LIN, d.ids["push_subscription"]),
        None,
        _subscribe_browser,
    ),
    _action("apply a comment event", _comment, None, trigger="none"),
    _action("apply the outcome of 100 reports", _reports_decided, None, trigger="none", authorizes=False),
)
