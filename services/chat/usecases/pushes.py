"""Pushing frames to the subscribers of a room: a page of them per function, and many messages in a frame.

A sender pushes its message itself, unless the message is in a burst: then the stream pushes it, in one frame per connection
with all that was stored in the meantime (decision 72).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from typing import Any

from services.chat.domain import Message, Subscriber
from services.chat.repository import messages, rooms, sockets
from services.chat.settings import settings
from services.chat.usecases.cards import trade_rule
from services.chat.usecases.pictures import picture_addresses
from services.chat.usecases.ports import Ports
from services.shared.kernel.clock import rfc3339
from services.shared.kernel.observability import logger
from services.shared.kernel.pages import Position
from services.shared.pictures.addresses import PictureAddresses
from services.shared.pictures.upload import Picture
from services.shared.table.cards import ProductCard, find_product_cards

# An allow-list: a new attribute of a card stays inside until it is listed here.
CARD_FIELDS = ("listing_id", "title", "amount", "currency", "stock", "option_count", "on_sale")
MAX_FRAME_BYTES = 32 * 1024  # API Gateway closes a connection that gets a larger one
FRAME_HEAD_BYTES = 128  # type, room and brackets
MAX_PARTS = 1000  # of one push; a million connections
Frame = dict[str, Any]
FramesFor = Callable[[frozenset[str]], list[Frame]]  # by which of the concerned users the receiver has blocked


@dataclass(frozen=True, slots=True)
class PushPart:
    """A page of a push to a room, as one function hands it to the next. It names messages, so that none is a copy of a text.

    frame: what is pushed, unless it is messages. hidden: what a connection gets instead whose user has blocked the author.
    seqs: the numbers of the messages. is_edit: whether they were edited, and not sent.
    start: of the page; None for the first one.
    number: how many pages were before.
    """

    circle_id: str
    room_id: str
    frame: Frame | None = None
    author: str = ""
    hidden: Frame | None = None
    seqs: Sequence[int] = ()
    is_edit: bool = False
    start: Position | None = None
    number: int = 0


def push_message(ports: Ports, circle_id: str, message: Message, card: ProductCard | None) -> None:
    """Push a message that was just sent, unless it is in a burst: then `push_burst` pushes it."""
    if not message.in_burst:
        _push_messages(ports, PushPart(circle_id, message.room_id, seqs=(message.seq,)), [(message, card)])


def push_burst(ports: Ports, circle_id: str, room_id: str, seqs: Sequence[int]) -> None:
    """Push the messages of a burst with these numbers, in one frame per connection.

    Cost: 1 read unit per 4 KB of messages, and 0.5 per 54 subscribers.
    """
    push_part(ports, PushPart(circle_id, room_id, seqs=seqs))


def push_edit(ports: Ports, circle_id: str, message: Message) -> None:
    """Push that a message was edited, with its text as it is now.

    A connection whose user has blocked the sender gets no text, and none gets it in a room whose newcomers read no earlier
    messages: no subscriber has the moment at which its user joined.
    Cost: 1 read unit (room, consistent), and 0.5 per 54 subscribers.
    """
    _push_edit(ports, PushPart(circle_id, message.room_id, seqs=(message.seq,), is_edit=True), message)


def push_to_room(
    ports: Ports, circle_id: str, room_id: str, frame: Frame, *, author: str = "", hidden: Frame | None = None
) -> None:
    """Send a frame to every subscriber of a room; to one whose user has blocked the author, the hidden one if there is one."""
    push_part(ports, PushPart(circle_id, room_id, frame, author, hidden))


def push_part(ports: Ports, part: PushPart) -> None:
    """Send a page of a room's subscribers what a push is about. Messages are read as they are now."""
    frame, hidden = part.frame, part.hidden
    if frame is not None:
        _push(ports, part, (part.author,) if hidden else (), lambda blocked: [hidden if blocked and hidden else frame])
        return
    shown = [
        message for message in messages.find_range(ports.table, part.circle_id, part.room_id, part.seqs) if message.is_shown
    ]
    if part.is_edit:
        for message in shown:
            _push_edit(ports, part, message)
        return
    # As a member sees them who has blocked no user: those who blocked the seller get no card.
    rule = trade_rule(ports, part.circle_id, tuple)
    cards = find_product_cards(ports.table, part.circle_id, (message.listing_id for message in shown), rule)
    if shown:
        _push_messages(ports, part, [(message, cards.get(message.listing_id)) for message in shown])


