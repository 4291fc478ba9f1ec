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
    """Report a message, with its text as evidence. Unchanged if the caller reported this revision before.

    Text and state are of one read: of a message that is recalled at once, the report has the text, or there is none.

    Cost: 2 write units and 3.5 read units.
    Raises: CircleNotFound, CallerMuted, RoomNotFound, MessageNotFound (also for a tombstone),
    RateLimitReached.
    """
    participant = participants.require_participant(ports.table, circle_id, caller.user_id, Action.REPORT, ports.clock())
    rooms.require_room(ports.table, participant, room_id)
    message = messages.get_message(ports.table, circle_id, room_id, seq)
    evidence = {"text": message.text, "listing_id": message.listing_id, "sent_at": rfc3339(message.sent_at)}
    subject = ReportSubject("message", f"{room_id}/{seq}", circle_id, message.sender, evidence, message.revision)
    put_report(ports, MessageReported, subject, caller.user_id, report_input, settings().rate("report"))
