"""Reactions of members to messages: an item per member and message, in the partition of the room.

The items of one member follow each other by number, so one query has those to a page of messages. A message has the counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from services.chat.domain import MemberReactions, Reaction, derive_token
from services.chat.errors import MessageNotFound
from services.chat.repository.highlights import get_highlights
from services.chat.repository.message_items import REACTION_COUNT, message_key, message_partition
from services.chat.repository.messages import MAX_RANGE, find_message
from services.shared.table.entities import EntityStore
from services.shared.table.items import Attr, Delete, Item, Key, Query, Update
from services.shared.table.pages import get_all, query_all
from services.shared.table.port import HasTable, Table, Write
from services.shared.table.versioned import Versioned, retry_on_write_conflict

REACTION = "REACTION#"
PAGE_SIZE = 100
HAS_CONTENT = Attr("text_hash").gt("")  # of a message: that is empty once its content is erased


def reactions_key(circle_id: str, room_id: str, user_id: str, seq: int) -> Key:
    return Key(message_partition(circle_id, room_id), f"{REACTION}{user_id}#{seq:012}")


def message_of_reactions(key: Key) -> int:
    """Return the number of the message that an item is about."""
    return int(key.sk.rpartition("#")[2])


def load_reactions(table: Table, circle_id: str, room_id: str, user_id: str, seq: int) -> Versioned[MemberReactions]:
    """Load the reactions of a member to a message for a change; none if there is no item."""
    store = EntityStore(partial(reactions_to_item, circle_id=circle_id), reactions_from_item, MessageNotFound)
    return store.load_or(table, reactions_key(circle_id, room_id, user_id, seq), MemberReactions(room_id, seq, user_id))


def find_own_reactions(
    table: Table, circle_id: str, room_id: str, user_id: str, seqs: Sequence[int]
) -> dict[int, tuple[Reaction, ...]]:
    """Return the reactions of a member to these messages of a page, by one query from the first to the last number.

    Messages that are far apart, such as highlights, are read by their keys: between them there can be thousands.
    """
    first, last = (reactions_key(circle_id, room_id, user_id, seq) for seq in (min(seqs), max(seqs)))
    if max(seqs) - min(seqs) > MAX_RANGE:
        read = get_all(table, [reactions_key(circle_id, room_id, user_id, seq) for seq in seqs]).values()
        return {each.seq: each.reactions for each in map(reactions_from_item, read)}
    query = Query(pk=first.pk, first=first.sk, last=last.sk, limit=PAGE_SIZE)
    found = map(reactions_from_item, query_all(table, query))
    return {each.seq: each.reactions for each in found if each.seq in set(seqs)}


def find_changed(table: Table, keys: Sequence[Key]) -> list[MemberReactions]:
    """Return what these items are now, without those that are deleted."""
    items = get_all(table, list(dict.fromkeys(keys)), consistent_read=True)
    return [reactions_from_item(item) for item in items.values()]


def save_counted(
    ports: HasTable, circle_id: str, changed: Sequence[tuple[MemberReactions, MemberReactions]], counts: dict[Reaction, int]
) -> None:
    """Count the reactions of members to one message, in one transaction.

    changed: each member's before and after. Cost: 2 write units per member, and 2 for the message.
    Raises: ConditionFailed (a member has reacted since, or the message was deleted, recalled or removed).
    """
    writes: list[Write] = []
    for before, after in changed:
        key = reactions_key(circle_id, after.room_id, after.user_id, after.seq)
        stored = {"counted": _to_text(after.counted), "version": after.version}
        writes.append(Update(key, Attr("version").eq(before.version), set=stored))
    if counts:
        one = changed[0][1]
        writes.append(_counting(circle_id, one.room_id, one.seq, counts))
    ports.table.transact(writes, token=ports.new_id("txn"))


def iter_reactions_of(table: Table, circle_id: str, room_id: str, user_id: str) -> Iterator[MemberReactions]:
    """Yield the reactions of a member in a room, in the order of the messages."""
    query = Query(
        pk=message_partition(circle_id, room_id), prefix=f"{REACTION}{user_id}#", limit=PAGE_SIZE, consistent_read=True
    )
    return map(reactions_from_item, query_all(table, query))


def delete_reactions_until(table: Table, circle_id: str, room_id: str, seq: int) -> Iterator[None]:
    """Delete the reactions to messages up to a number, but for highlights. Yields after each reaction that it reads.

    The reactions of one member follow each other, so all of the room are read.
    Cost: 1 read unit, 0.5 read units per 4 KB of the room's reactions, and 1 write unit per item.
    """
    kept = frozenset(get_highlights(table, circle_id, room_id, consistent_read=True).seqs)
    query = Query(pk=message_partition(circle_id, room_id), prefix=REACTION, limit=PAGE_SIZE)
    for each in map(reactions_from_item, query_all(table, query)):
        if each.seq <= seq and each.seq not in kept:
            table.delete(reactions_key(circle_id, room_id, each.user_id, each.seq), when=None)
        yield


def delete_reactions_of(table: Table, circle_id: str, room_id: str, user_id: str) -> Iterator[None]:
    """Delete the reactions of a member in a room, and count them no more. Yields after each message."""
    for each in list(iter_reactions_of(table, circle_id, room_id, user_id)):
        key = reactions_key(circle_id, room_id, user_id, each.seq)
        retry_on_write_conflict(partial(_delete_item, table, circle_id, key))
        yield


def _delete_item(table: Table, circle_id: str, key: Key) -> None:
    item = table.get(key, consistent_read=True)
    if item is None:
        return
    each, unchanged = reactions_from_item(item), Attr("version").eq(item["version"])
    message = find_message(table, circle_id, each.room_id, each.seq, consistent_read=True)
    if not each.counted or message is None or not message.has_content:
        table.delete(key, when=unchanged)
        return
    uncount = _counting(circle_id, each.room_id, each.seq, dict.fromkeys(each.counted, -1))
    token = derive_token(each.room_id, key.sk, str(each.version))
    table.transact([Delete(key, unchanged), uncount], token=token)


def _counting(circle_id: str, room_id: str, seq: int, counts: dict[Reaction, int]) -> Update:
    """Return the update of the counts of a message that has its content: a tombstone counts no reaction."""
    added = {f"{REACTION_COUNT}{reaction}": count for reaction, count in counts.items()}
    return Update(message_key(circle_id, room_id, seq), HAS_CONTENT, add=added)


def reactions_to_item(reactions: MemberReactions, circle_id: str) -> Item:
    return {
        **reactions_key(circle_id, reactions.room_id, reactions.user_id, reactions.seq).attributes(),
        "reactions": _to_text(reactions.reactions),
        "counted": _to_text(reactions.counted),
        "version": reactions.version,
    }


def reactions_from_item(item: Item) -> MemberReactions:
    user_id, _, seq = item["sk"].removeprefix(REACTION).partition("#")
    return MemberReactions(
        room_id=item["pk"].rpartition("#")[2],
        seq=int(seq),
        user_id=user_id,
        reactions=_from_text(item["reactions"]),
        counted=_from_text(item["counted"]),
        version=item["version"],
    )


def _to_text(reactions: tuple[Reaction, ...]) -> str:
    return " ".join(reactions)


def _from_text(stored: str) -> tuple[Reaction, ...]:
    return tuple(map(Reaction, stored.split()))
