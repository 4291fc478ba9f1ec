"""Requests and responses of chat, over HTTP and WebSocket."""

from services.chat.schemas.frames import PingFrame, ReadFrame, SendFrame, SubscribeFrame, TicketResponse
from services.chat.schemas.guardrails import RoomGuardrailsResponse
from services.chat.schemas.messages import (
    HistoryQuery,
    HistoryResponse,
    MessageRemovalRequest,
    MessageReportRequest,
    MessageResponse,
    MessageRevisionResponse,
    SendMessageRequest,
    SentMessageResponse,
    UpdateMessageRequest,
)
from services.chat.schemas.notification_preferences import NotificationPreferencesRequest, NotificationPreferencesResponse
from services.chat.schemas.notifications import (
    NotificationContent,
    NotificationResponse,
    NotificationsReadRequest,
    NotificationsReadResponse,
    UnreadNotificationsResponse,
)
from services.chat.schemas.pictures import PictureRequest
from services.chat.schemas.push_subscriptions import PushKeyResponse, PushSubscriptionRequest, PushSubscriptionResponse
from services.chat.schemas.reactions import ReactionCountResponse
from services.chat.schemas.rooms import (
    LastMessageResponse,
    OwnRoomResponse,
    ReadMarkerRequest,
    ReadMarkerResponse,
    RoomChangeRequest,
    RoomResponse,
    TopicRequest,
)
from services.shared.http.pictures import UploadedPictureResponse, UploadResponse
