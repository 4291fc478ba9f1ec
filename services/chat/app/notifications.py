"""Routes of notifications."""

from __future__ import annotations

from services.chat import schemas, usecases, wiring
from services.chat.app.api import api
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller


@api.get("/notifications")
def list_notifications(caller: Caller, page: PageRequest) -> Page[schemas.NotificationResponse]:
    """List your notifications, newest first."""
    return usecases.list_notifications(wiring.ports(), caller, page).map(schemas.NotificationResponse.of_view)


@api.get("/notifications/unread")
def count_unread_notifications(caller: Caller) -> schemas.UnreadNotificationsResponse:
    """Get how many of your notifications are unread."""
    return schemas.UnreadNotificationsResponse.of(usecases.count_unread_notifications(wiring.ports(), caller))


@api.put("/notifications/read-marker", kind=ActionKind.PARTICIPATE)
def mark_notifications_read(caller: Caller, body: schemas.NotificationsReadRequest) -> schemas.NotificationsReadResponse:
    """Mark your notifications as read, all that arrived up to a moment. The marker only moves forwards."""
    read_until = usecases.mark_notifications_read(wiring.ports(), caller, body.read_until)
    return schemas.NotificationsReadResponse(read_until=read_until)
