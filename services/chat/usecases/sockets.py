"""WebSocket connections: opened by a ticket, subscribed to rooms, and closed when access ends."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from math import ceil

from services.chat.domain import Action, Socket
from services.chat.errors import CircleNotFound, RoomNotFound, SocketExpired, TicketInvalid
from services.chat.repository import participants, rooms, sockets, tickets
from services.chat.repository.networks import SocketStep, acquire_socket_step
from services.chat.settings import settings
from services.chat.usecases.ports import Ports
from services.shared.kernel.errors import DomainError, RateLimitReached, TooManyRequests
from services.shared.kernel.networks import network_of
from services.shared.security.auth import Caller, authorize
from services.shared.table.blocks import list_blocked_users
from services.shared.table.rate_limits import Slot


def create_ticket(ports: Ports, caller: Caller) -> tuple[str, int]:
    """Return a one-time ticket that opens a connection, and its lifetime in seconds.

    A browser cannot send a token with a WebSocket, and a token in an address would end up in logs. Only the keyed hash of a
    ticket is stored. A user who has many in use gets none if the frequent users of their network ask for too many.
    Cost: 2 write units and 1 read unit; 3 and 1.5 for a frequent user.
    Raises: RateLimitReached.
    """
    slot = Slot(ports, caller.user_id, settings().rate("ticket"))
    slot.use()
    is_frequent = _require_network_below_limit(ports, caller, slot)
    ticket = ports.new_secret("tkt")
    ticket_hash = _hash(ports, ticket)
    tickets.put_ticket(ports.table, ticket_hash, caller, ports.clock(), is_frequent=is_frequent)
    return ticket, int(settings().ticket_lifetime.total_seconds())


def _require_network_below_limit(ports: Ports, caller: Caller, slot: Slot) -> bool:
    """Return whether the caller is a frequent user, whose network is below its rate then.

    The rate limit of the caller decides, as this request left it: of many at once, all but the first few are frequent. A
    carrier puts thousands of users behind one address: the others among them are neither counted nor denied.
    Cost: nothing; 1 write unit and 0.5 read units for a frequent user.
    Raises: RateLimitReached (`retry_after` is when the caller is not frequent any more).
    """
    try:
        slot.require_burst(settings().frequent_tickets)
    except RateLimitReached:
        if not _acquire_step(ports, caller.ip, SocketStep.TICKETS):
            raise
        return True
    return False


def _acquire_step(ports: Ports, ip: str, step: SocketStep) -> bool:
    return not ip or acquire_socket_step(ports.table, network_of(ip), step, ports.clock())


def connect_socket(ports: Ports, ticket: str, connection_id: str, ip: str = "") -> Socket:
    """Redeem a ticket and store its connection. It closes the user's oldest connections beyond the limit.

    The link from the user is stored, then all links are read consistently. So of several connections at once, the last one
    sees them all, and no more than the limit stay open. A new device connects even if the connections of others were lost
    without a disconnect.
    ip: the address that the gateway was connected from. The connection of a frequent user counts for its network.

    Cost: 3 write units and 1.5 read units; 4 and 2 for a frequent user.
    Raises: TicketInvalid (also if the access token behind it has expired), AccountSuspended, AccessRevoked, SignInEnded,
    TooManyRequests (the frequent users of the network connect too often).
    """
    socket, is_frequent = tickets.redeem_ticket(ports.table, _hash(ports, ticket), connection_id, ports.clock())
    if not socket.is_live(ports.clock()):
        raise TicketInvalid
    authorize(ports.table, _caller(socket), ports.clock())
    if is_frequent and not _acquire_step(ports, ip, SocketStep.CONNECTIONS):
        raise TooManyRequests(retry_after=ceil(settings().ticket_interval.total_seconds()))
    sockets.put_socket(ports.table, socket, ports.clock())
    for oldest in sockets.list_connections(ports.table, socket.user_id)[: -settings().max_sockets]:
        ports.sockets.close(oldest)
        sockets.delete_socket(ports.table, oldest, socket.user_id)
    return socket


def authorize_socket(ports: Ports, connection_id: str, ip: str = "") -> tuple[Socket, Caller]:
    """Return a connection and its user, for each frame that arrives on it.

    ip: the address that the gateway received the frame from.

    Cost: 1 read unit; with a message that the frame sends, 3 write units and 2.5 read units.
    Raises: SocketExpired (also if the connection is not stored), AccountSuspended, AccessRevoked, SignInEnded.
    """
    socket = sockets.get_socket(ports.table, connection_id)
    if not socket.is_live(ports.clock()):
        raise SocketExpired
    return socket, authorize(ports.table, replace(_caller(socket), ip=ip), ports.clock())


def subscribe_socket(ports: Ports, socket: Socket, circle_id: str, room_id: str) -> None:
    """Subscribe a connection to a room.

    The order closes the race with a kick, a demotion or a suspension. This function stores an inactive subscriber, reads
    membership and account status consistently, and only then activates the subscriber. A kick stores the new state first,
    then reads the subscribers consistently and deletes them. So this function reads the new state, or the kick finds the
    subscriber; and nothing is pushed to it before that is decided. A block is ordered in the same way: it closes the user's
    connections.

    Cost: 4 write units and, with the authorization of the frame, 6.5 read units.
    Raises: CircleNotFound, RoomNotFound, RateLimitReached, SubscriptionLimitReached,
    AccountSuspended, AccessRevoked, SignInEnded.
    """
    participant = participants.require_participant(ports.table, circle_id, socket.user_id, Action.READ, ports.clock())
    rooms.require_room(ports.table, participant, room_id)
    Slot(ports, socket.user_id, settings().rate("subscription")).use()
    sockets.put_subscriber(ports.table, socket, room_id)
    try:
        participant = participants.require_participant(
            ports.table, circle_id, socket.user_id, Action.READ, ports.clock(), consistent_read=True
        )
        if not participant.can_enter(room_id):
            raise RoomNotFound
        authorize(ports.table, _caller(socket), ports.clock(), consistent_read=True)
        blocked = list_blocked_users(ports.table, socket.user_id, consistent_read=True)
    except DomainError:
        sockets.delete_subscriber(ports.table, room_id, socket.user_id, socket.connection_id)
        raise
    if not sockets.activate_subscriber(ports.table, socket, room_id, blocked):
        raise CircleNotFound


def disconnect_socket(ports: Ports, connection_id: str) -> None:
    """Delete a connection with its subscriptions. Unchanged if it was deleted before.

    Cost: 4 write units and 1 read unit.
    """
    sockets.delete_socket(ports.table, connection_id)


def _caller(socket: Socket) -> Caller:
    return Caller(socket.user_id, frozenset(), socket.signed_in_at, socket.expires_at)


def _hash(ports: Ports, ticket: str) -> str:
    return hmac.new(ports.ticket_keys.newest, ticket.encode(), hashlib.sha256).hexdigest()
