"""The highlights of a room: one item with the numbers of its highlighted messages.

A message that becomes a highlight, or is none any more, changes in one transaction with it. So both always agree, and the
length of the list is the exact number of highlights. The item is in the partition of the messages, and is deleted with them.
"""

from __future__ import annotations

from functools import partial

from services.chat.domain import Highlights, Message
from services.chat.errors import RoomNotFound
from services.chat.repository.message_items import message_partition
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Put
from services.shared.table.port import Table, Write


def highlights_key(circle_id: str, room_id: str) -> Key:
    return Key(message_partition(circle_id, room_id), "HIGHLIGHTS")


def get_highlights(table: Table, circle_id: str, room_id: str, *, consistent_read: bool = False) -> Highlights:
    """Return the highlights of a room. Readers need no consistent read: a message itself says whether it is one."""
    found = _store(circle_id).find(table, highlights_key(circle_id, room_id), consistent_read=consistent_read)
    return found or Highlights(room_id)


def highlight_writes(table: Table, circle_id: str, before: Message, after: Message) -> list[Write]:
    """Return the writes that list a message as a highlight, or no more; none if a change does neither.

    They belong in the transaction of the change.
    Cost: 1 read unit, consistent.
    Raises: HighlightLimitReached.
    """
    if bool(before.highlighted_at) == bool(after.highlighted_at):
        return []
    new = Highlights(after.room_id)
    loaded = _store(circle_id).load_or(table, highlights_key(circle_id, after.room_id), new)
    listed = loaded.entity.add(after.seq) if after.highlighted_at else loaded.entity.remove(after.seq)
    return [Put(highlights_to_item(listed, circle_id), loaded.unchanged)]


def _store(circle_id: str) -> EntityStore[Highlights]:
    return EntityStore(partial(highlights_to_item, circle_id=circle_id), highlights_from_item, RoomNotFound)


def highlights_to_item(highlights: Highlights, circle_id: str) -> Item:
    key = highlights_key(circle_id, highlights.room_id)
    return {**key.attributes(), "seqs": list(highlights.seqs), "version": highlights.version}


def highlights_from_item(item: Item) -> Highlights:
    return Highlights(item["pk"].rpartition("#")[2], tuple(item["seqs"]), item["version"])
