"""Routes of rooms, their pins, highlights and read markers, and of tickets."""

from __future__ import annotations

from functools import partial

from services.chat import errors, schemas, usecases, wiring
from services.chat.app.api import api
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller, SignedIn

MODERATOR_ERRORS = (errors.RoleNotAllowed, errors.CircleReadOnly)


@api.post("/socket-tickets", kind=ActionKind.READ, status=201)
def create_ticket(caller: Caller) -> schemas.TicketResponse:
    """Get a ticket that opens a WebSocket connection."""
    ticket, seconds = usecases.create_ticket(wiring.ports(), caller)
    return schemas.TicketResponse(ticket=ticket, expires_in=seconds)


@api.get("/rooms")
def list_own_rooms(signed_in: SignedIn, page: PageRequest) -> Page[schemas.OwnRoomResponse]:
    """List your rooms in all circles, with their last messages, your read markers and unread counts: the chat list."""
    return usecases.list_own_rooms(wiring.ports(), signed_in, page).map(schemas.OwnRoomResponse.of_own)


@api.get("/circles/{circle_id}/rooms")
def list_rooms(caller: Caller, circle_id: str, page: PageRequest) -> Page[schemas.RoomResponse]:
    """List the rooms of a circle."""
    return usecases.list_rooms(wiring.ports(), caller, circle_id, page).map(schemas.RoomResponse.of)


@api.post(
    "/circles/{circle_id}/rooms", kind=ActionKind.MODERATE, status=201, raises=(*MODERATOR_ERRORS, errors.TopicLimitReached)
)
def open_topic(caller: Caller, circle_id: str, key: IdempotencyKey, body: schemas.TopicRequest) -> schemas.RoomResponse:
    """Open a topic: a room of all members (moderators, co-owners and the owner)."""
    room = usecases.open_topic(wiring.ports(), caller, circle_id, body.name, body.notice or "", key)
    return schemas.RoomResponse.of(room)


@api.patch(
    "/circles/{circle_id}/rooms/{room_id}",
    kind=ActionKind.MODERATE,
    raises=(*MODERATOR_ERRORS, errors.RoomNotTopic, errors.TopicLimitReached),
)
def update_room(
    caller: Caller, circle_id: str, room_id: str, request: ChangeRequest, body: schemas.RoomChangeRequest
) -> schemas.RoomResponse:
    """Change the name of a topic, or notice and settings of a room (moderators, co-owners and the owner)."""
    room = usecases.update_room(wiring.ports(), caller, circle_id, room_id, request, body.to_changes())
    return schemas.RoomResponse.of(room)


@api.put(
    "/circles/{circle_id}/rooms/{room_id}/pins/{seq}",
    kind=ActionKind.MODERATE,
    raises=(*MODERATOR_ERRORS, errors.PinLimitReached),
)
def pin_message(caller: Caller, circle_id: str, room_id: str, seq: str) -> None:
    """Pin a message (moderators, co-owners and the owner), up to the limit of a room."""
    usecases.pin_message(wiring.ports(), caller, circle_id, room_id, int(seq))


@api.delete("/circles/{circle_id}/rooms/{room_id}/pins/{seq}", kind=ActionKind.MODERATE, raises=MODERATOR_ERRORS)
def unpin_message(caller: Caller, circle_id: str, room_id: str, seq: str) -> None:
    """Unpin a message (moderators, co-owners and the owner)."""
    usecases.unpin_message(wiring.ports(), caller, circle_id, room_id, int(seq))


@api.get("/circles/{circle_id}/rooms/{room_id}/guardrails")
def get_room_guardrails(caller: Caller, circle_id: str, room_id: str) -> schemas.RoomGuardrailsResponse:
    """Get how much of each guardrail of the owner's commerce is used in messages, and by the cards of the room today."""
    return schemas.RoomGuardrailsResponse.of(usecases.get_room_guardrails(wiring.ports(), caller, circle_id, room_id))


@api.get("/circles/{circle_id}/rooms/{room_id}/pins")
def list_pinned_messages(caller: Caller, circle_id: str, room_id: str) -> Page[schemas.MessageResponse]:
    """List the pinned messages of a room, the newest pin first; they are one page."""
    ports = wiring.ports()
    with_addresses = partial(schemas.MessageResponse.of_entry, addresses=usecases.picture_addresses(ports))
    return usecases.list_pinned_messages(ports, caller, circle_id, room_id).map(with_addresses)


@api.put(
    "/circles/{circle_id}/rooms/{room_id}/highlights/{seq}",
    kind=ActionKind.MODERATE,
    raises=(*MODERATOR_ERRORS, errors.HighlightLimitReached),
)
def highlight_message(caller: Caller, circle_id: str, room_id: str, seq: str) -> None:
    """Add a message to the highlights of its room (moderators, co-owners and the owner). A retention does not delete it."""
    usecases.highlight_message(wiring.ports(), caller, circle_id, room_id, int(seq))


@api.delete("/circles/{circle_id}/rooms/{room_id}/highlights/{seq}", kind=ActionKind.MODERATE, raises=MODERATOR_ERRORS)
def unhighlight_message(caller: Caller, circle_id: str, room_id: str, seq: str) -> None:
    """Take a message out of the highlights (moderators, co-owners and the owner). If it has expired, it is deleted."""
    usecases.unhighlight_message(wiring.ports(), caller, circle_id, room_id, int(seq))


@api.get("/circles/{circle_id}/rooms/{room_id}/highlights")
def list_highlighted_messages(caller: Caller, circle_id: str, room_id: str, page: PageRequest) -> Page[schemas.MessageResponse]:
    """List the highlights of a room, the newest message first, also what its retention has deleted from the history."""
    ports = wiring.ports()
    with_addresses = partial(schemas.MessageResponse.of_entry, addresses=usecases.picture_addresses(ports))
    return usecases.list_highlighted_messages(ports, caller, circle_id, room_id, page).map(with_addresses)


@api.put("/circles/{circle_id}/rooms/{room_id}/read-marker", kind=ActionKind.PARTICIPATE)
def mark_read(caller: Caller, circle_id: str, room_id: str, body: schemas.ReadMarkerRequest) -> schemas.ReadMarkerResponse:
    """Move your read marker forwards."""
    return schemas.ReadMarkerResponse(seq=usecases.mark_read(wiring.ports(), caller, circle_id, room_id, body.seq))
