"""The scenarios of notifications, with their actions: likes of one minute, read marker, preferences, browsers and pushes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import NotificationPreferences
from services.circles import usecases as circles
from services.shared.kernel.pages import PageRequest
from simulation.setup.requests import change
from simulation.simulation import Simulation
from tests.kill.actions import CIRCLE, COMMENT_KEY, HAO, MEI, YAN, posted
from tests.kill.scenario import Scenario

ENDPOINT, P256DH, AUTH = "https://push.example.com/v1/mei", "B" * 87, "A" * 22


def like_again(simulation: Simulation) -> Any:
    return circles.like_note(simulation.circles, YAN, CIRCLE, posted(simulation).id)


def publish_likes(simulation: Simulation) -> None:
    """Run the schedule of circles 8 times: a later run continues what had a conflict before."""
    for _ in range(8):
        circles.handle_schedule(simulation.circles)


def comment(simulation: Simulation) -> Any:
    note_id = posted(simulation).id
    return circles.add_comment(simulation.circles, HAO, CIRCLE, note_id, COMMENT_KEY, text="好", parent_id=None)


def subscribe_browser(simulation: Simulation) -> Any:
    return chat.create_push_subscription(simulation.chat, MEI, ENDPOINT, P256DH, AUTH)


def unsubscribe_browser(simulation: Simulation) -> None:
    for subscription in chat.list_push_subscriptions(simulation.chat, MEI).items:
        chat.delete_push_subscription(simulation.chat, MEI, subscription.id)


def set_preferences(simulation: Simulation) -> Any:
    chosen = NotificationPreferences(MEI.user_id, unpushed=frozenset({"like"}))
    return chat.set_notification_preferences(simulation.chat, MEI, change(0, "preferences"), chosen)


def choose_digest(simulation: Simulation) -> Any:
    chosen = NotificationPreferences(MEI.user_id, daily_digest=True)
    return chat.set_notification_preferences(simulation.chat, MEI, change(0, "digest"), chosen)


def send_pushes(simulation: Simulation) -> None:
    """Send the pushes that are due. After a crash, the push is sent again, at most once more for each."""
    chat.send_due_pushes(simulation.chat)


def mark_read(simulation: Simulation) -> Any:
    return chat.mark_notifications_read(simulation.chat, MEI, simulation.clock.now)


def read_list(simulation: Simulation) -> None:
    (view,) = chat.list_notifications(simulation.chat, MEI, PageRequest()).items
    assert (str(view.notification.kind), view.read) == ("comment", False)


NOTIFICATIONS = (
    Scenario("like-again", like_again, "like", timedelta(seconds=1)),
    Scenario("publish-likes", publish_likes, "like-again", timedelta(minutes=1)),
    Scenario("subscribe-browser", subscribe_browser, "post-note"),
    Scenario("unsubscribe-browser", unsubscribe_browser, "subscribe-browser"),
    Scenario("comment-with-a-browser", comment, "subscribe-browser"),
    Scenario("list-notifications", read_list, "comment-with-a-browser"),
    Scenario("send-pushes", send_pushes, "comment-with-a-browser", timedelta(minutes=1)),
    Scenario("choose-digest", choose_digest, "send-pushes"),
    Scenario("send-digest", send_pushes, "choose-digest", timedelta(hours=8)),
    Scenario("mark-notifications-read", mark_read, "comment-with-a-browser"),
    Scenario("set-notification-preferences", set_preferences, "mark-notifications-read"),
)
