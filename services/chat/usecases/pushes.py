"""Pushing frames to the subscribers of a room."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from services.chat.domain import Message
from services.chat.repository import sockets
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.table.cards import ProductCard

# An allow-list: a new attribute of a card stays inside until it is listed here.
CARD_FIELDS = ("listing_id", "title", "amount", "currency", "stock", "on_sale")


def push_message(ports: Ports, message: Message, card: ProductCard | None) -> None:
    """Push a new message to the subscribers of its room.

    A connection whose user has blocked the sender gets it hidden; one whose user has blocked the seller gets no card.
    """
    blocked = {message.sender: _push_frame(message.hide(), None)}
    if card:
        blocked.setdefault(card.seller, _push_frame(message, None))
    push_to_room(ports, message.room_id, _push_frame(message, card), blocked)


def push_to_room(
    ports: Ports, room_id: str, frame: dict[str, Any], blocked: Mapping[str, dict[str, Any]] = MappingProxyType({})
) -> None:
    """Send a frame to every subscriber of a room; delete connections that are disconnected or expired.

    blocked: what a connection gets instead if its user has blocked this user; the first that applies.
    """
    at = ports.clock()
    by_author: dict[str, set[str]] = {}
    expired: set[str] = set()
    for socket in sockets.iter_active_subscribers(ports.table, room_id):
        if not socket.is_live(at):
            expired.add(socket.connection_id)
            continue
        author = next(filter(socket.has_blocked, blocked), "")
        by_author.setdefault(author, set()).add(socket.connection_id)
    posts = (ports.sockets.post_all(ids, blocked.get(author, frame)) for author, ids in by_author.items())
    disconnected = {connection_id for each in posts for connection_id in each}
    for connection_id in expired:
        ports.sockets.close(connection_id)
    for connection_id in disconnected | expired:
        sockets.delete_socket(ports.table, connection_id)


def _push_frame(message: Message, card: ProductCard | None) -> dict[str, Any]:
    return {"type": "message", **message_frame(message, card)}


def message_frame(message: Message, card: ProductCard | None) -> dict[str, Any]:
    """Return a message as frames carry it, with the field names of the HTTP API."""
    return {
        "room_id": message.room_id,
        "seq": message.seq,
        "message": {
            "seq": message.seq,
            "kind": str(message.kind),
            "sender": message.sender or None,
            "client_msg_id": message.client_msg_id or None,
            "text": message.text,
            "mentions": list(message.mentions),
            "mentions_all": message.mentions_all,
            "reply_to": message.reply_to or None,
            "sent_at": rfc3339(message.sent_at),
            "revision": message.revision,
            "etag": str(message.version),
            "edited_at": rfc3339(message.edited_at) if message.edited_at else None,
            "card": {name: getattr(card, name) for name in CARD_FIELDS} if card else None,
        },
    }
