"""Web pushes: what happened since the last one, in one push per user and minute, and the daily digest. None in quiet hours.

They are sent by the schedule, not by the function that reads the stream: a push service that is slow, and that a user chose,
must not hold back the heads of rooms and the frames of others.
"""

from __future__ import annotations

from itertools import islice

from services.chat.domain import Notification, PushOutcome, PushSubscription
from services.chat.repository import due_pushes
from services.chat.repository import notification_preferences as preferences
from services.chat.repository import push_subscriptions as repository
from services.chat.repository.due_pushes import DuePush
from services.chat.usecases.ports import Ports
from services.chat.usecases.push_contents import compose_push
from services.shared.kernel.observability import record_metric
from services.shared.kernel.remaining_time import HasTime, always

PUSHES_AT_ONCE = 16
METRICS = {PushOutcome.SENT: "WebPushesSent", PushOutcome.FAILED: "WebPushesFailed"}


def plan_web_push(ports: Ports, notification: Notification) -> None:
    """Plan the next push of a user with a subscription: for the next minute, or for the end of the quiet hours.

    Cost: 0.5 read units; with a subscription 0.5 more and 1 write unit.
    """
    if repository.list_subscriptions(ports.table, notification.user_id):
        stored = preferences.load_preferences(ports.table, notification.user_id).entity
        if str(notification.kind) not in stored.unpushed:
            due_pushes.plan_push(ports.table, DuePush(stored.next_push_at(ports.clock()), notification.user_id))


def send_due_pushes(ports: Ports, has_time: HasTime = always) -> int:
    """Send the pushes that are due, while there is time, and return their number. Runs every minute.

    A run that crashed after a push was sent sends it again, but no daily digest. A push that fails is not repeated: the list
    is authoritative.
    Cost: 2 read units without a due push.
    """
    due, sent = due_pushes.iter_due_pushes(ports.table, ports.clock()), 0
    while has_time() and (batch := list(islice(due, PUSHES_AT_ONCE))):
        # What is new is one push of a user, also if it is due several times.
        distinct = {(each.user_id, each.due_at if each.is_digest else None): each for each in batch}
        composed = [compose_push(ports, each) for each in distinct.values()]
        pushes = [push for each in composed for push in each.pushes]
        outcomes = ports.web_push.send_all(pushes, ports.clock()) if pushes else []
        for (subscription, _), outcome in zip(pushes, outcomes, strict=True):
            _store_outcome(ports, subscription, outcome)
        for each in composed:
            if each.pushed_until:
                preferences.advance_marker(ports.table, each.user_id, preferences.PUSHED_UNTIL, each.pushed_until)
        for push in batch:
            due_pushes.delete_due_push(ports.table, push)
        for outcome, metric in METRICS.items():
            if number := outcomes.count(outcome):
                record_metric(metric, number)
        sent += outcomes.count(PushOutcome.SENT)
    return sent


def delete_push_subscriptions(ports: Ports, user_id: str, signed_out_at: int) -> None:
    """Delete the subscriptions of a user's sign-ins until a moment, in seconds since 1970."""
    for subscription in repository.list_subscriptions(ports.table, user_id, consistent_read=True):
        if subscription.signed_in_at <= signed_out_at:
            repository.delete_subscription(ports.table, user_id, subscription.id)


def _store_outcome(ports: Ports, subscription: PushSubscription, outcome: PushOutcome) -> None:
    after = subscription.after(outcome, at=ports.clock())
    if after is None:
        repository.delete_subscription(ports.table, subscription.user_id, subscription.id)
    elif after != subscription:
        repository.update_subscription(ports.table, after)
