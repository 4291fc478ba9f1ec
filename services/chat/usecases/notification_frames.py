"""Notifications as frames and web pushes carry them."""

from __future__ import annotations

from typing import Any

from services.chat.domain import ABOUT, Notification
from services.shared.kernel.clock import rfc3339


def notification_frame(notification: Notification) -> dict[str, Any]:
    """Return a notification as frames and web pushes carry it: kinds and ids, by an allow-list."""
    return {
        "kind": str(notification.kind),
        "subject_id": notification.subject.id,
        **{name: notification.about.get(name) for name in ABOUT},
        "state": notification.state or None,
        "actors": list(notification.actors),
        "count": notification.count,
        "at": rfc3339(notification.at),
    }
