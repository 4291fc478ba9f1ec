"""Actions of users on what they are notified of: preferences with the daily digest, and browsers that get web pushes."""

from __future__ import annotations

from simulation.soak.requests import etag_of
from simulation.soak.soak import Soak

KEYS = {"p256dh": "B" * 87, "auth": "A" * 22}
DIGEST_TIMES = ("12:00:00", "20:00:00", "21:30:00")  # in China; the last one is when the nights of a course begin


def subscribe_browser(soak: Soak) -> None:
    actor = soak.choose_actor(soak.with_role("founder", "member"))
    body = {"endpoint": f"https://push.example.com/v1/{soak.mark()}", **KEYS}
    response = soak.call(actor, "create_push_subscription", body=body)
    if response and response.status == 201:
        soak.learn("browsers", (actor.index, response.body["push_subscription_id"]))


def unsubscribe_browser(soak: Soak) -> None:
    if browser := soak.recent("browsers"):
        soak.call(soak.actors[browser[0]], "delete_push_subscription", {"push_subscription_id": browser[1]})


def set_preferences(soak: Soak) -> None:
    """A user with a browser chooses a daily digest, or none any more."""
    if browser := soak.recent("browsers"):
        actor = soak.actors[browser[0]]
        body = {
            "unlisted": [],
            "unpushed": ["like"] if soak.chance(0.3) else [],
            "quiet": soak.chance(0.5),
            "daily_digest": soak.chance(0.8),
            "digest_at": soak.randomness.choice(DIGEST_TIMES),
        }
        etag = etag_of(soak, actor, "get_notification_preferences", {})
        soak.call(actor, "set_notification_preferences", body=body, etag=etag)


ACTIONS = {subscribe_browser: 4, unsubscribe_browser: 1, set_preferences: 4}
