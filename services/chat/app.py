"""The functions of the chat service: its API, its inbox and its WebSocket door."""

from __future__ import annotations

from typing import Any

from services.chat import errors, schemas, usecases, wiring
from services.chat.adapters.frames import Frames, handle_frame, problem_frame
from services.chat.usecases.sending import describe
from services.shared.http.api import Api, to_domain_error
from services.shared.http.responses import PageRequest, PageResponse
from services.shared.kernel.errors import Muted, Unauthorized
from services.shared.kernel.observability import correlation_scope
from services.shared.security.auth import Caller

api = Api("chat", wiring.edge)

SENDING = (
    errors.TooFast,
    errors.StaleAfterSeq,
    errors.MessageConflict,
    errors.CircleReadOnly,
    errors.ListingNotTradable,
    Muted,
)


@api.post("/socket-tickets", status=201)
def create_ticket(caller: Caller) -> schemas.TicketResponse:
    """Get a ticket to connect a WebSocket with."""
    ticket, seconds = usecases.create_ticket(wiring.ports(), caller)
    return schemas.TicketResponse(ticket=ticket, expires_in=seconds)


@api.get("/rooms")
def list_own_rooms(caller: Caller, page: PageRequest) -> PageResponse[schemas.OwnRoomResponse]:
    """List your rooms in all circles, with what is unread."""
    found, rest = usecases.list_own_rooms(wiring.ports(), caller, page.limit, page.start)
    return page.answer([schemas.OwnRoomResponse.counted(*one) for one in found], rest)


@api.get("/circles/{circle_id}/rooms")
def list_rooms(caller: Caller, circle_id: str) -> schemas.RoomsResponse:
    """List the rooms of a circle."""
    found = usecases.list_rooms(wiring.ports(), caller, circle_id)
    return schemas.RoomsResponse(items=[schemas.RoomResponse.of(room) for room in found])


@api.post("/circles/{circle_id}/rooms/{room_id}/messages", status=201, raises=SENDING)
def send_message(caller: Caller, circle_id: str, room_id: str, body: schemas.SendMessageRequest) -> schemas.MessageResponse:
    """Say something in a room."""
    return schemas.MessageResponse.of(*usecases.send_message(wiring.ports(), caller, circle_id, room_id, body.draft()))


@api.get("/circles/{circle_id}/rooms/{room_id}/messages")
def list_messages(caller: Caller, circle_id: str, room_id: str, query: schemas.HistoryQuery) -> schemas.HistoryResponse:
    """Fetch the messages after a number, in order."""
    found, more = usecases.list_messages(wiring.ports(), caller, circle_id, room_id, query.after_seq, query.limit)
    return schemas.HistoryResponse(items=[schemas.MessageResponse.of(*one) for one in found], has_more=more)


@api.put("/circles/{circle_id}/rooms/{room_id}/read-marker")
def mark_read(caller: Caller, circle_id: str, room_id: str, body: schemas.MarkerRequest) -> schemas.MarkerResponse:
    """Move your read marker forwards."""
    return schemas.MarkerResponse(seq=usecases.mark_read(wiring.ports(), caller, circle_id, room_id, body.seq))


@api.post("/circles/{circle_id}/rooms/{room_id}/reports")
def report_message(caller: Caller, circle_id: str, room_id: str, body: schemas.MessageReportRequest) -> None:
    """Report a message to the platform."""
    usecases.report_message(wiring.ports(), caller, circle_id, room_id, body.seq, body)


def on_socket(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The WebSocket door: $connect with a ticket, $disconnect, and every frame in between."""
    about = event["requestContext"]
    connection_id, route = about["connectionId"], about["routeKey"]
    with correlation_scope(about.get("requestId") or connection_id):
        if route == "$connect":
            return _connect(connection_id, (event.get("queryStringParameters") or {}).get("ticket", ""))
        if route == "$disconnect":
            usecases.disconnect_socket(wiring.ports(), connection_id)
        else:
            _answer(connection_id, event.get("body") or "")
        return {"statusCode": 200}


def _connect(connection_id: str, ticket: str) -> dict[str, Any]:
    try:
        usecases.connect_socket(wiring.ports(), ticket, connection_id)
    except Exception as error:  # noqa: BLE001 (the one place where anything becomes a status)
        return {"statusCode": to_domain_error(error).status}
    return {"statusCode": 200}


def _answer(connection_id: str, raw: str) -> None:
    ports = wiring.ports()
    try:
        socket, caller = usecases.identify_socket(ports, connection_id)
    except Exception as error:  # noqa: BLE001 (the one place where anything becomes a frame)
        refused = to_domain_error(error)
        ports.sockets.post_all([connection_id], problem_frame(refused, None))
        if isinstance(refused, Unauthorized):
            ports.sockets.close(connection_id)
        return
    answer = handle_frame(raw, FRAMES, ports=ports, socket=socket, caller=caller)
    ports.sockets.post_all([connection_id], answer)


def subscribe_frame(frame: schemas.SubscribeFrame, ports: usecases.Ports, socket: Any, caller: Caller) -> dict[str, Any]:
    usecases.subscribe_socket(ports, socket, frame.circle_id, frame.room_id)
    return {"type": "subscribed", "room_id": frame.room_id}


def send_frame(frame: schemas.SendFrame, ports: usecases.Ports, socket: Any, caller: Caller) -> dict[str, Any]:
    said = usecases.send_message(ports, caller, frame.circle_id, frame.room_id, frame.draft())
    return {"type": "sent", **describe(*said)}


def read_frame(frame: schemas.ReadFrame, ports: usecases.Ports, socket: Any, caller: Caller) -> dict[str, Any]:
    seq = usecases.mark_read(ports, caller, frame.circle_id, frame.room_id, frame.seq)
    return {"type": "read", "room_id": frame.room_id, "seq": seq}


def ping_frame(frame: schemas.PingFrame, ports: usecases.Ports, socket: Any, caller: Caller) -> dict[str, Any]:
    return {"type": "pong"}


FRAMES: Frames = {
    "subscribe": (schemas.SubscribeFrame, subscribe_frame),
    "send": (schemas.SendFrame, send_frame),
    "read": (schemas.ReadFrame, read_frame),
    "ping": (schemas.PingFrame, ping_frame),
}
