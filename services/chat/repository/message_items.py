"""Messages as items of the table."""

from __future__ import annotations

from collections.abc import Iterator

from services.chat.domain import Message, MessageKind, Reaction
from services.shared.kernel.clock import from_millis, millis
from services.shared.pictures.checks import picture_from_list, picture_to_list
from services.shared.pictures.upload import Picture
from services.shared.security.guardrails import ProductDisclosure
from services.shared.security.removals import removal_from_item, removal_to_item
from services.shared.security.take_downs import TakeDowns
from services.shared.table.items import Item, Key

MESSAGE = "MSG#"  # the prefix of the sort keys
HIGHLIGHTED_AT = "highlighted_at"  # the attribute of a highlight
REACTION_COUNT = "reaction_"  # begins the attributes of a message that count reactions
RETRIED = "retried"
BY_OWNER = "by_owner"


def message_key(circle_id: str, room_id: str, seq: int) -> Key:
    return Key(message_partition(circle_id, room_id), f"{MESSAGE}{seq:012}")


def message_partition(circle_id: str, room_id: str) -> str:
    return f"CIRCLE#{circle_id}#ROOM#{room_id}"


def message_to_item(message: Message, circle_id: str) -> Item:
    item: Item = {
        **message_key(circle_id, message.room_id, message.seq).attributes(),
        "room_id": message.room_id,
        "seq": message.seq,
        "kind": str(message.kind),
        "sent_at": millis(message.sent_at),
        "earlier_at": millis(message.earlier_at),
        "sender": message.sender,
        "client_msg_id": message.client_msg_id,
        "text": message.text,
        "text_hash": message.text_hash,
        "listing_id": message.listing_id,
        **({"in_burst": True} if message.in_burst else {}),
        "version": message.version,
        **_mentions_to_item(message),
        **_changes_to_item(message),
        **({BY_OWNER: True} if message.by_owner else {}),
        **({"disclosure": str(message.disclosure)} if message.disclosure else {}),
    }
    if not message.pictures:
        return item
    # Lists without names: 9 pictures and a short text stay within 1 KB, a write unit.
    return item | {"pictures": list(map(picture_to_list, message.pictures))}


def _mentions_to_item(message: Message) -> Item:
    mentions = {"mentions": list(message.mentions)} if message.mentions else {}
    reply_to = {"reply_to": message.reply_to} if message.reply_to else {}
    return {**mentions, **reply_to, **({"mentions_all": True} if message.mentions_all else {})}


def _changes_to_item(message: Message) -> Item:
    """Return what only a message that was changed has."""
    changed = {"changed_at": millis(message.changed_at)} if message.changed_at else {}
    revised = {"revision": message.revision} if message.revision > 1 else {}
    highlighted = {HIGHLIGHTED_AT: millis(message.highlighted_at)} if message.highlighted_at else {}
    return {**changed, **revised, **highlighted, **removal_to_item(message.removal), **message.take_downs.to_item()}


def message_from_item(item: Item) -> Message:
    return Message(
        room_id=item["room_id"],
        seq=item["seq"],
        kind=MessageKind(item["kind"]),
        sent_at=from_millis(item["sent_at"]),
        earlier_at=from_millis(item["earlier_at"]),
        sender=item["sender"],
        client_msg_id=item["client_msg_id"],
        text=item["text"],
        text_hash=item["text_hash"],
        listing_id=item["listing_id"],
        mentions=tuple(item.get("mentions", ())),
        mentions_all=item.get("mentions_all", False),
        reply_to=item.get("reply_to", 0),
        take_downs=TakeDowns.from_item(item),
        in_burst=item.get("in_burst", False),
        pictures=tuple(pictures_from_item(item)),
        version=item["version"],
        revision=item.get("revision", 1),
        changed_at=from_millis(item["changed_at"]) if "changed_at" in item else None,
        removal=removal_from_item(item),
        reactions=_reactions_from_item(item),
        is_retried=RETRIED in item,
        highlighted_at=from_millis(item[HIGHLIGHTED_AT]) if HIGHLIGHTED_AT in item else None,
        by_owner=item.get(BY_OWNER, False),
        disclosure=ProductDisclosure(item["disclosure"]) if "disclosure" in item else None,
    )


def pictures_from_item(item: Item) -> Iterator[Picture]:
    return map(picture_from_list, item.get("pictures", ()))


def _reactions_from_item(item: Item) -> tuple[tuple[Reaction, int], ...]:
    """Return the counts of reactions, in the order of the list of reactions."""
    counts = ((reaction, item.get(f"{REACTION_COUNT}{reaction}", 0)) for reaction in Reaction)
    return tuple((reaction, count) for reaction, count in counts if count > 0)
