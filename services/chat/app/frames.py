"""The WebSocket API: $connect with a ticket, $disconnect, and the request frames in between."""

from __future__ import annotations

import re
from typing import Any

from services.chat import schemas, usecases, wiring
from services.chat.adapters.frames import FrameHandlers, handle_frame, problem_frame
from services.chat.domain import Socket
from services.chat.errors import TicketInvalid
from services.chat.usecases.pushes import message_frame
from services.shared.http.problems import to_domain_error
from services.shared.http.statuses import status_of
from services.shared.kernel.errors import AccountSuspended, Unauthorized
from services.shared.kernel.observability import correlation_scope
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller

TICKET_PATTERN = "[A-Za-z0-9_-]{8,64}"


def on_socket(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle one event of the WebSocket API. A frame is answered by a push, so its own status is always 200."""
    request = event["requestContext"]
    connection_id, route = request["connectionId"], request["routeKey"]
    with correlation_scope(request.get("requestId") or connection_id):
        ip = request.get("identity", {}).get("sourceIp", "")
        if route == "$connect":
            return _connect(connection_id, (event.get("queryStringParameters") or {}).get("ticket", ""), ip)
        if route == "$disconnect":
            usecases.disconnect_socket(wiring.ports(), connection_id)
        else:
            _respond_to_frame(connection_id, event.get("body") or "", ip)
        return {"statusCode": 200}


def _connect(connection_id: str, ticket: str, ip: str) -> dict[str, Any]:
    try:
        if not re.fullmatch(TICKET_PATTERN, ticket):
            raise TicketInvalid
        usecases.connect_socket(wiring.ports(), ticket, connection_id, ip)
    except Exception as error:  # noqa: BLE001 (an error of $connect has no body: each becomes a status)
        return {"statusCode": status_of(type(to_domain_error(error)))}
    return {"statusCode": 200}


def _respond_to_frame(connection_id: str, raw: str, ip: str) -> None:
    """Send the response frame. A connection without a valid sign-in gets the problem and is closed."""
    ports = wiring.ports()
    try:
        socket, caller = usecases.authorize_socket(ports, connection_id, ip)
    except Exception as error:  # noqa: BLE001 (no exception may end the connection: each becomes a frame)
        domain_error = to_domain_error(error)
        ports.sockets.post_all({connection_id: problem_frame(domain_error, None, ports.clock)})
        if isinstance(domain_error, Unauthorized | AccountSuspended):
            ports.sockets.close(connection_id)
        return
    response = handle_frame(raw, HANDLERS, ports.clock, ports=ports, socket=socket, caller=caller)
    ports.sockets.post_all({connection_id: response})


def subscribe(frame: schemas.SubscribeFrame, ports: usecases.Ports, socket: Socket, caller: Caller) -> dict[str, Any]:
    usecases.subscribe_socket(ports, socket, frame.circle_id, frame.room_id)
    return {"type": "subscribed", "room_id": frame.room_id}


def send(frame: schemas.SendFrame, ports: usecases.Ports, socket: Socket, caller: Caller) -> dict[str, Any]:
    message, card = usecases.send_message(ports, caller, frame.circle_id, frame.room_id, frame.to_request())
    return {"type": "sent", **message_frame(message, card, usecases.picture_addresses(ports))}


def read(frame: schemas.ReadFrame, ports: usecases.Ports, socket: Socket, caller: Caller) -> dict[str, Any]:
    seq = usecases.mark_read(ports, caller, frame.circle_id, frame.room_id, frame.seq)
    return {"type": "read", "room_id": frame.room_id, "seq": seq}


def ping(frame: schemas.PingFrame, ports: usecases.Ports, socket: Socket, caller: Caller) -> dict[str, Any]:
    """Keep the connection open: API Gateway closes one that is idle for 10 minutes."""
    return {"type": "pong"}


HANDLERS: FrameHandlers = {
    "subscribe": (schemas.SubscribeFrame, subscribe, ActionKind.READ),
    "send": (schemas.SendFrame, send, ActionKind.SPEAK),
    "read": (schemas.ReadFrame, read, ActionKind.PARTICIPATE),
    "ping": (schemas.PingFrame, ping, ActionKind.READ),
}
