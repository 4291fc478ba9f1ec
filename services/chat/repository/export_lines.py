"""What chat writes of a user for a data export: their read markers and messages in the circle.

Messages have no index by sender: it would cost a write unit for each message. So a job reads the history of each room.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.chat.domain import MAX_SEQ
from services.chat.repository.messages import message_key
from services.chat.repository.read_markers import marker_key
from services.chat.repository.rooms import iter_rooms
from services.shared.exports.format import Line, export_line
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.kernel.clock import millis
from services.shared.security.take_downs import is_down
from services.shared.table.items import Item, Query
from services.shared.table.port import Table

MESSAGES_PER_QUERY = 1000
QUERIES_PER_PAGE = 20
LINES_PER_PAGE = 2000
# The attributes that leave the service, for each kind of line. A new attribute stays inside until it is listed.
EXPORTED: dict[str, tuple[str, ...]] = {
    "read_marker": ("circle_id", "room_id", "seq"),
    "message": ("circle_id", "room_id", "seq", "sent_at", "text", "listing_id", "state"),
}


def get_export_page(table: Table, job: ExportJob) -> ExportPage:
    """Return the next page: of the messages after the room and number that `job.after` names.

    A page ends after 20 queries, or with the query that brings 2,000 lines.
    """
    rooms = sorted(room.id for room in iter_rooms(table, job.circle_id))
    lines = [] if job.after else [*_marker_lines(table, job, rooms)]
    room_id, _, seq = job.after.partition("/")
    place = (room_id, int(seq)) if job.after else (rooms[0], 0) if rooms else None
    for _ in range(QUERIES_PER_PAGE):
        if place is None or len(lines) >= LINES_PER_PAGE:
            break
        messages, place = _query(table, job, rooms, *place)
        lines += messages
    return ExportPage(lines, f"{place[0]}/{place[1]}" if place else None)


def _marker_lines(table: Table, job: ExportJob, rooms: list[str]) -> Iterator[Line]:
    for room_id in rooms:
        if marker := table.get(marker_key(job.user_id, job.circle_id, room_id)):
            yield _line("read_marker", job, {**marker, "room_id": room_id})


def _query(table: Table, job: ExportJob, rooms: list[str], room_id: str, seq: int) -> tuple[list[Line], tuple[str, int] | None]:
    """Return the user's messages among the next ones of a room, and where to continue; None after the last room."""
    first, last = message_key(job.circle_id, room_id, seq + 1), message_key(job.circle_id, room_id, MAX_SEQ)
    query = Query(pk=first.pk, first=first.sk, last=last.sk, limit=MESSAGES_PER_QUERY, consistent_read=True)
    page, requested_at = table.query(query), millis(job.requested_at)
    own = (item for item in page.items if item["sender"] == job.user_id and item["sent_at"] <= requested_at)
    lines = [_line("message", job, {**item, **({"state": "taken_down"} if is_down(item) else {})}) for item in own]
    if page.next is not None:
        return lines, (room_id, page.items[-1]["seq"])
    later = [other for other in rooms if other > room_id]
    return lines, (later[0], 0) if later else None


def _line(kind: str, job: ExportJob, item: Item) -> Line:
    return export_line(kind, EXPORTED[kind], {**item, "circle_id": job.circle_id})
