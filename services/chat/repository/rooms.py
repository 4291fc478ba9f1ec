"""Rooms, who takes part in them, messages and read markers."""

from __future__ import annotations

from datetime import datetime

from services.chat.domain import (
    BLOCK,
    BURST_MS,
    SEND_EVERY_MS,
    Circle,
    Kind,
    MemberState,
    Message,
    Participant,
    Room,
    first_of,
)
from services.chat.errors import CircleNotFound, RoomNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.port import (
    ABSENT,
    Attr,
    ConditionFailed,
    Item,
    Key,
    Page,
    Put,
    Query,
    Reserved,
    Table,
)
from services.shared.table.queries import put_if_newer

IN = Attr("standing").eq(str(MemberState.MEMBER))


# rooms


def room_key(circle_id: str, room_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"ROOM#{room_id}")


def find_room(table: Table, circle_id: str, room_id: str) -> Room:
    item = table.get(room_key(circle_id, room_id))
    if item is None:
        raise RoomNotFound
    return room_from_item(item)


def list_rooms(table: Table, circle_id: str) -> list[Room]:
    page = table.query(Query(pk=f"CIRCLE#{circle_id}", prefix="ROOM#", limit=50))
    return [room_from_item(item) for item in page.items]


def open_room(table: Table, room: Room, token: str) -> None:
    """A room and its first block; nothing changes when it is there."""
    item = {**room_key(room.circle_id, room.id).attributes(), "name": room.name, "version": room.version}
    block = {**block_key(room.circle_id, room.id, 0).attributes(), "first": 1, "last": 0}
    try:
        table.transact([Put(item, ABSENT), Put(block, ABSENT)], token=token)
    except ConditionFailed:
        return


def room_from_item(item: Item) -> Room:
    return Room(item["sk"].removeprefix("ROOM#"), item["pk"].removeprefix("CIRCLE#"), item["name"], item["version"])


# circles