def _push_edit(ports: Ports, part: PushPart, message: Message) -> None:
    room = rooms.find_room(ports.table, part.circle_id, part.room_id)
    if room is None:
        return
    about = {"type": "edited", "room_id": room.id, "seq": message.seq, "revision": message.revision}
    about["edited_at"] = rfc3339(message.changed_at or message.sent_at)
    hidden = {**about, "text": None, "mentions": []}
    shown = {**about, "text": message.text, "mentions": list(message.mentions)}
    frame = shown if room.settings.earlier_for_newcomers else hidden
    _push(ports, part, (message.sender,), lambda blocked: [hidden if blocked else frame])


def _push_messages(ports: Ports, part: PushPart, pushed: Sequence[tuple[Message, ProductCard | None]]) -> None:
    """Push messages. A connection whose user has blocked a sender gets the message hidden; of a seller, without its card.

    All get the same addresses of its pictures.
    """
    users = {message.sender for message, _ in pushed} | {card.seller for _, card in pushed if card}
    _push(ports, part, users, partial(_message_frames, part.room_id, pushed, picture_addresses(ports)))


def _message_frames(
    room_id: str, pushed: Iterable[tuple[Message, ProductCard | None]], addresses: PictureAddresses, blocked: frozenset[str]
) -> list[Frame]:
    """Return the frames with these messages for a user who has blocked these users, each within the limit of the gateway."""
    frames: list[Frame] = []
    left = 0
    for message, card in pushed:
        seen = message.hide() if message.sender in blocked else message
        shown_card = card if card and seen is message and card.seller not in blocked else None
        content = message_frame(seen, shown_card, addresses)["message"]
        size = len(json.dumps(content, ensure_ascii=False).encode())
        if size > left:
            frames.append({"type": "messages", "room_id": room_id, "messages": []})
            left = MAX_FRAME_BYTES - FRAME_HEAD_BYTES
        frames[-1]["messages"].append(content)
        left -= size
    return frames


def _push(ports: Ports, part: PushPart, users: Collection[str], frames_for: FramesFor) -> None:
    """Post to a page of subscribers, after the next page was handed to another function.

    The subscribers are read now, so a user whose access has ended gets nothing.
    users: those whose messages or cards are hidden from receivers who have blocked them.
    """
    page = sockets.list_active_subscribers(ports.table, part.room_id, settings().push_part_size, part.start)
    if page.next:
        if part.number < MAX_PARTS:
            ports.push_parts.hand_over(asdict(replace(part, start=page.next, number=part.number + 1)))
        else:
            logger().error("a push has too many parts", room_id=part.room_id)
    _post(ports, page.items, users, cache(frames_for))


def _post(ports: Ports, subscribers: Iterable[Subscriber], users: Collection[str], frames_for: FramesFor) -> None:
    """Send each subscriber its frames; delete connections that are disconnected or expired."""
    at = ports.clock()
    frames: dict[str, list[Frame]] = {}
    expired: set[str] = set()
    disconnected: set[str] = set()
    for subscriber in subscribers:
        if subscriber.is_live(at):
            frames[subscriber.connection_id] = frames_for(subscriber.blocks_among(users))
        else:
            expired.add(subscriber.connection_id)
    for index in range(max(map(len, frames.values()), default=0)):
        disconnected |= ports.sockets.post_all({id_: each[index] for id_, each in frames.items() if index < len(each)})
    for connection_id in expired:
        ports.sockets.close(connection_id)
    for connection_id in disconnected | expired:
        sockets.delete_socket(ports.table, connection_id)


def message_frame(message: Message, card: ProductCard | None, addresses: PictureAddresses) -> Frame:
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
            # No attribution: one body goes to all readers, and each has a token of their own.
            "card": {name: getattr(card, name) for name in CARD_FIELDS} | {"attribution": None} if card else None,
            "disclosure": message.disclosure.label if message.disclosure else None,
            "pictures": [_picture(message, picture, addresses) for picture in message.pictures],
        },
    }


def _picture(message: Message, picture: Picture, addresses: PictureAddresses) -> dict[str, Any]:
    ids = (message.room_id, message.sender, picture.id)
    return {
        "id": picture.id,
        "type": str(picture.type),
        "width": picture.width,
        "height": picture.height,
        "thumbnail_url": addresses.thumbnail_url(*ids),
        "url": addresses.url(*ids),
        "expires_at": rfc3339(addresses.period.ends_at),
    }
