"""Requests and responses of chat, over HTTP and WebSocket."""

from services.chat.schemas.notifications import (
    NotificationResponse,
    NotificationsReadRequest,
    NotificationsReadResponse,
    UnreadNotificationsResponse,
)
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
