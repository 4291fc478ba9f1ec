"""Earlier contents of messages: in the partition of their room, so they are deleted with it, after its messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.chat.domain import MessageRevision, RevisionOutcome
from services.chat.errors import MessageNotFound
from services.chat.repository.message_items import message_partition
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table
from services.shared.table.purging import delete_partition
from services.shared.table.versioned import put_if_absent

REVISION = "REVISION#"
PAGE_SIZE = 500


def put_revision(table: Table, circle_id: str, revision: MessageRevision) -> None:
    """Store a revision under its number. Unchanged if it is stored."""
    prefix = _prefix(revision.seq)
    key = Key(message_partition(circle_id, revision.room_id), f"{prefix}{revision.number:06}")
    put_if_absent(table, {**key.attributes(), **revision_to_item(revision)})


def list_revisions(
    table: Table, circle_id: str, room_id: str, seq: int, page: PageRequest, at: datetime
) -> Page[MessageRevision]:
    """Return a page of the revisions of a message that are not expired, newest first."""
    pk = message_partition(circle_id, room_id)
    query = Query(pk=pk, prefix=_prefix(seq), limit=page.limit, start=page.start, newest_first=True)
    return REVISIONS.list(table, query, lambda revision: not revision.is_expired(at))


def iter_edits_of(table: Table, circle_id: str, room_id: str, user_id: str) -> Iterator[MessageRevision]:
    """Yield what a user edited in a room. Cost: 0.5 read units per 4 KB of the revisions of all members."""
    query = Query(pk=message_partition(circle_id, room_id), prefix=REVISION, limit=PAGE_SIZE)
    for revision in map(revision_from_item, query_all(table, query)):
        if revision.outcome is RevisionOutcome.EDITED and revision.replaced_by == user_id:
            yield revision


def delete_revisions(table: Table, circle_id: str, room_id: str, seq: int) -> None:
    for _ in delete_partition(table, message_partition(circle_id, room_id), _prefix(seq)):
        pass


def _prefix(seq: int) -> str:
    return f"{REVISION}{seq:012}#"


def revision_to_item(revision: MessageRevision) -> Item:
    return {
        "text": revision.text,
        "listing_id": revision.listing_id,
        "written_at": millis(revision.written_at),
        "outcome": str(revision.outcome),
        "replaced_by": revision.replaced_by,
        "replaced_at": millis(revision.replaced_at),
        "expires_at": millis(revision.expires_at) // 1000,
    }


def revision_from_item(item: Item) -> MessageRevision:
    seq, number = item["sk"].removeprefix(REVISION).split("#")
    return MessageRevision(
        room_id=item["pk"].rpartition("#")[2],
        seq=int(seq),
        number=int(number),
        text=item["text"],
        listing_id=item["listing_id"],
        written_at=from_millis(item["written_at"]),
        outcome=RevisionOutcome(item["outcome"]),
        replaced_by=item["replaced_by"],
        replaced_at=from_millis(item["replaced_at"]),
        expires_at=from_millis(item["expires_at"] * 1000),
    )


REVISIONS = EntityStore(revision_to_item, revision_from_item, MessageNotFound)
