"""Requests and responses of chat, over HTTP and WebSocket."""

from services.chat.schemas.notification_preferences import NotificationPreferencesRequest, NotificationPreferencesResponse
from services.chat.schemas.notifications import (
    NotificationContent,
    NotificationResponse,
    NotificationsReadRequest,
    NotificationsReadResponse,
    UnreadNotificationsResponse,
)
from services.chat.schemas.push_subscriptions import PushKeyResponse, PushSubscriptionRequest, PushSubscriptionResponse
from services.chat.schemas.rooms import (
    HistoryQuery,
    HistoryResponse,
    LastMessageResponse,
    MessageReportRequest,
    MessageResponse,
    OwnRoomResponse,
    PingFrame,
    ReadFrame,
    ReadMarkerRequest,
    ReadMarkerResponse,
    RoomResponse,
    SendFrame,
    SendMessageRequest,
    SentMessageResponse,
    SubscribeFrame,
    TicketResponse,
)
