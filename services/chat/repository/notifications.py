"""Notifications, and the visibility of their subjects.

All notifications about a subject are in the partition of what it belongs to, so one query finds them. A visible one is in the
index of its user. An item without a user is the state of a subject that has ended; it is never deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from services.chat.domain import Notification, NotificationKind, Subject
from services.chat.errors import NotificationNotFound
from services.chat.settings import settings
from services.shared.kernel.clock import from_millis, millis, rfc3339
from services.shared.kernel.errors import Unavailable
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table
from services.shared.table.versioned import Versioned, put_if_newer

SUBJECT = "SUBJECT#"
INDEX = "gsi1"
PAGE_SIZE = 1000
MAX_CHANGES = 200  # of one call
MAX_ROUNDS = 5  # of one call; the inbox queue delivers the event again
MILLISECOND = timedelta(milliseconds=1)


def notification_key(notification: Notification) -> Key:
    subject = notification.subject
    return Key(f"{SUBJECT}{subject.root}", f"{subject.id}#{notification.user_id}#{notification.kind}")


def subject_key(root: str, subject_id: str) -> Key:
    return Key(f"{SUBJECT}{root}", subject_id)


def put_notification(table: Table, notification: Notification) -> None:
    """Store a notification instead of an older one. Unchanged if the stored one is as new or newer."""
    put_if_newer(table, notification_to_item(notification))


def delete_notification(table: Table, notification: Notification) -> None:
    table.delete(notification_key(notification), when=None)


def load_notification_or(table: Table, new: Notification) -> Versioned[Notification]:
    return NOTIFICATIONS.load_or(table, notification_key(new), new)


def find_notification(table: Table, key: Key) -> Notification | None:
    """Return a notification as it is now, by a consistent read."""
    return NOTIFICATIONS.find(table, key, consistent_read=True)


def list_notifications(
    table: Table,
    user_id: str,
    page: PageRequest,
    at: datetime,
    is_listed: Callable[[Notification], bool],
    after: datetime | None = None,
) -> Page[Notification]:
    """Return a page of a user's visible notifications that are listed and not expired, newest first.

    after: only those that arrived later.
    Cost: 0.5 read units per 4 KB, some 10 notifications; entries that are left out cost the same, up to some 1,500.
    """
    expired_at = at - settings().notification_lifetime
    first = rfc3339(max(expired_at, after) + MILLISECOND if after else expired_at)
    pk, start = f"NOTIFICATIONS#{user_id}", page.start
    query = Query(pk=pk, index=INDEX, first=first, limit=page.limit, start=start, newest_first=True)
    return NOTIFICATIONS.list(table, query, is_listed)


def iter_visible_keys(table: Table, user_id: str) -> Iterator[Key]:
    """Yield the keys of all visible notifications of a user. Cost: 0.5 read units per 4 KB."""
    items = query_all(table, Query(pk=f"NOTIFICATIONS#{user_id}", index=INDEX, limit=PAGE_SIZE))
    return (Key.of(item) for item in items)


def put_subject_state(table: Table, subject: Subject, version: int, *, is_visible: bool) -> None:
    """Store whether a subject is visible. Unchanged if the stored state is as new or newer."""
    item = subject_key(subject.root, subject.id).attributes()
    put_if_newer(table, {**item, "is_visible": is_visible, "version": version})


def update_visibility(table: Table, root: str, subject_id: str = "", *, first: str = "") -> str | None:
    """Hide and show the notifications of a root, or of one of its subjects, as the stored states say.

    Who ends a subject stores its state first, then reads its notifications; who notifies stores the notification first, then
    reads the states. So whichever comes second sees the other. And each reads again after it has written, so the last one to
    write has seen the latest states.
    One call changes at most 200, of the thousands that a note can have. Returns the subject at which to continue, as `first`;
    None if all from there on are as the states say.
    Cost: 1 read unit, 1 per 4 KB of notifications, and 2 write units per notification that changes.
    Raises: Unavailable (other writes came in between in each round).
    """
    for _ in range(MAX_ROUNDS):
        wrong = list(islice(_iter_wrong(table, root, subject_id, first), MAX_CHANGES + 1))
        for notification in wrong[:MAX_CHANGES]:
            _put_visibility(table, notification, is_hidden=not notification.is_hidden)
        if not wrong:
            return None
        if len(wrong) > MAX_CHANGES:
            return wrong[-1].subject.id
    raise Unavailable(retry_after=1)


def _iter_wrong(table: Table, root: str, subject_id: str, first: str) -> Iterator[Notification]:
    """Yield the notifications that are hidden or visible against the states. The state of a subject sorts before them."""
    states: dict[str, bool] = {}
    if subject_id != root and (item := table.get(subject_key(root, root), consistent_read=True)):
        states[root] = bool(item["is_visible"])
    bounds = {"first": first} if first else {"prefix": subject_id or None}
    query = Query(pk=f"{SUBJECT}{root}", limit=PAGE_SIZE, consistent_read=True, **bounds)
    for item in query_all(table, query):
        if "is_visible" in item:
            states[item["sk"]] = bool(item["is_visible"])
            continue
        notification = notification_from_item(item)
        if notification.is_hidden is _is_visible(notification, states):
            yield notification


def _is_visible(notification: Notification, states: Mapping[str, bool]) -> bool:
    return states.get(notification.subject.root, True) and states.get(notification.subject.id, True)


def _put_visibility(table: Table, notification: Notification, *, is_hidden: bool) -> None:
    """Take a notification out of its user's index, or put it back. Unchanged if a newer one has replaced it."""
    unchanged, keys = Attr("version").eq(notification.version), _index_keys(notification)
    change: dict[str, Any] = {"remove": tuple(keys)} if is_hidden else {"set": keys}
    with suppress(ConditionFailed):
        table.update(notification_key(notification), when=unchanged, **change)


def _index_keys(notification: Notification) -> Item:
    subject, at = notification.subject, rfc3339(notification.at)
    return {"gsi1pk": f"NOTIFICATIONS#{notification.user_id}", "gsi1sk": f"{at}#{subject.id}#{notification.kind}"}


def is_notification_item(item: Item) -> bool:
    return item["pk"].startswith(SUBJECT) and "is_visible" not in item


def notification_to_item(notification: Notification) -> Item:
    item: Item = {
        **notification_key(notification).attributes(),
        "version": notification.version,
        "at": millis(notification.at),
        "about": dict(notification.about),
        "actors": list(notification.actors),
        "count": notification.count,
        "expires_at": millis(notification.at + settings().notification_lifetime) // 1000,
    }
    if notification.state:
        item["state"] = notification.state
    return item if notification.is_hidden else item | _index_keys(notification)


def notification_from_item(item: Item) -> Notification:
    subject_id, user_id, kind = item["sk"].split("#")
    return Notification(
        user_id=user_id,
        kind=NotificationKind(kind),
        subject=Subject(item["pk"].removeprefix(SUBJECT), subject_id),
        version=item["version"],
        at=from_millis(item["at"]),
        about=item["about"],
        state=item.get("state", ""),
        actors=tuple(item["actors"]),
        count=item["count"],
        is_hidden="gsi1pk" not in item,
    )


NOTIFICATIONS = EntityStore(notification_to_item, notification_from_item, NotificationNotFound)
