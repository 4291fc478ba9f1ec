"""Reading a room: history without gaps, markers, and what is unread."""

from __future__ import annotations

from datetime import datetime

from services.chat.domain import MAX_UNREAD, VOID_AFTER, Kind, Message, Room, void
from services.chat.errors import MessageNotFound
from services.chat.repository import rooms
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.kernel.errors import FieldError, Invalid
from services.shared.messaging.events import MessageReported
from services.shared.security.auth import Caller
from services.shared.table.cards import ProductCard, find_cards
from services.shared.table.port import Item, Table
from services.shared.table.reports import ReportIn, ReportSubject, put_report


def list_messages(
    ports: Ports, caller: Caller, circle_id: str, room_id: str, after_seq: int, limit: int
) -> tuple[list[tuple[Message, ProductCard | None]], bool]:
    """The messages after a number, in order and without a gap, each card with its goods as they are now; and whether
    there are more to fetch."""
    rooms.require_participant(ports.table, circle_id, caller.user_id, consistent_read=True)
    rooms.find_room(ports.table, circle_id, room_id)
    found = rooms.messages_after(ports.table, circle_id, room_id, after_seq, limit)
    whole = _without_gaps(ports.table, circle_id, room_id, after_seq, found, ports.clock())
    page = whole[:limit]
    shown = find_cards(ports.table, circle_id, (message.listing_id for message in page))
    return [(message, shown.get(message.listing_id)) for message in page], len(found) == limit and len(whole) >= limit


def list_rooms(ports: Ports, caller: Caller, circle_id: str) -> list[Room]:
    rooms.require_participant(ports.table, circle_id, caller.user_id)
    return rooms.list_rooms(ports.table, circle_id)


def list_own_rooms(
    ports: Ports, caller: Caller, limit: int, start: Item | None
) -> tuple[list[tuple[Room, int, int]], Item | None]:
    """The rooms of the circles one is in, each with the read marker and how much is unread (99 stands for 99 or more)."""
    page = rooms.list_participations(ports.table, caller.user_id, limit, start)
    found = []
    for row in page.items:
        if rooms.participant_from_item(row).is_in:
            for room in rooms.list_rooms(ports.table, row["circle_id"]):
                marker = rooms.find_marker(ports.table, caller.user_id, room.id)
                found.append((room, marker, _unread(ports.table, room, caller.user_id, marker)))
    return found, page.next


def mark_read(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int) -> int:
    """Move one's marker forwards to a message that is there; answers where it stands. An older one changes nothing."""
    rooms.require_participant(ports.table, circle_id, caller.user_id)
    rooms.find_room(ports.table, circle_id, room_id)
    if seq and rooms.look_at_message(ports.table, circle_id, room_id, seq) is None:
        raise Invalid(fields=(FieldError("/seq", "is not a message of this room"),))
    return rooms.move_marker(ports.table, caller.user_id, room_id, seq)


def report_message(ports: Ports, caller: Caller, circle_id: str, room_id: str, seq: int, body: ReportIn) -> None:
    """Report a message to the platform, as it was said."""
    rooms.require_participant(ports.table, circle_id, caller.user_id)
    rooms.find_room(ports.table, circle_id, room_id)
    message = rooms.look_at_message(ports.table, circle_id, room_id, seq)
    if message is None or message.kind is Kind.VOID:
        raise MessageNotFound
    evidence = {"text": message.text, "listing_id": message.listing_id, "sent_at": rfc3339(message.sent_at)}
    subject = ReportSubject("message", f"{room_id}/{seq}", circle_id, message.sender, evidence)
    put_report(ports.table, MessageReported, subject, caller.user_id, body, ports.clock(), ports.new_id)


def _unread(table: Table, room: Room, user_id: str, marker: int) -> int:
    """What others said after the marker: own messages and voids do not count."""
    after = rooms.messages_after(table, room.circle_id, room.id, marker, MAX_UNREAD)
    return sum(message.kind is not Kind.VOID and message.sender != user_id for message in after)


def _without_gaps(
    table: Table, circle_id: str, room_id: str, after_seq: int, found: list[Message], at: datetime
) -> list[Message]:
    """Stop at the first number that is missing, so that nobody who was given n is given less than n later. A number whose
    successor is older than any function runs will not come any more: it becomes a void, and a late writer sends anew."""
    whole: list[Message] = []
    for message in found:
        for seq in range(after_seq + len(whole) + 1, message.seq):
            if at - message.sent_at < VOID_AFTER:
                return whole
            whole.append(rooms.put_message(table, circle_id, void(room_id, seq, at)))
        whole.append(message)
    return whole
