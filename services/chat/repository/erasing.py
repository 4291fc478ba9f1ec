"""Erasing what chat stores of a deleted account.

What stays are the memberships, without the state of the rate limit. Hidden notifications expire.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from services.chat.domain import MAX_SEQ, derive_token
from services.chat.domain.message import void
from services.chat.repository import notifications, push_subscriptions
from services.chat.repository.highlights import highlight_writes
from services.chat.repository.member_days import active_partition
from services.chat.repository.message_items import message_key, message_to_item
from services.chat.repository.message_revisions import delete_revisions
from services.chat.repository.messages import find_message
from services.chat.repository.notification_preferences import preferences_key
from services.chat.repository.participants import iter_participations, participant_key
from services.chat.repository.reactions import delete_reactions_of
from services.chat.repository.read_markers import marker_key
from services.chat.repository.rooms import iter_rooms
from services.shared.erasure.jobs import Erasure
from services.shared.pictures.checks import picture_partition
from services.shared.table.erasing import delete_limits, delete_reports_of
from services.shared.table.items import Attr, Put, Query
from services.shared.table.port import Table
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import retry_on_write_conflict

MESSAGES_PER_QUERY = 1000
SENDER_STATE = ("slots_free_at", "last_token")


def erase_user_items(table: Table, erasure: Erasure) -> Iterator[str]:
    """Erase a user in each of their circles. Yields where the next run continues: in a circle, its room and number."""
    user_id = erasure.user_id
    for circle_id in [participant.circle_id for participant in iter_participations(table, user_id)]:
        if erasure.deletes_content:
            yield from _erase_messages(table, erasure, circle_id)
        yield from _erase_reactions(table, user_id, circle_id)
        for _ in _delete_items_in_circle(table, circle_id, user_id):
            yield ""
        table.update(participant_key(circle_id, user_id), remove=SENDER_STATE, when=Attr("state").exists())
        yield ""
    for _ in _delete_account_items(table, user_id):
        yield ""


def _delete_items_in_circle(table: Table, circle_id: str, user_id: str) -> Iterator[None]:
    """Delete the user's uploads, read markers and reports. The stream deletes the files of uploads that no message used."""
    for room in iter_rooms(table, circle_id):
        yield from delete_partition(table, picture_partition(room.id, user_id))
    prefix = marker_key(user_id, circle_id, "")
    yield from delete_partition(table, prefix.pk, prefix.sk)
    yield from delete_reports_of(table, circle_id, user_id)


def _delete_account_items(table: Table, user_id: str) -> Iterator[None]:
    yield from delete_limits(table, user_id)
    yield from delete_partition(table, f"UPLOADER#{user_id}")
    yield from delete_partition(table, active_partition(user_id))
    for prefix in ("SLOW#", "SOCKET#"):
        yield from delete_partition(table, f"USER#{user_id}", prefix)
    for key in notifications.iter_visible_keys(table, user_id):
        table.delete(key, when=None)
        yield
    push_subscriptions.delete_subscriptions(table, user_id)
    table.delete(preferences_key(user_id), when=None)
    yield


def _erase_reactions(table: Table, user_id: str, circle_id: str) -> Iterator[str]:
    for room in iter_rooms(table, circle_id):
        for _ in delete_reactions_of(table, circle_id, room.id, user_id):
            yield ""


def _erase_messages(table: Table, erasure: Erasure, circle_id: str) -> Iterator[str]:
    """Replace the user's messages of a circle by voids, from where the last run ended."""
    last_circle, last_room, last_seq = json.loads(erasure.after) if erasure.after else ("", "", 0)
    if circle_id < last_circle:
        return
    for room_id in sorted(room.id for room in iter_rooms(table, circle_id)):
        if circle_id == last_circle and room_id < last_room:
            continue
        seq: int = last_seq if (circle_id, room_id) == (last_circle, last_room) else 0
        while seq < MAX_SEQ:
            seq = _erase_page(table, erasure.user_id, circle_id, room_id, seq)
            yield json.dumps([circle_id, room_id, seq])


def _erase_page(table: Table, user_id: str, circle_id: str, room_id: str, seq: int) -> int:
    """Replace the user's messages among the next ones of a room, and return the number that was reached."""
    first, last = message_key(circle_id, room_id, seq + 1), message_key(circle_id, room_id, MAX_SEQ)
    query = Query(pk=first.pk, first=first.sk, last=last.sk, limit=MESSAGES_PER_QUERY, consistent_read=True)
    page = table.query(query)
    for item in page.items:
        if item["sender"] == user_id:
            seq = int(item["seq"])
            retry_on_write_conflict(partial(_replace_by_void, table, circle_id, room_id, seq))
            delete_revisions(table, circle_id, room_id, seq)
    return int(page.items[-1]["seq"]) if page.next is not None else MAX_SEQ


def _replace_by_void(table: Table, circle_id: str, room_id: str, seq: int) -> None:
    """Leave a void at the number of a message: its times stay, because the history is read by them.

    An edit that loaded the message before fails, and finds the void. A highlight is one no more, in the same transaction.
    Raises: ConditionFailed (the message changed since it was read, or was deleted).
    """
    message = find_message(table, circle_id, room_id, seq, consistent_read=True)
    if message is None:
        return
    left = replace(void(room_id, seq, message.sent_at), earlier_at=message.earlier_at, version=message.version + 1)
    unlisting = highlight_writes(table, circle_id, message, left)
    if not unlisting:
        table.put(message_to_item(left, circle_id), when=Attr("version").eq(message.version))
        return
    write = Put(message_to_item(left, circle_id), Attr("version").eq(message.version))
    table.transact([write, *unlisting], token=derive_token(room_id, str(seq), str(message.version)))
