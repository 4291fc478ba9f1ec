"""Deleting what chat stores of a closed circle. Yields after each deletion, so that the caller can stop."""

from __future__ import annotations

from collections.abc import Iterator

from services.chat.repository.message_items import message_partition
from services.chat.repository.messages import sequence_partition
from services.chat.repository.rooms import iter_rooms, room_key
from services.shared.table.guardrails import guardrails_partition
from services.shared.table.port import Table
from services.shared.table.purging import delete_partition


def delete_circle_items(table: Table, circle_id: str) -> Iterator[None]:
    """Delete the messages of each room and then the room, whose item names them; then cards and reports."""
    for room in iter_rooms(table, circle_id):
        yield from delete_partition(table, message_partition(circle_id, room.id))
        yield from delete_partition(table, sequence_partition(circle_id, room.id))
        table.delete(room_key(circle_id, room.id), when=None)
        yield
    for prefix in ("LISTING#", "REPORT#"):
        yield from delete_partition(table, f"CIRCLE#{circle_id}", prefix)
    yield from delete_partition(table, guardrails_partition(circle_id))
