"""Reporting a message to the platform."""

from __future__ import annotations

from typing import Any

from services.chat.domain import Action, Message, Participant, Room
from services.chat.domain.surroundings import list_surroundings, numbers_around
from services.chat.errors import MessageNotFound
from services.chat.repository import messages, participants, rooms
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.messaging.events import MessageReported
from services.shared.pictures.evidence import ReportedPictures
from services.shared.security.auth import Caller
from services.shared.table.blocks import list_blocked_users
from services.shared.table.reports import ReportInput, ReportSubject, put_report


def report_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int, report_input: ReportInput) -> None:
    """Report a message, with its text and pictures as evidence. Unchanged if the caller reported this revision before.

    Text and state are of one read: of a message that is recalled at once, the report has the text, or there is none. The same
    read has up to 3 messages before and 3 after it, which the report has as the caller sees them. The stream deletes them from
    the report again, and review deletes them once the case is decided. The pictures are copied after the slot is used and
    before the report is stored, so no report is without them.

    Cost: 5 write units (2 of them from the stream) and 4.5 read units; more for long messages.
    Raises: CircleNotFound, CallerMuted, RoomNotFound, MessageNotFound (also for a tombstone, and for a message that was deleted
    meanwhile), RateLimitReached.
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.REPORT, ports.clock())
    room = rooms.require_room(ports.table, participant, room_id)
    message, around = messages.get_message_in_range(ports.table, circle_id, room_id, seq, numbers_around(seq))
    room.require_readable(message, participant.member_since, ports.clock())
    subject_id = f"{room_id}/{seq}"
    pictures = ReportedPictures(room_id, message.sender, tuple(picture.id for picture in message.pictures))
    named, copy_files = pictures.evidence(ports, "chat", subject_id)

    def copy_all() -> None:
        copy_files()
        if not all(ports.evidence.exists(f"{named['picture_folder']}/{picture_id}") for picture_id in pictures.ids):
            raise MessageNotFound  # it was deleted or taken down since it was read

    evidence = {"text": message.text, "listing_id": message.listing_id, "sent_at": rfc3339(message.sent_at), **named}
    surroundings = _surroundings(ports, participant, room, around)
    content = (message.sender, evidence, message.revision, copy_all, surroundings)
    subject = ReportSubject("message", subject_id, circle_id, *content)
    put_report(ports, MessageReported, subject, caller.user_id, report_input, settings().rate("report"))


def _surroundings(ports: Ports, reporter: Participant, room: Room, around: list[Message]) -> list[dict[str, Any]]:
    """Return what review receives of the messages around the reported one. The blocks are read if another user sent one."""
    has_others = any(message.sender not in ("", reporter.user_id) for message in around)
    blocked = list_blocked_users(ports.table, reporter.user_id) if has_others else ()
    seen = list_surroundings(around, room, member_since=reporter.member_since, blocked=blocked, at=ports.clock())
    return [
        {
            "seq": message.seq,
            "kind": str(message.kind),
            "sender": message.sender,
            "text": message.text,
            "sent_at": rfc3339(message.sent_at),
        }
        for message in seen
    ]
