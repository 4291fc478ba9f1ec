"""Web pushes: what happened since the last one, in one push per user and minute, and none in quiet hours.

They are sent by the schedule, not by the function that reads the stream: a push service that is slow, and that a user chose,
must not hold back the heads of rooms and the frames of others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from services.chat.domain import Notification, PushOutcome, PushSubscription
from services.chat.repository import notification_preferences as preferences
from services.chat.repository import notifications
from services.chat.repository import push_subscriptions as repository
from services.chat.settings import settings
from services.chat.usecases.notification_frames import notification_frame
from services.chat.usecases.notifications import get_reader
from services.chat.usecases.ports import Ports
from services.shared.kernel.observability import record_metric
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.remaining_time import HasTime, always
from services.shared.security.account_status import SanctionLevel, get_account_status

USERS_AT_ONCE = 16
Push = tuple[PushSubscription, bytes]


def plan_web_push(ports: Ports, notification: Notification) -> None:
    """Plan the next push of a user with a subscription: for the next minute, or for the end of the quiet hours.

    Cost: 0.5 read units; with a subscription 0.5 more and 1 write unit.
    """
    if repository.list_subscriptions(ports.table, notification.user_id):
        stored = preferences.load_preferences(ports.table, notification.user_id).entity
        if str(notification.kind) not in stored.unpushed:
            repository.plan_push(ports.table, notification.user_id, stored.next_push_at(ports.clock()))


def send_due_pushes(ports: Ports, has_time: HasTime = always) -> int:
    """Send the pushes that are due, while there is time, and return their number. Runs every minute.

    A run that crashed after a push was sent sends it again. One that fails is not repeated: the list is authoritative.
    Cost: 0.5 read units without a due push.
    """
    due, sent = repository.iter_due_pushes(ports.table, ports.clock()), 0
    while has_time() and (users := list(islice(due, USERS_AT_ONCE))):
        composed = {user_id: _compose(ports, user_id) for user_id in dict.fromkeys(user_id for user_id, _ in users)}
        pushes = [push for user_pushes, _ in composed.values() for push in user_pushes]
        outcomes = ports.web_push.send_all(pushes, ports.clock()) if pushes else []
        for (subscription, _), outcome in zip(pushes, outcomes, strict=True):
            _store_outcome(ports, subscription, outcome)
        for user_id, (_, pushed_until) in composed.items():
            if pushed_until:
                preferences.advance_marker(ports.table, user_id, preferences.PUSHED_UNTIL, pushed_until)
        for user_id, due_at in users:
            repository.delete_due_push(ports.table, user_id, due_at)
        sent += outcomes.count(PushOutcome.SENT)
    return sent


def delete_push_subscriptions(ports: Ports, user_id: str, signed_out_at: int) -> None:
    """Delete the subscriptions of a user's sign-ins until a moment, in seconds since 1970."""
    for subscription in repository.list_subscriptions(ports.table, user_id, consistent_read=True):
        if subscription.signed_in_at <= signed_out_at:
            repository.delete_subscription(ports.table, user_id, subscription.id)


def _compose(ports: Ports, user_id: str) -> tuple[list[Push], datetime | None]:
    """Return the push of a user for each of their browsers, and until when it has what happened.

    None if there is nothing new, or if nothing can be pushed now. The push marker moves after the push was tried, also if it
    failed: so a crash repeats a push, and a failure makes the next one no longer.
    """
    at, reader = ports.clock(), get_reader(ports, user_id)
    if reader.preferences.is_quiet(at):
        repository.plan_push(ports.table, user_id, reader.preferences.next_push_at(at))
        return [], None
    status = get_account_status(ports.table, user_id)
    page, after = PageRequest(settings().max_unread_notifications), reader.preferences.push_start
    new = notifications.list_notifications(ports.table, user_id, page, at, reader.is_pushed, after)
    if not new.items or status.at(at).includes(SanctionLevel.SUSPENDED):
        return [], None
    payload, valid_after = _payload(new.items, has_more=new.next is not None), max(status.valid_after, status.signed_out_at)
    signed_in = [each for each in repository.list_subscriptions(ports.table, user_id) if each.signed_in_at > valid_after]
    pushes = [(browser, payload) for browser in signed_in if repository.belongs_to_user(ports.table, browser)]
    return pushes, new.items[0].at


def _payload(new: Sequence[Notification], *, has_more: bool) -> bytes:
    """Return one notification, or the number of several: kinds and ids, no text."""
    content: dict[str, Any] = {"type": "summary", "count": len(new), "has_more": has_more}
    if len(new) == 1:
        content = {"type": "notification", "notification": notification_frame(new[0])}
    return json.dumps(content, separators=(",", ":")).encode()


def _store_outcome(ports: Ports, subscription: PushSubscription, outcome: PushOutcome) -> None:
    after = subscription.after(outcome, at=ports.clock())
    if outcome is PushOutcome.FAILED:
        record_metric("WebPushesFailed", 1)
    if after is None:
        repository.delete_subscription(ports.table, subscription.user_id, subscription.id)
    elif after != subscription:
        repository.update_subscription(ports.table, after)
