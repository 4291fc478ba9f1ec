"""The head of a room as an attribute of the room's item, as short as it can be: a write costs a unit per KB of the item.

Each different sender of the recent numbers is stored once, and each number is one character that refers to its sender.
"""

from __future__ import annotations

from services.chat.domain import LastMessage, MessageKind, RoomHead
from services.chat.domain.head import NOT_COUNTED
from services.shared.kernel.clock import from_millis, millis
from services.shared.table.items import Item

# A symbol per sender: printable characters of ASCII and Latin-1, more than a head has recent numbers.
SYMBOLS = "".join(map(chr, [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]))


def head_to_item(head: RoomHead) -> Item:
    senders = list(dict.fromkeys(sender for sender in head.recent if sender != NOT_COUNTED))
    symbols = {NOT_COUNTED: " ", **dict(zip(senders, SYMBOLS, strict=False))}
    return {
        "last_seq": head.last_seq,
        "seen_seq": head.seen_seq,
        "senders": senders,
        "recent": "".join(symbols[sender] for sender in head.recent),
        "last": _last_to_item(head.last) if head.last else None,
        **({"mentions_of_all": list(map(list, head.mentions_of_all))} if head.mentions_of_all else {}),
    }


def head_from_item(item: Item, version: int, revision: int) -> RoomHead:
    senders = {" ": NOT_COUNTED, **dict(zip(SYMBOLS, item["senders"], strict=False))}
    recent = tuple(senders[symbol] for symbol in item["recent"])
    last = _last_from_item(item["last"]) if item["last"] else None
    mentions = tuple((seq, sender) for seq, sender in item.get("mentions_of_all", ()))
    return RoomHead(item["last_seq"], item["seen_seq"], recent, last, version, revision, mentions)


def _last_to_item(last: LastMessage) -> Item:
    return {"seq": last.seq, "kind": str(last.kind), "sender": last.sender, "text": last.text, "sent_at": millis(last.sent_at)}


def _last_from_item(item: Item) -> LastMessage:
    return LastMessage(item["seq"], MessageKind(item["kind"]), item["sender"], item["text"], from_millis(item["sent_at"]))
