"""The routes of the HTTP API."""

from __future__ import annotations

from services.chat import errors, schemas, usecases, wiring
from services.shared.http.api import Api
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.kernel.errors import CallerMuted
from services.shared.security.auth import Caller

api = Api("chat", wiring.http_ports)

SEND_ERRORS = (
    errors.SendRateExceeded,
    errors.AfterSeqStale,
    errors.MessageConflict,
    errors.CircleReadOnly,
    errors.ListingNotOnSale,
    CallerMuted,
)
PIN_ERRORS = (errors.RoleNotAllowed, errors.CircleReadOnly)


@api.post("/socket-tickets", status=201)
def create_ticket(caller: Caller) -> schemas.TicketResponse:
    """Get a ticket that opens a WebSocket connection."""
    ticket, seconds = usecases.create_ticket(wiring.ports(), caller)
    return schemas.TicketResponse(ticket=ticket, expires_in=seconds)


@api.get("/rooms")
def list_own_rooms(caller: Caller, page: PageRequest) -> PageResponse[schemas.OwnRoomResponse]:
    """List your rooms in all circles, with your read markers and unread counts."""
    own_rooms, next_start = usecases.list_own_rooms(wiring.ports(), caller, page.limit, page.start)
    return page.respond([schemas.OwnRoomResponse.with_unread(*own_room) for own_room in own_rooms], next_start)


@api.get("/circles/{circle_id}/rooms")
def list_rooms(caller: Caller, circle_id: str) -> schemas.RoomsResponse:
    """List the rooms of a circle."""
    rooms = usecases.list_rooms(wiring.ports(), caller, circle_id)
    return schemas.RoomsResponse(items=[schemas.RoomResponse.of(room) for room in rooms])


@api.post("/circles/{circle_id}/rooms/{room_id}/messages", status=201, raises=SEND_ERRORS)
def send_message(caller: Caller, circle_id: str, room_id: str, body: schemas.SendMessageRequest) -> schemas.SentMessageResponse:
    """Send a message to a room."""
    message, card = usecases.send_message(wiring.ports(), caller, circle_id, room_id, body.to_request())
    return schemas.SentMessageResponse.of(message, card)


@api.get("/circles/{circle_id}/rooms/{room_id}/messages")
def list_messages(caller: Caller, circle_id: str, room_id: str, query: schemas.HistoryQuery) -> schemas.HistoryResponse:
    """List the messages after a sequence number, in order and without gaps."""
    page, has_more = usecases.list_messages(wiring.ports(), caller, circle_id, room_id, query.after_seq, query.limit)
    return schemas.HistoryResponse(items=[schemas.MessageResponse.of_entry(entry) for entry in page], has_more=has_more)


@api.put("/circles/{circle_id}/rooms/{room_id}/pins/{seq}", raises=(*PIN_ERRORS, errors.PinLimitReached))
def pin_message(caller: Caller, circle_id: str, room_id: str, seq: str) -> None:
    """Pin a message (moderators, co-owners and the owner); at most 5 per room."""
    usecases.pin_message(wiring.ports(), caller, circle_id, room_id, int(seq))


@api.delete("/circles/{circle_id}/rooms/{room_id}/pins/{seq}", raises=PIN_ERRORS)
def unpin_message(caller: Caller, circle_id: str, room_id: str, seq: str) -> None:
    """Unpin a message (moderators, co-owners and the owner)."""
    usecases.unpin_message(wiring.ports(), caller, circle_id, room_id, int(seq))


@api.get("/circles/{circle_id}/rooms/{room_id}/pins")
def list_pins(caller: Caller, circle_id: str, room_id: str) -> schemas.PinsResponse:
    """List the pinned messages of a room, the newest pin first."""
    pins = usecases.list_pins(wiring.ports(), caller, circle_id, room_id)
    return schemas.PinsResponse(items=[schemas.MessageResponse.of_entry(entry) for entry in pins])


@api.put("/circles/{circle_id}/rooms/{room_id}/read-marker")
def mark_read(caller: Caller, circle_id: str, room_id: str, body: schemas.ReadMarkerRequest) -> schemas.ReadMarkerResponse:
    """Move your read marker forwards."""
    return schemas.ReadMarkerResponse(seq=usecases.mark_read(wiring.ports(), caller, circle_id, room_id, body.seq))


@api.post("/circles/{circle_id}/rooms/{room_id}/reports")
def report_message(caller: Caller, circle_id: str, room_id: str, body: schemas.MessageReportRequest) -> None:
    """Report a message to the platform."""
    usecases.report_message(wiring.ports(), caller, circle_id, room_id, body.seq, body)
