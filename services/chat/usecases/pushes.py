"""Pushing frames to the subscribers of a room."""

from __future__ import annotations

from typing import Any

from services.chat.domain import Message
from services.chat.repository import sockets
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.table.cards import ProductCard

# An allow-list: a new attribute of a card stays inside until it is listed here.
CARD_FIELDS = ("listing_id", "title", "amount", "currency", "stock", "on_sale")


def push_to_room(ports: Ports, room_id: str, frame: dict[str, Any]) -> None:
    """Send a frame to every subscriber of a room; delete connections that are disconnected or expired."""
    at = ports.clock()
    live: set[str] = set()
    expired: set[str] = set()
    for socket in sockets.iter_active_subscribers(ports.table, room_id):
        (live if socket.is_live(at) else expired).add(socket.connection_id)
    disconnected = ports.sockets.post_all(live, frame)
    for connection_id in expired:
        ports.sockets.close(connection_id)
    for connection_id in disconnected | expired:
        sockets.delete_socket(ports.table, connection_id)


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
            "sent_at": rfc3339(message.sent_at),
            "card": {name: getattr(card, name) for name in CARD_FIELDS} if card else None,
        },
    }
