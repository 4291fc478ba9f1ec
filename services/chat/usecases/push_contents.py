"""What a web push has: one notification, the number of several, or the daily digest. Kinds, ids and numbers, no text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.chat.domain import Notification, PushSubscription
from services.chat.repository import notification_preferences as preferences
from services.chat.repository import notifications
from services.chat.repository import push_subscriptions as repository
from services.chat.repository.due_pushes import DuePush, plan_push
from services.chat.settings import settings
from services.chat.usecases.notification_frames import notification_frame
from services.chat.usecases.notifications import get_reader
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import china_day, start_of_china_day
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import SanctionLevel, get_account_status

Push = tuple[PushSubscription, bytes]


@dataclass(frozen=True, slots=True)
class Composed:
    """The push of a user for each of their browsers. pushed_until: until when it has what is new; None for a digest."""

    user_id: str
    pushes: Sequence[Push] = ()
    pushed_until: datetime | None = None


def compose_push(ports: Ports, due: DuePush) -> Composed:
    """Return a push that is due: without browsers if there is nothing to push, or if nothing can be pushed now."""
    return _compose_digest(ports, due) if due.is_digest else _compose_new(ports, due.user_id)


def _compose_new(ports: Ports, user_id: str) -> Composed:
    """Return the push of what a user was not pushed yet.

    The push marker moves after the push was tried, also if it failed: so a crash repeats a push, and a failure makes the next
    one no longer.
    """
    at, reader = ports.clock(), get_reader(ports, user_id)
    if reader.preferences.is_quiet(at):
        plan_push(ports.table, DuePush(reader.preferences.next_push_at(at), user_id))
        return Composed(user_id)
    page, after = PageRequest(settings().max_unread_notifications), reader.preferences.push_start
    new = notifications.list_notifications(ports.table, user_id, page, at, reader.is_pushed, after)
    if not new.items:
        return Composed(user_id)
    browsers = _list_browsers(ports, user_id, at)
    if browsers is None:
        return Composed(user_id)
    payload = _new_payload(new.items, has_more=new.next is not None)
    return Composed(user_id, [(browser, payload) for browser in browsers], new.items[0].at)


def _compose_digest(ports: Ports, due: DuePush) -> Composed:
    """Return the daily digest of a user, and plan the next one first. It counts what the list shows as unread.

    It is claimed before it is sent: two runs at once, a crash and a clock that goes back send it at most once a day. One that
    crashes in between is lost, as a push that failed.
    Cost: 1 write unit for the next one, and the reads of the unread count; with browsers 1 write unit, 0.5 read units for the
    account status, 0.5 for the browsers and 0.5 for each.
    """
    at, reader = ports.clock(), get_reader(ports, due.user_id)
    if reader.preferences.has_digest_at(due.due_at):
        plan_push(ports.table, DuePush(reader.preferences.next_digest_at(max(at, due.due_at)), due.user_id, is_digest=True))
    if not reader.preferences.is_digest_due(due.due_at, at):
        return Composed(due.user_id)
    page, after = PageRequest(settings().max_unread_notifications), reader.preferences.read_until
    unread = notifications.list_notifications(ports.table, due.user_id, page, at, reader.is_listed, after)
    browsers = _list_browsers(ports, due.user_id, at) if unread.items else []
    day = china_day(due.due_at)
    if not browsers or not preferences.claim_digest(ports.table, due.user_id, start_of_china_day(day)):
        return Composed(due.user_id)
    kinds = Counter(str(notification.kind) for notification in unread.items)
    content = {"type": "digest", "date": day.isoformat(), "count": kinds.total(), "has_more": unread.next is not None}
    payload = _to_json({**content, "kinds": dict(sorted(kinds.items()))})
    return Composed(due.user_id, [(browser, payload) for browser in browsers])


def _list_browsers(ports: Ports, user_id: str, at: datetime) -> list[PushSubscription] | None:
    """Return the user's browsers that are still signed in, and are still the user's; None for a suspended user."""
    status = get_account_status(ports.table, user_id)
    if status.at(at).includes(SanctionLevel.SUSPENDED):
        return None
    valid_after = max(status.valid_after, status.signed_out_at)
    signed_in = [each for each in repository.list_subscriptions(ports.table, user_id) if each.signed_in_at > valid_after]
    return [browser for browser in signed_in if repository.belongs_to_user(ports.table, browser)]


def _new_payload(new: Sequence[Notification], *, has_more: bool) -> bytes:
    if len(new) == 1:
        return _to_json({"type": "notification", "notification": notification_frame(new[0])})
    return _to_json({"type": "summary", "count": len(new), "has_more": has_more})


def _to_json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
