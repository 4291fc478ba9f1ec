"""Reporting a message to the platform."""

from __future__ import annotations

from services.chat.domain import Action
from services.chat.repository import messages, participants, rooms
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.messaging.events import MessageReported
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportInput, ReportSubject, put_report


def report_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int, report_input: ReportInput) -> None:
    """Report a message, with its text as evidence. Unchanged if the caller reported it before.

    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted, RoomNotFound, MessageNotFound (also for a void, and for a message that is down),
    RateLimitReached.
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.REPORT, ports.clock())
    room = rooms.require_room(ports.table, participant, room_id)
    message = messages.get_message(ports.table, circle_id, room_id, seq)
    room.require_visible(message, participant.member_since, ports.clock())
    evidence = {"text": message.text, "listing_id": message.listing_id, "sent_at": rfc3339(message.sent_at)}
    subject = ReportSubject("message", f"{room_id}/{seq}", circle_id, message.sender, evidence)
    put_report(ports, MessageReported, subject, caller.user_id, report_input, settings().rate("report"))
