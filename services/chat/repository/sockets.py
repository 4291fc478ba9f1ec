"""Tickets, connections, and which connections listen to which room."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.chat.domain import TICKET_LIFETIME, Socket
from services.chat.errors import TicketInvalid
from services.shared.kernel.clock import millis
from services.shared.table.port import (
    ABSENT,
    PRESENT,
    Attr,
    ConditionFailed,
    Item,
    Key,
    Query,
    Table,
)
from services.shared.table.queries import query_all

PAGE = 1000


def ticket_key(ticket_hash: str) -> Key:
    return Key(f"TICKET#{ticket_hash}", "TICKET")


def put_ticket(table: Table, ticket_hash: str, user_id: str, issued_at: int, until: int, at: datetime) -> None:
    """A ticket under its hash, for a minute; `issued_at` and `until` are the life of the token it stands for."""
    ends_at = at + TICKET_LIFETIME
    item = {
        **ticket_key(ticket_hash).attributes(),
        "user_id": user_id,
        "issued_at": issued_at,
        "until": until,
        "ends_at": millis(ends_at),
        "expires_at": millis(ends_at) // 1000,
    }
    table.put(item, when=ABSENT)


def take_ticket(table: Table, ticket_hash: str, connection_id: str, at: datetime) -> Socket:
    """The socket that a ticket opens, once."""
    fresh = Attr("ends_at").gt(millis(at)) & Attr("taken_at").not_exists()
    try:
        item = table.update(ticket_key(ticket_hash), set={"taken_at": millis(at)}, when=fresh)
    except ConditionFailed:
        raise TicketInvalid from None
    return Socket(connection_id, item["user_id"], item["issued_at"], item["until"])


def socket_key(connection_id: str) -> Key:
    return Key(f"SOCKET#{connection_id}", "SOCKET")


def put_socket(table: Table, socket: Socket) -> None:
    item = {
        **socket_key(socket.connection_id).attributes(),
        "user_id": socket.user_id,
        "issued_at": socket.issued_at,
        "until": socket.until,
        "expires_at": socket.until,
    }
    table.put(item, when=ABSENT)


def find_socket(table: Table, connection_id: str) -> Socket | None:
    item = table.get(socket_key(connection_id))
    return Socket(connection_id, item["user_id"], item["issued_at"], item["until"]) if item else None


def listener_key(room_id: str, user_id: str, connection_id: str) -> Key:
    """By person within a room, so that a kick finds its connections in one range."""
    return Key(f"LISTEN#{room_id}", f"{user_id}#{connection_id}")


def listen(table: Table, socket: Socket, room_id: str) -> None:
    """Announce a listener: its row, which does not hear yet, and the way back to it from the connection; the way back
    first, so that no row is orphaned. A row that hears goes on hearing."""
    life = {"until": socket.until, "expires_at": socket.until}
    back = Key(f"SOCKET#{socket.connection_id}", f"ROOM#{room_id}")
    table.put({**back.attributes(), "user_id": socket.user_id, **life}, when=None)
    table.update(listener_key(room_id, socket.user_id, socket.connection_id), set=life, when=None)


def hear(table: Table, socket: Socket, room_id: str) -> bool:
    """Let an announced listener hear; False when its row was removed meanwhile."""
    try:
        table.update(listener_key(room_id, socket.user_id, socket.connection_id), set={"hears": True}, when=PRESENT)
    except ConditionFailed:
        return False
    return True


def unlisten(table: Table, room_id: str, user_id: str, connection_id: str) -> None:
    _drop(table, listener_key(room_id, user_id, connection_id))


def listeners(table: Table, room_id: str) -> Iterator[Socket]:
    """The connections that hear a room."""
    return (_listener(item) for item in _rows(table, room_id, prefix=None, consistent_read=False) if item.get("hears"))


def announced(table: Table, room_id: str, user_id: str) -> Iterator[Socket]:
    """One person's connections to a room, those included that do not hear yet; read strongly."""
    return map(_listener, _rows(table, room_id, prefix=f"{user_id}#", consistent_read=True))


def _rows(table: Table, room_id: str, *, prefix: str | None, consistent_read: bool) -> Iterator[Item]:
    return query_all(table, Query(pk=f"LISTEN#{room_id}", prefix=prefix, limit=PAGE, consistent_read=consistent_read))


def forget_socket(table: Table, connection_id: str) -> None:
    """Remove a connection with all it listened to; its own row goes last, so that a repeat finds what is left."""
    rows = table.query(Query(pk=f"SOCKET#{connection_id}", limit=PAGE, consistent_read=True)).items
    for row in rows:
        if row["sk"].startswith("ROOM#"):
            unlisten(table, row["sk"].removeprefix("ROOM#"), row["user_id"], connection_id)
    for row in sorted(rows, key=lambda row: row["sk"] == "SOCKET"):
        _drop(table, Key.of(row))


def _listener(item: Item) -> Socket:
    user_id, _, connection_id = item["sk"].partition("#")
    return Socket(connection_id, user_id, 0, item["until"])


def _drop(table: Table, key: Key) -> None:
    try:
        table.delete(key, when=PRESENT)
    except ConditionFailed:
        return
