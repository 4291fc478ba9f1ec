"""Routes of notifications."""

from __future__ import annotations

from services.chat import schemas, usecases, wiring
from services.chat.app.api import api
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
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


@api.get("/notification-preferences")
def get_notification_preferences(caller: Caller) -> schemas.NotificationPreferencesResponse:
    """Get what you are notified of, and your quiet hours."""
    ports = wiring.ports()
    preferences = usecases.get_notification_preferences(ports, caller)
    return schemas.NotificationPreferencesResponse.of(preferences, ports.clock())


@api.put("/notification-preferences", kind=ActionKind.PARTICIPATE)
def set_notification_preferences(
    caller: Caller, request: ChangeRequest, body: schemas.NotificationPreferencesRequest
) -> schemas.NotificationPreferencesResponse:
    """Choose which kinds are listed and pushed, and your quiet hours: nothing is pushed then, and one summary at their end."""
    ports = wiring.ports()
    chosen = body.to_preferences(caller.user_id)
    preferences = usecases.set_notification_preferences(ports, caller, request, chosen)
    return schemas.NotificationPreferencesResponse.of(preferences, ports.clock())
