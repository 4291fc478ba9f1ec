"""Finding and deleting what a deleted account stored. Each function that deletes yields after each deletion."""

from __future__ import annotations

from collections.abc import Iterator

from services.circles.domain import Comment, Note
from services.circles.repository.comments import COMMENT, COMMENTS
from services.circles.repository.exports import EXPORT, LATEST_EXPORT, export_key
from services.circles.repository.keys import user_item_key
from services.circles.repository.notes import NOTES, like_key, thread_pk
from services.circles.repository.receipts import RECEIPT, receipt_key
from services.circles.repository.revisions import COMMENT_REVISION, REVISION
from services.shared.table.erasing import delete_limits
from services.shared.table.items import Key, Query
from services.shared.table.port import Table
from services.shared.table.purging import delete_partition, iter_items

# Partitions of the user that are rate limits; they expire by themselves too.
LIMITS = ("GUESSER", "UPLOADER", "REQUESTER", "CONTACTED")


def iter_notes(table: Table, circle_id: str) -> Iterator[Note]:
    """Yield the notes of a circle in any state."""
    return NOTES.iter(table, Query(pk=f"CIRCLE#{circle_id}", prefix="NOTE#", limit=100, consistent_read=True))


def iter_comments_of(table: Table, note: Note, user_id: str) -> Iterator[Comment]:
    """Yield the user's comments on a note that still have a text, or are not deleted."""
    query = Query(pk=thread_pk(note.circle_id, note.id), prefix=COMMENT, limit=100, consistent_read=True)
    return (comment for comment in COMMENTS.iter(table, query) if comment.author == user_id)


def delete_revisions_of(table: Table, note: Note, user_id: str) -> Iterator[None]:
    """Delete the earlier revisions of the user's note, and the earlier texts of the user's comments on it."""
    pk = thread_pk(note.circle_id, note.id)
    if note.author == user_id:
        yield from delete_partition(table, pk, REVISION)
    for item in iter_items(table, pk, COMMENT_REVISION):
        if item["author"] == user_id:
            table.delete(Key.of(item), when=None)
            yield


def delete_member_items(table: Table, circle_id: str, user_id: str) -> Iterator[None]:
    """Delete what the user stored in a circle. The stream takes the likes from their counters."""
    for key in (user_item_key(circle_id, user_id, ""), like_key(circle_id, "", user_id)):
        yield from delete_partition(table, key.pk)


def delete_receipts(table: Table, circle_id: str, user_id: str) -> Iterator[None]:
    """Delete what the user has received in a circle, so that no later event gives a note its badge again."""
    yield from delete_partition(table, receipt_key(circle_id, user_id, "").pk, RECEIPT)


def list_exports(table: Table, circle_id: str, user_id: str) -> list[tuple[Key, str]]:
    """Return the exports of the user in a circle, or of the account, each with its id."""
    pk = export_key(circle_id, user_id, "").pk
    return [(Key.of(item), item["sk"].removeprefix(EXPORT)) for item in iter_items(table, pk, EXPORT)]


def delete_account_items(table: Table, user_id: str) -> Iterator[None]:
    """Delete the rate limits of the user, and which export was the latest."""
    table.delete(Key(f"USER#{user_id}", LATEST_EXPORT), when=None)
    yield from delete_limits(table, user_id)
    for name in LIMITS:
        yield from delete_partition(table, f"{name}#{user_id}")
