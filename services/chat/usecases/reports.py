"""Reporting a message to the platform."""

from __future__ import annotations

from services.chat.domain import Action
from services.chat.errors import MessageNotFound
from services.chat.repository import messages, participants, rooms
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.messaging.events import MessageReported
from services.shared.pictures.evidence import ReportedPictures
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportInput, ReportSubject, put_report


def report_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int, report_input: ReportInput) -> None:
    """Report a message, with its text and pictures as evidence. Unchanged if the caller reported this revision before.

    Text and state are of one read: of a message that is recalled at once, the report has the text, or there is none. The
    pictures are copied after the slot is used and before the report is stored, so no report is without them.

    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted, RoomNotFound, MessageNotFound (also for a tombstone, and for a message that was deleted
    meanwhile), RateLimitReached.
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.REPORT, ports.clock())
    room = rooms.require_room(ports.table, participant, room_id)
    message = messages.get_message(ports.table, circle_id, room_id, seq)
    room.require_readable(message, participant.member_since, ports.clock())
    subject_id = f"{room_id}/{seq}"
    pictures = ReportedPictures(room_id, message.sender, tuple(picture.id for picture in message.pictures))
    named, copy_files = pictures.evidence(ports, "chat", subject_id)

    def copy_all() -> None:
        copy_files()
        if not all(ports.evidence.exists(f"{named['picture_folder']}/{picture_id}") for picture_id in pictures.ids):
            raise MessageNotFound  # it was deleted or taken down since it was read

    evidence = {"text": message.text, "listing_id": message.listing_id, "sent_at": rfc3339(message.sent_at), **named}
    subject = ReportSubject("message", subject_id, circle_id, message.sender, evidence, message.revision, copy_files=copy_all)
    put_report(ports, MessageReported, subject, caller.user_id, report_input, settings().rate("report"))
