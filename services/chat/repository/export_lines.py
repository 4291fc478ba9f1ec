"""What chat writes of a user for a data export: their read markers and messages in the circle, or in all circles.

An export of an account also has the preferences of notifications.

Messages have no index by sender: it would cost a write unit for each message. So a job reads the history of each room.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from services.chat.domain import MAX_SEQ, MessageKind, Room
from services.chat.repository.message_items import HIGHLIGHTED_AT, message_key, pictures_from_item
from services.chat.repository.message_revisions import iter_edits_of
from services.chat.repository.messages import find_messages
from services.chat.repository.notification_preferences import preferences_key
from services.chat.repository.participants import iter_participations
from services.chat.repository.push_subscriptions import list_subscriptions, subscription_to_item
from services.chat.repository.reactions import iter_reactions_of
from services.chat.repository.read_markers import marker_from_item, marker_key
from services.chat.repository.rooms import iter_rooms
from services.shared.exports.format import Line, export_line
from services.shared.exports.jobs import ExportJob, ExportPage
from services.shared.kernel.clock import millis
from services.shared.pictures.checks import picture_to_item
from services.shared.security.take_downs import is_down
from services.shared.table.items import Item, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

MESSAGES_PER_QUERY = 1000
QUERIES_PER_PAGE = 20
MESSAGES_AT_ONCE = 100  # whose earlier texts are written
LINES_PER_PAGE = 2000
# The attributes that leave the service, for each kind of line. A new attribute stays inside until it is listed.
EXPORTED: dict[str, tuple[str, ...]] = {
    "read_marker": ("circle_id", "room_id", "seq"),
    "message": (
        *("circle_id", "room_id", "seq", "sent_at", "text", "listing_id", "pictures"),
        *("mentions_all", "reply_to", "state", "changed_at", "highlighted_at"),
    ),
    "earlier_text": ("circle_id", "room_id", "seq", "text", "written_at"),
    "reaction": ("circle_id", "room_id", "seq", "reactions"),
    "notification_preferences": ("unlisted", "unpushed", "quiet", "quiet_from", "quiet_until", "daily_digest", "digest_at"),
    "push_subscription": ("endpoint", "created_at"),
}
Place = tuple[str, str, int]  # circle, room and sequence number of what was read last; without a room the circle's read markers


def get_export_page(table: Table, job: ExportJob) -> ExportPage:
    """Return the next page: of what comes after the place that `job.after` names.

    A page ends after 20 queries, or with the query that brings 2,000 lines.
    """
    lines = list(_account_lines(table, job)) if job.is_of_account and not job.after else []
    for number, (found, place) in enumerate(_query_places(table, job), 1):
        lines += found
        if number == QUERIES_PER_PAGE or len(lines) >= LINES_PER_PAGE:
            return ExportPage(lines, json.dumps(place))
    return ExportPage(lines)


def _account_lines(table: Table, job: ExportJob) -> Iterator[Line]:
    """Yield what is of the account and of no circle: the preferences of notifications, and the browsers that get pushes."""
    preferences = table.get(preferences_key(job.user_id))
    if preferences and "quiet" in preferences:
        yield _line("notification_preferences", "", preferences)
    for subscription in list_subscriptions(table, job.user_id):
        yield _line("push_subscription", "", subscription_to_item(subscription))


def _query_places(table: Table, job: ExportJob) -> Iterator[tuple[list[Line], Place]]:
    """Yield the lines of each query with the place that it reached: of each circle the read markers, then room after room."""
    first_circle, first_room, first_seq = json.loads(job.after) if job.after else ("", "", 0)
    for circle_id in _circle_ids(table, job, first_circle):
        is_first = circle_id == first_circle
        if not is_first:
            yield [*_marker_lines(table, job, circle_id), *_lines_of_rooms(table, job, circle_id)], (circle_id, "", 0)
        for room in sorted(iter_rooms(table, circle_id), key=lambda room: room.id):
            if not is_first or room.id >= first_room:
                seq = first_seq if is_first and room.id == first_room else 0
                yield from _query_room(table, job, room, seq)


def _circle_ids(table: Table, job: ExportJob, first: str) -> Iterator[str]:
    """Yield the circle of the export; or of an account each circle that the user is or was in, from `first` on."""
    if not job.is_of_account:
        return iter([job.circle_id])
    circle_ids = (participant.circle_id for participant in iter_participations(table, job.user_id))
    return (circle_id for circle_id in circle_ids if circle_id >= first)


def _marker_lines(table: Table, job: ExportJob, circle_id: str) -> Iterator[Line]:
    """Yield the read markers of a circle. They stay when the circle has closed and its rooms are deleted."""
    prefix = marker_key(job.user_id, circle_id, "")
    for item in query_all(table, Query(pk=prefix.pk, prefix=prefix.sk, limit=100)):
        yield _line("read_marker", circle_id, {**item, "room_id": marker_from_item(item).room_id})


def _lines_of_rooms(table: Table, job: ExportJob, circle_id: str) -> Iterator[Line]:
    for room in iter_rooms(table, circle_id):
        yield from _reaction_lines(table, job, circle_id, room.id)
        yield from _earlier_text_lines(table, job, room)


def _reaction_lines(table: Table, job: ExportJob, circle_id: str, room_id: str) -> Iterator[Line]:
    for each in iter_reactions_of(table, circle_id, room_id, job.user_id):
        if each.reactions:
            yield _line("reaction", circle_id, {"room_id": room_id, "seq": each.seq, "reactions": list(each.reactions)})


def _earlier_text_lines(table: Table, job: ExportJob, room: Room) -> Iterator[Line]:
    """Yield what the user edited, of messages that readers see: of a recalled or removed one, no text leaves the service."""
    circle_id, room_id, since = room.circle_id, room.id, room.retained_since(job.requested_at)
    edited = [each for each in iter_edits_of(table, circle_id, room_id, job.user_id) if not each.is_expired(job.requested_at)]
    for start in range(0, len(edited), MESSAGES_AT_ONCE):
        part = edited[start : start + MESSAGES_AT_ONCE]
        found = find_messages(table, circle_id, room_id, sorted({each.seq for each in part}), consistent_read=True)
        shown = {message.seq for message in found if message.is_shown and not message.is_before(since)}
        shown = {seq for seq in shown if seq > room.purged_to}
        for each in part:
            if each.seq in shown:
                about = {"room_id": room_id, "seq": each.seq, "text": each.text, "written_at": millis(each.written_at)}
                yield _line("earlier_text", circle_id, about)


def _query_room(table: Table, job: ExportJob, room: Room, seq: int) -> Iterator[tuple[list[Line], Place]]:
    """Yield the user's messages of each query of a room, after a number.

    What had expired at the request is left out, unless it is a highlight.
    """
    circle_id, room_id, since = room.circle_id, room.id, room.retained_since(job.requested_at)
    expired_at = millis(since) if since else 0
    last, requested_at = message_key(circle_id, room_id, MAX_SEQ), millis(job.requested_at)

    def is_exported(item: Item) -> bool:
        is_retained = item["seq"] > room.purged_to and expired_at <= item["sent_at"]
        return item["sender"] == job.user_id and item["sent_at"] <= requested_at and (is_retained or HIGHLIGHTED_AT in item)

    while seq < MAX_SEQ:
        first = message_key(circle_id, room_id, seq + 1)
        page = table.query(Query(pk=first.pk, first=first.sk, last=last.sk, limit=MESSAGES_PER_QUERY, consistent_read=True))
        own = filter(is_exported, page.items)
        seq = page.items[-1]["seq"] if page.next is not None else MAX_SEQ
        lines = [_line("message", circle_id, item | _pictures_of(item) | _state_of(item)) for item in own]
        yield lines, (circle_id, room_id, seq)


def _pictures_of(item: Item) -> Item:
    return {"pictures": [picture_to_item(picture) for picture in pictures_from_item(item)]} if "pictures" in item else {}


def _state_of(item: Item) -> Item:
    """Return the state of a message that readers do not see. What its sender recalled stays recalled."""
    if is_down(item) and item["kind"] != MessageKind.RECALLED:
        return {"state": "taken_down"}
    return {"state": item["kind"]} if item["kind"] in (MessageKind.RECALLED, MessageKind.REMOVED) else {}


def _line(kind: str, circle_id: str, item: Item) -> Line:
    return export_line(kind, EXPORTED[kind], {**item, "circle_id": circle_id})
