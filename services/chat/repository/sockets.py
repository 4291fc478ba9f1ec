"""WebSocket connections, and which of them are subscribed to which room.

A subscription is two items: the subscriber under its room, and a link under its connection that leads to the subscriber. A
subscriber's attributes have short names, because each push reads all of its room: `a`, that it is active, and `b`, the codes of
blocked users.
A connection also has a link under its user, so that a user's connections are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from services.chat.domain import Socket
from services.chat.domain.socket import USER_CODE_LENGTH, Subscriber, user_code
from services.chat.errors import SocketExpired, SubscriptionLimitReached
from services.chat.settings import settings
from services.shared.kernel.clock import millis
from services.shared.kernel.pages import Page, Position
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, PRESENT, Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import ConditionFailed, Table

PAGE_SIZE = 1000


def socket_key(connection_id: str) -> Key:
    return Key(f"SOCKET#{connection_id}", "SOCKET")


def own_socket_key(user_id: str, connection_id: str) -> Key:
    return Key(f"USER#{user_id}", f"SOCKET#{connection_id}")


def put_socket(table: Table, socket: Socket, at: datetime) -> None:
    """Store a connection and the link from its user.

    API Gateway opens no connection whose function crashed: an item without the other one is of no connection.
    """
    table.put(socket_to_item(socket), when=ABSENT)
    link = own_socket_key(socket.user_id, socket.connection_id).attributes()
    table.put({**link, "connected_at": millis(at), "expires_at": socket.expires_at}, when=None)


def list_connections(table: Table, user_id: str) -> list[str]:
    """Return the ids of a user's connections, the oldest first."""
    links = query_all(table, Query(pk=f"USER#{user_id}", prefix="SOCKET#", limit=PAGE_SIZE, consistent_read=True))
    oldest_first = sorted(links, key=lambda link: (link["connected_at"], link["sk"]))
    return [link["sk"].removeprefix("SOCKET#") for link in oldest_first]


def list_live_connections(table: Table, user_id: str, now: int) -> list[str]:
    """Return the ids of a user's connections whose sign-in has not expired at `now`, in seconds since 1970.

    Cost: 0.5 read units.
    """
    links = query_all(table, Query(pk=f"USER#{user_id}", prefix="SOCKET#", limit=PAGE_SIZE))
    return [link["sk"].removeprefix("SOCKET#") for link in links if link["expires_at"] > now]


def get_socket(table: Table, connection_id: str) -> Socket:
    """Return a connection. Raises: SocketExpired."""
    return SOCKETS.get(table, socket_key(connection_id))


def find_socket(table: Table, connection_id: str) -> Socket | None:
    return SOCKETS.find(table, socket_key(connection_id), consistent_read=True)


def delete_socket(table: Table, connection_id: str, user_id: str = "") -> None:
    """Delete a connection with its subscriptions.

    The item of the connection is deleted last, so that a retry after a crash finds what is left.
    user_id: its user, for a link that is left of a connection without an item.
    """
    items = table.query(Query(pk=f"SOCKET#{connection_id}", limit=PAGE_SIZE, consistent_read=True)).items
    for item in items:
        if item["sk"].startswith("ROOM#"):
            delete_subscriber(table, item["sk"].removeprefix("ROOM#"), item["user_id"], connection_id)
    for owner in {item["user_id"] for item in items} or {user_id} - {""}:
        _delete_if_present(table, own_socket_key(owner, connection_id))
    for item in sorted(items, key=lambda item: item["sk"] == "SOCKET"):
        _delete_if_present(table, Key.of(item))


def subscriber_key(room_id: str, user_id: str, connection_id: str) -> Key:
    """Sorted by user within a room: a kick finds all connections of the user in one range."""
    return Key(subscriber_partition(room_id), f"{user_code(user_id)}#{connection_id}")


def subscriber_partition(room_id: str) -> str:
    """Short, because a push reads all items of the partition: 75 bytes per subscriber, 54 in a read unit."""
    return f"S#{room_id.removeprefix('rom_')}"


def put_subscriber(table: Table, socket: Socket, room_id: str) -> None:
    """Store a subscriber that receives no pushes yet. A subscriber that is active stays active.

    The link is stored first: a crash in between leaves no subscriber that cannot be found from its connection. All links are
    read after it, so subscriptions at once do not exceed the limit.
    Raises: SubscriptionLimitReached.
    """
    link = Key(f"SOCKET#{socket.connection_id}", f"ROOM#{room_id}")
    table.put({**link.attributes(), "user_id": socket.user_id, "expires_at": socket.expires_at}, when=None)
    limit = settings().max_subscriptions
    links = table.query(Query(pk=link.pk, prefix="ROOM#", limit=limit + 1, consistent_read=True)).items
    if len(links) > limit:
        _delete_if_present(table, link)
        delete_subscriber(table, room_id, socket.user_id, socket.connection_id)
        raise SubscriptionLimitReached(limit=limit)
    key = subscriber_key(room_id, socket.user_id, socket.connection_id)
    table.update(key, set={"expires_at": socket.expires_at}, when=None)


def activate_subscriber(table: Table, socket: Socket, room_id: str, blocked: Iterable[str] = ()) -> bool:
    """Let a subscriber receive pushes; return False if its item was deleted in between.

    blocked: the users whose messages are hidden from it. A push reads them with the subscriber.
    """
    key, codes = subscriber_key(room_id, socket.user_id, socket.connection_id), "".join(map(user_code, blocked))
    try:
        table.update(key, set={"a": True, **({"b": codes} if codes else {})}, when=PRESENT)
    except ConditionFailed:
        return False
    return True


def delete_subscriber(table: Table, room_id: str, user_id: str, connection_id: str) -> None:
    _delete_if_present(table, subscriber_key(room_id, user_id, connection_id))


def list_active_subscribers(table: Table, room_id: str, limit: int, start: Position | None) -> Page[Subscriber]:
    """Return the connections that receive the pushes of a room, of a page of at most `limit` items.

    Cost: 0.5 read units per 54 connections.
    """
    page = table.query(Query(pk=subscriber_partition(room_id), limit=limit, start=start))
    return Page([_subscriber_from_item(item) for item in page.items if item.get("a")], page.next)


def iter_subscribers_of_user(table: Table, room_id: str, user_id: str) -> Iterator[Subscriber]:
    """Yield one user's connections to a room, active or not, by consistent reads."""
    prefix = f"{user_code(user_id)}#"
    query = Query(pk=subscriber_partition(room_id), prefix=prefix, limit=PAGE_SIZE, consistent_read=True)
    return map(_subscriber_from_item, query_all(table, query))


def _subscriber_from_item(item: Item) -> Subscriber:
    _, _, connection_id = item["sk"].partition("#")
    codes = item.get("b", "")
    blocked = frozenset(codes[at : at + USER_CODE_LENGTH] for at in range(0, len(codes), USER_CODE_LENGTH))
    return Subscriber(connection_id, item["expires_at"], blocked)


def socket_to_item(socket: Socket) -> Item:
    return {
        **socket_key(socket.connection_id).attributes(),
        "user_id": socket.user_id,
        "signed_in_at": socket.signed_in_at,
        "expires_at": socket.expires_at,
    }


def socket_from_item(item: Item) -> Socket:
    return Socket(item["pk"].removeprefix("SOCKET#"), item["user_id"], item["signed_in_at"], item["expires_at"])


SOCKETS = EntityStore(socket_to_item, socket_from_item, SocketExpired)


def _delete_if_present(table: Table, key: Key) -> None:
    try:
        table.delete(key, when=PRESENT)
    except ConditionFailed:
        return
