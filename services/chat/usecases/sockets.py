"""The WebSocket door: a ticket instead of a token in an address, and who listens to what."""

from __future__ import annotations

import hashlib
import hmac

from services.chat.domain import TICKET_LIFETIME, Socket
from services.chat.errors import CircleNotFound, SocketExpired, TicketInvalid
from services.chat.repository import rooms
from services.chat.repository import sockets as repository
from services.chat.usecases.ports import Ports
from services.shared.kernel.errors import DomainError
from services.shared.security.auth import Caller, authorize


def create_ticket(ports: Ports, caller: Caller) -> tuple[str, int]:
    """A ticket to connect with, once, and the seconds it lasts. Only its keyed hash is stored."""
    ticket = ports.new_secret("tkt")
    ticket_hash = _hash(ports, ticket)
    repository.put_ticket(ports.table, ticket_hash, caller.user_id, caller.issued_at, caller.expires_at, ports.clock())
    return ticket, int(TICKET_LIFETIME.total_seconds())


def connect_socket(ports: Ports, ticket: str, connection_id: str) -> Socket:
    socket = repository.take_ticket(ports.table, _hash(ports, ticket), connection_id, ports.clock())
    if not socket.is_live(ports.clock()):
        raise TicketInvalid
    authorize(ports.table, _caller(socket), ports.clock())
    repository.put_socket(ports.table, socket)
    return socket


def identify_socket(ports: Ports, connection_id: str) -> tuple[Socket, Caller]:
    """Who speaks on a connection; a socket ends with its token's life, and with its person's standing."""
    socket = repository.find_socket(ports.table, connection_id)
    if socket is None or not socket.is_live(ports.clock()):
        raise SocketExpired
    return socket, authorize(ports.table, _caller(socket), ports.clock())


def subscribe_socket(ports: Ports, socket: Socket, circle_id: str, room_id: str) -> None:
    """Listen to a room: announce the listener, read strongly whether its person is in, then let it hear. A kick writes its
    tombstone, then reads the announcements strongly and removes them; a suspension does likewise. So either this reads
    the tombstone, or the other side meets the announcement; and nothing is pushed before that is settled."""
    rooms.require_participant(ports.table, circle_id, socket.user_id)
    rooms.find_room(ports.table, circle_id, room_id)
    repository.listen(ports.table, socket, room_id)
    try:
        rooms.require_participant(ports.table, circle_id, socket.user_id, consistent_read=True)
        authorize(ports.table, _caller(socket), ports.clock(), consistent_read=True)
    except DomainError:
        repository.unlisten(ports.table, room_id, socket.user_id, socket.connection_id)
        raise
    if not repository.hear(ports.table, socket, room_id):
        raise CircleNotFound


def disconnect_socket(ports: Ports, connection_id: str) -> None:
    repository.forget_socket(ports.table, connection_id)


def _caller(socket: Socket) -> Caller:
    return Caller(socket.user_id, frozenset(), socket.issued_at, socket.until)


def _hash(ports: Ports, ticket: str) -> str:
    return hmac.new(ports.ticket_keys.newest, ticket.encode(), hashlib.sha256).hexdigest()
