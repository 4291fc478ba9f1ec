"""Pushing notifications to the open connections of their users, and planning their web pushes."""

from __future__ import annotations

from services.chat.domain import Notification
from services.chat.repository import notifications, sockets
from services.chat.usecases.notification_frames import notification_frame
from services.chat.usecases.notifications import get_reader
from services.chat.usecases.ports import Ports
from services.chat.usecases.web_pushes import plan_web_push
from services.shared.kernel.clock import millis
from services.shared.messaging.stream import Change, Changes


def push_notifications(ports: Ports, changes: Changes) -> None:
    """Push new and renewed notifications to the connections of their users, and plan their web pushes.

    A push is a hint; the list is authoritative. A repeat pushes the same frame again.
    Cost: 1 read unit for the notification, 0.5 for the connections, and for a user with one those of the list; 0.5 for the
    subscriptions.
    """
    for change in changes:
        notification = notifications.find_notification(ports.table, change.key)
        if notification and notification.version == (change.new or {})["version"] and not notification.is_hidden:
            _push_to_sockets(ports, notification)
            plan_web_push(ports, notification)


def is_renewed(change: Change) -> bool:
    """Whether a change of a notification is to be pushed: new, or with a later state, and visible."""
    new, old = change.new, change.old
    if new is None or not notifications.is_notification_item(new) or "gsi1pk" not in new:
        return False
    return old is None or old["at"] < new["at"] or old["version"] < new["version"]


def _push_to_sockets(ports: Ports, notification: Notification) -> None:
    now = millis(ports.clock()) // 1000
    connections = sockets.list_live_connections(ports.table, notification.user_id, now)
    if not connections or not get_reader(ports, notification.user_id).is_listed(notification):
        return
    frame = {"type": "notification", "notification": notification_frame(notification)}
    for connection_id in ports.sockets.post_all(dict.fromkeys(connections, frame)):
        sockets.delete_socket(ports.table, connection_id, notification.user_id)
