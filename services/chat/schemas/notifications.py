"""Requests and responses of notifications."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from services.chat.domain import ABOUT, Notification, NotificationKind
from services.chat.usecases import NotificationView, Unread
from services.shared.http.schemas import RequestModel, RequestMoment, ResponseModel
from services.shared.kernel.moments import Moment


class NotificationContent(ResponseModel):
    """What happened, by kinds and ids. A client composes the text, and asks the service that owns the subject for more."""

    kind: Annotated[NotificationKind, Field(description="Why the user is notified.", examples=["comment"])]
    subject_id: str
    circle_id: str | None
    room_id: Annotated[
        str | None,
        Field(
            description="The room of the message; `subject_id` ends with its number.",
            examples=["rom_01KB9ZQ4T8N3W5X7Y2V6R1M0CE"],
        ),
    ]
    note_id: str | None
    comment_id: str | None
    application_id: str | None
    succession_id: str | None
    case_id: str | None
    order_id: str | None
    content_kind: str | None
    content_id: str | None
    state: Annotated[
        str | None, Field(description="The state of the subject, as its service publishes it; null if the kind says it all.")
    ]
    actors: list[str]
    count: int
    at: Moment

    @classmethod
    def of(cls, notification: Notification, **more: bool) -> Self:
        return cls(
            kind=notification.kind,
            subject_id=notification.subject.id,
            **{name: notification.about.get(name) for name in ABOUT},
            state=notification.state or None,
            actors=list(notification.actors),
            count=notification.count,
            at=notification.at,
            **more,
        )


class NotificationResponse(NotificationContent):
    """A notification of the caller. There is one per kind and subject: a new one replaces it."""

    read: bool

    @classmethod
    def of_view(cls, view: NotificationView) -> NotificationResponse:
        return cls.of(view.notification, read=view.read)


class UnreadNotificationsResponse(ResponseModel):
    """How many of the caller's notifications are unread."""

    unread: int
    has_more: bool

    @classmethod
    def of(cls, unread: Unread) -> UnreadNotificationsResponse:
        return cls(unread=unread.count, has_more=unread.has_more)


class NotificationsReadRequest(RequestModel):
    """read_until: everything that arrived up to this moment is read."""

    read_until: RequestMoment


class NotificationsReadResponse(ResponseModel):
    """read_until: where the read marker is now."""

    read_until: Moment
