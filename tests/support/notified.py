"""A circle whose members are notified of a note of Lin, and Lin's browsers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import NotificationPreferences
from services.shared.kernel.clock import CHINA, millis
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import (
    BlocksChanged,
    BlocksChangedData,
    CommentChanged,
    CommentChangedData,
    Event,
    NoteChanged,
    NoteChangedData,
    NoteLiked,
    NoteLikedData,
)
from services.shared.security.auth import Caller
from simulation.clock import NOON
from simulation.setup.chat import LIN, MEI, Lobby
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.streams import deliver, handle_new_changes

PHONE, LAPTOP = "https://push.example.com/phone", "https://push.example.com/laptop"
KEYS = {"p256dh": "B" * 87, "auth": "A" * 22}
NOTE, COMMENT, PARENT = new_id("note"), new_id("com"), new_id("com")


class Bell(Lobby):
    """A circle of Lin, Mei and Hao, with the events of a note of Lin."""

    def comment(self, by: Caller = MEI, *, visible: bool = True, version: int = 1, parent: str = "", **ids: str) -> Event:
        comment_id = ids.get("comment_id", COMMENT)
        data = CommentChangedData(
            circle_id=self.circle_id,
            note_id=ids.get("note_id", NOTE),
            comment_id=comment_id,
            author_id=by.user_id,
            note_author_id=LIN.user_id,
            parent_author_id=parent,
            created_at=NOON,
            is_visible=visible,
        )
        return CommentChanged(**envelope(self.simulation, comment_id, millis(NOON) - 1 + version), data=data)

    def note(self, *, visible: bool, version: int = 2) -> Event:
        data = NoteChangedData(
            circle_id=self.circle_id, note_id=NOTE, author_id=LIN.user_id, is_visible=visible, has_cards=False
        )
        return NoteChanged(**envelope(self.simulation, NOTE, version), data=data)

    def like(self, likes: int, *likers: Caller, version: int = 1) -> Event:
        ids = [liker.user_id for liker in likers]
        data = NoteLikedData(circle_id=self.circle_id, note_id=NOTE, author_id=LIN.user_id, likes=likes, liker_ids=ids)
        return NoteLiked(**envelope(self.simulation, NOTE, version), data=data)

    def apply(self, *events: Event) -> None:
        for event in events:
            deliver(self.simulation, "chat", event)

    def block(self, by: Caller, *blocked: Caller) -> None:
        data = BlocksChangedData(user_id=by.user_id, blocked=[user.user_id for user in blocked])
        self.apply(BlocksChanged(**envelope(self.simulation, by.user_id), data=data))

    def views(self, reader: Caller = LIN, limit: int = 20) -> list[chat.NotificationView]:
        return chat.list_notifications(self.simulation.chat, reader, PageRequest(limit)).items

    def kinds(self, reader: Caller = LIN) -> list[str]:
        return [str(view.notification.kind) for view in self.views(reader)]

    def unread(self, reader: Caller = LIN) -> tuple[int, bool]:
        unread = chat.count_unread_notifications(self.simulation.chat, reader)
        return unread.count, unread.has_more

    def read_all(self, reader: Caller = LIN) -> None:
        chat.mark_notifications_read(self.simulation.chat, reader, self.simulation.clock.now)

    def items(self) -> list[dict[str, Any]]:
        return [
            item for item in self.simulation.memory("chat").all_items() if item["pk"].startswith(("SUBJECT#", "NOTIFICATIONS#"))
        ]


class Phone(Bell):
    """Lin's browsers, in a circle with a note of Lin."""

    def subscribe_browser(self, by: Caller = LIN, endpoint: str = PHONE) -> str:
        return chat.create_push_subscription(self.simulation.chat, by, endpoint, **KEYS).id

    def prefer(self, by: Caller = LIN, **chosen: Any) -> NotificationPreferences:
        stored = chat.get_notification_preferences(self.simulation.chat, by)
        request = change(stored.version, new_id("key"))
        return chat.set_notification_preferences(
            self.simulation.chat, by, request, replace(NotificationPreferences(by.user_id), **chosen)
        )

    def comment_now(self, by: Caller = MEI) -> None:
        self.apply(self.comment(by, comment_id=new_id("com")))
        handle_new_changes(self.simulation, "chat")

    def run_schedule(self, **later: float) -> int:
        self.simulation.clock.advance(**later)
        return chat.send_due_pushes(self.simulation.chat)

    def go_to(self, hour: int, minute: int = 0) -> datetime:
        """Move the clock to the next such time in China."""
        now = self.simulation.clock.now.astimezone(CHINA)
        then = datetime.combine(now.date(), time(hour, minute), CHINA)
        self.simulation.clock.now += (then if then > now else then + timedelta(days=1)) - now
        return self.simulation.clock.now

    @property
    def pushes(self) -> list[dict[str, Any]]:
        return self.simulation.web_push.pushes.get(PHONE, [])