def circle_key(circle_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", "CIRCLE")


def keep_circle(table: Table, circle: Circle) -> None:
    """Take over what circles tells of a circle, if it is newer."""
    item: Item = {
        **circle_key(circle.id).attributes(),
        "owner": circle.owner,
        "read_only": circle.read_only,
        "version": circle.version,
    }
    item |= {"until": millis(circle.until)} if circle.until else {}
    put_if_newer(table, item)


def find_circle(table: Table, circle_id: str) -> Circle:
    """A circle with a room in it was told of when it opened."""
    item = table.get(circle_key(circle_id))
    if item is None:
        raise CircleNotFound
    until = from_millis(item["until"]) if "until" in item else None
    return Circle(circle_id, item["owner"], item["read_only"], until, item["version"])


# who takes part


def participant_key(circle_id: str, user_id: str) -> Key:
    return Key(f"USER#{user_id}", f"CIRCLE#{circle_id}")


def require_participant(table: Table, circle_id: str, user_id: str, *, consistent_read: bool = False) -> Participant:
    """The membership every use case inside a circle begins with: one read, whether the circle is there or not."""
    item = table.get(participant_key(circle_id, user_id), consistent_read=consistent_read)
    if item is None or not participant_from_item(item).is_in:
        raise CircleNotFound
    return participant_from_item(item)


def list_participations(table: Table, user_id: str, limit: int, start: Item | None) -> Page:
    return table.query(Query(pk=f"USER#{user_id}", prefix="CIRCLE#", limit=limit, start=start))


def keep_participant(table: Table, participant: Participant) -> Participant:
    """Take over a membership if it is newer; answers what stands afterwards. The row is never deleted, and the limiter's
    attributes on it stay."""
    new = {
        "circle_id": participant.circle_id,
        "user_id": participant.user_id,
        "role": participant.role,
        "standing": str(participant.standing),
        "version": participant.version,
        "muted_until": millis(participant.muted_until) if participant.muted_until else 0,
    }
    newer = Attr("version").not_exists() | Attr("version").lt(participant.version)
    try:
        table.update(participant_key(participant.circle_id, participant.user_id), set=new, when=newer)
    except ConditionFailed as failed:
        return participant_from_item(failed.old or new)
    return participant


def take_turn(table: Table, circle_id: str, user_id: str, token: str, at: datetime) -> None:
    """Membership, voice and rate limit in one conditional update (generic cell rate: `tat` is when the next turn is due).
    A repeat of the last send passes without a turn. Raises ConditionFailed with the row that said no."""
    key, now = participant_key(circle_id, user_id), millis(at)
    may = IN & (Attr("muted_until").not_exists() | Attr("muted_until").le(now))
    idle = Attr("tat").not_exists() | Attr("tat").le(now)
    try:
        table.update(key, set={"tat": now + SEND_EVERY_MS, "last_token": token}, when=may & idle)
    except ConditionFailed as failed:
        if not failed.old or not participant_from_item(failed.old).may_speak(at) or failed.old.get("last_token") == token:
            raise
        busy = Attr("tat").le(now + BURST_MS) & Attr("last_token").ne(token)
        table.update(key, add={"tat": SEND_EVERY_MS}, set={"last_token": token}, when=may & busy)


def participant_from_item(item: Item) -> Participant:
    muted = from_millis(item["muted_until"]) if item.get("muted_until") else None
    return Participant(item["circle_id"], item["user_id"], item["role"], MemberState(item["standing"]), item["version"], muted)


# messages and their numbers


def block_key(circle_id: str, room_id: str, block: int) -> Key:
    """Under the circle: naming another circle's room beside one's own finds no block."""
    return Key(f"CIRCLE#{circle_id}#SEQ#{room_id}", f"BLOCK#{block:010}")


def take_number(table: Table, circle_id: str, room_id: str, block: int, token: str, *, may_open: bool) -> Reserved:
    key = block_key(circle_id, room_id, block)
    return table.reserve(key, token=token, first=first_of(block), size=BLOCK, may_open=may_open)


def message_key(circle_id: str, room_id: str, seq: int) -> Key:
    return Key(f"CIRCLE#{circle_id}#ROOM#{room_id}", f"MSG#{seq:012}")


def put_message(table: Table, circle_id: str, message: Message) -> Message:
    """Put a message under its number if the number is free; answers what stands there."""
    try:
        table.put(message_to_item(message, circle_id), when=ABSENT)
    except ConditionFailed as failed:
        if failed.old is None:
            raise
        return message_from_item(failed.old)
    return message


def look_at_message(table: Table, circle_id: str, room_id: str, seq: int) -> Message | None:
    item = table.get(message_key(circle_id, room_id, seq))
    return message_from_item(item) if item else None


def messages_after(table: Table, circle_id: str, room_id: str, seq: int, limit: int) -> list[Message]:
    """Stored messages above a number, read strongly: what was acknowledged is there. Gaps are the caller's to judge."""
    first = message_key(circle_id, room_id, seq + 1)
    last = message_key(circle_id, room_id, 10**12 - 1)
    page = table.query(Query(pk=first.pk, first=first.sk, last=last.sk, limit=limit, consistent_read=True))
    return [message_from_item(item) for item in page.items]


def message_to_item(message: Message, circle_id: str) -> Item:
    return {
        **message_key(circle_id, message.room_id, message.seq).attributes(),
        "room_id": message.room_id,
        "seq": message.seq,
        "kind": str(message.kind),
        "sent_at": millis(message.sent_at),
        "sender": message.sender,
        "client_msg_id": message.client_msg_id,
        "text": message.text,
        "text_hash": message.text_hash,
        "listing_id": message.listing_id,
    }


def message_from_item(item: Item) -> Message:
    return Message(
        room_id=item["room_id"],
        seq=item["seq"],
        kind=Kind(item["kind"]),
        sent_at=from_millis(item["sent_at"]),
        sender=item["sender"],
        client_msg_id=item["client_msg_id"],
        text=item["text"],
        text_hash=item["text_hash"],
        listing_id=item["listing_id"],
    )


# read markers


def marker_key(user_id: str, room_id: str) -> Key:
    return Key(f"USER#{user_id}", f"READ#{room_id}")


def move_marker(table: Table, user_id: str, room_id: str, seq: int) -> int:
    """Forwards only; answers where it stands."""
    ahead = Attr("seq").not_exists() | Attr("seq").lt(seq)
    try:
        table.update(marker_key(user_id, room_id), set={"seq": seq}, when=ahead)
    except ConditionFailed as failed:
        return int((failed.old or {})["seq"])
    return seq


def find_marker(table: Table, user_id: str, room_id: str) -> int:
    return int((table.get(marker_key(user_id, room_id)) or {}).get("seq", 0))
