"""Notes and likes. The counters of notes are aggregated in `counters`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from ulid import ULID

from services.circles.domain import Content, ContentState, Note
from services.circles.domain.show import Show
from services.circles.errors import NoteNotFound
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import MAX_CREATION
from services.shared.kernel.pages import Page, PageRequest, is_any
from services.shared.messaging.events import NotePosted
from services.shared.messaging.stream import Change
from services.shared.pictures.checks import picture_from_item, picture_to_item
from services.shared.security.guardrails import ProductDisclosure
from services.shared.security.removals import removal_from_item, removal_to_item
from services.shared.security.take_downs import TakeDowns, is_down
from services.shared.table.entities import EntityChange, EntityStore
from services.shared.table.items import Attr, Item, Key, Query
from services.shared.table.port import ConditionFailed, HasTable, Table, Write
from services.shared.table.versioned import Versioned, put_if_absent

SHOWS_INDEX = "gsi1"  # sparse: visible shows, by listing


def note_key(circle_id: str, note_id: str) -> Key:
    return Key(f"CIRCLE#{circle_id}", f"NOTE#{note_id}")


def get_note(table: Table, circle_id: str, note_id: str) -> Note:
    """Return a visible note. Raises: NoteNotFound (also for one that is deleted, removed or down)."""
    note = find_note(table, circle_id, note_id)
    if note is None:
        raise NoteNotFound
    return note


def get_note_in_any_state(table: Table, circle_id: str, note_id: str, *, consistent_read: bool = False) -> Note:
    """Return a note, also one that is deleted, removed or down."""
    return NOTES.get(table, note_key(circle_id, note_id), consistent_read=consistent_read)


def find_note_in_any_state(table: Table, circle_id: str, note_id: str) -> Note | None:
    """Return a note, also one that is deleted, removed or down, by a consistent read."""
    return NOTES.find(table, note_key(circle_id, note_id), consistent_read=True)


def find_note(table: Table, circle_id: str, note_id: str, *, consistent_read: bool = False) -> Note | None:
    """Return a note if it exists and is visible."""
    note = NOTES.find(table, note_key(circle_id, note_id), consistent_read=consistent_read)
    return note if note and note.is_visible else None


def find_notes(table: Table, circle_id: str, note_ids: Iterable[str]) -> list[Note]:
    """Return those of these notes that exist and are visible, in their order, read together."""
    notes = NOTES.find_many(table, [note_key(circle_id, note_id) for note_id in note_ids])
    return [note for note in notes if note and note.is_visible]


def load_note(table: Table, circle_id: str, note_id: str) -> Versioned[Note]:
    """Load a visible note. Raises: NoteNotFound (also for one that is deleted, removed or down)."""
    loaded = load_note_in_any_state(table, circle_id, note_id)
    loaded.entity.require_visible()
    return loaded


def load_note_in_any_state(table: Table, circle_id: str, note_id: str) -> Versioned[Note]:
    return NOTES.load(table, note_key(circle_id, note_id))


def load_note_or_none(table: Table, circle_id: str, note_id: str) -> Versioned[Note] | None:
    """Load a note in any state for a change; None if it was purged."""
    item = table.get(note_key(circle_id, note_id), consistent_read=True)
    return NOTES.loaded(item) if item else None


def list_notes(table: Table, circle_id: str, page: PageRequest, is_listed: Callable[[Note], bool] = is_any) -> Page[Note]:
    """Return a page of the notes of a circle that are listed, newest first; of all, removed ones too, if none is left out."""
    query = Query(pk=f"CIRCLE#{circle_id}", prefix="NOTE#", limit=page.limit, start=page.start, newest_first=True)
    return NOTES.list(table, query, is_listed)


def list_shows(
    table: Table, circle_id: str, listing_id: str, page: PageRequest, is_listed: Callable[[Note], bool]
) -> Page[Note]:
    """Return a page of the shows of a listing that are listed, newest first. The index holds only keys, and can be behind."""
    pk = _shows_partition(circle_id, listing_id)
    query = Query(pk=pk, index=SHOWS_INDEX, limit=page.limit, start=page.start, newest_first=True)
    return NOTES.list_by_index(table, query, is_listed)


def _shows_partition(circle_id: str, listing_id: str) -> str:
    return f"SHOWS#{circle_id}#{listing_id}"


def note_creation(ports: HasTable, note: Note) -> Write:
    """Return the write that creates a note with its event, for a transaction."""
    return NOTES.new(note).write(ports, note, NotePosted)


def note_changes(changes: Sequence[Change]) -> Iterator[EntityChange[Note]]:
    return NOTES.changes(changes, "NOTE#")


def iter_notes_since(table: Table, circle_id: str, since: datetime, pages: int) -> Iterator[Note]:
    """Yield the notes created after `since`, newest first, from at most `pages` pages of 100.

    They are found by the server's time in their ids, which is taken just before `created_at`.
    """
    first = f"NOTE#note_{str(ULID.from_timestamp(millis(since - MAX_CREATION) / 1000))[:10]}"
    query = Query(pk=f"CIRCLE#{circle_id}", first=first, last="NOTE#note_~", limit=100, newest_first=True)
    return (note for note in NOTES.iter(table, query, range(pages)) if note.created_at > since)


def thread_pk(circle_id: str, note_id: str) -> str:
    return f"CIRCLE#{circle_id}#NOTE#{note_id}"


def counted_for(pk: str, item: Item) -> tuple[str, str]:
    """Return the circle and the note of a like or comment, which have their circle in their partition key only."""
    _, circle_id, _ = pk.split("#", 2)
    return circle_id, item["note_id"]


def like_key(circle_id: str, note_id: str, user_id: str) -> Key:
    """Return the key of a like. The partition is per user, so one query finds the reader's likes for a page of the feed."""
    return Key(f"CIRCLE#{circle_id}#LIKES#{user_id}", f"LIKE#{note_id}")


def find_liked_at(table: Table, circle_id: str, note_id: str, user_id: str) -> datetime | None:
    """Return since when a user likes a note. Consistent, so that a repeat right after the removal changes nothing."""
    item = table.get(like_key(circle_id, note_id, user_id), consistent_read=True)
    return from_millis(item["liked_at"]) if item else None


def put_like(table: Table, note: Note, user_id: str, at: datetime) -> None:
    """Store a like. Unchanged if it exists. It has the note's author, whose likes are counted from the stream.

    It is small, because each page of the feed reads the likes of its reader: its circle is in its key only.
    """
    key = like_key(note.circle_id, note.id, user_id)
    item: Item = {"note_id": note.id, "author": note.author, "liked_at": millis(at)}
    put_if_absent(table, {**key.attributes(), **item})


def delete_like(table: Table, circle_id: str, note_id: str, user_id: str, liked_at: datetime) -> None:
    """Delete the like of this time. Unchanged if it was deleted, or if the user has liked the note again since."""
    try:
        table.delete(like_key(circle_id, note_id, user_id), when=Attr("liked_at").eq(millis(liked_at)))
    except ConditionFailed:
        return


def find_liked_note_ids(table: Table, circle_id: str, user_id: str, notes: list[Note]) -> set[str]:
    """Return which of the notes a user likes.

    One query from the first to the last note is enough for a page of the feed. If the notes are far apart, other likes can
    fill its page; the notes after that are read one by one.
    """
    if not notes:
        return set()
    ids = sorted(note.id for note in notes)
    pk = like_key(circle_id, "", user_id).pk
    page = table.query(Query(pk=pk, first=f"LIKE#{ids[0]}", last=f"LIKE#{ids[-1]}", limit=2 * len(ids)))
    liked = {item["note_id"] for item in page.items}
    after_page = [note_id for note_id in ids if page.next and f"LIKE#{note_id}" > page.next["sk"]]
    return liked | {note_id for note_id in after_page if table.get(like_key(circle_id, note_id, user_id))}


def is_visible_note(item: Item | None) -> bool:
    """Whether there is a note and it is visible."""
    return item is not None and item["state"] == ContentState.VISIBLE and not is_down(item)


def content_to_item(content: Content) -> Item:
    item: Item = {"text": content.text, "tags": list(content.tags)}
    item["pictures"] = [picture_to_item(picture) for picture in content.pictures]
    return item | ({"listings": list(content.listings)} if content.listings else {})


def content_from_item(item: Item) -> Content:
    pictures = tuple(map(picture_from_item, item["pictures"]))
    return Content(item["text"], tuple(item["tags"]), pictures, tuple(item.get("listings", ())))


def note_to_item(note: Note) -> Item:
    item: Item = {
        **note_key(note.circle_id, note.id).attributes(),
        "id": note.id,
        "circle_id": note.circle_id,
        "author": note.author,
        **content_to_item(note.content),
        "created_at": millis(note.created_at),
        "version": note.version,
        "state": str(note.state),
    }
    if note.revision > 1 and note.edited_at:
        item |= {"revision": note.revision, "edited_at": millis(note.edited_at)}
    item |= removal_to_item(note.removal) | note.take_downs.to_item() | _commerce_to_item(note)
    if note.picture_take_downs:
        item["picture_take_downs"] = {picture_id: take_downs.to_item() for picture_id, take_downs in note.picture_take_downs}
    item |= {"had_cards": True} if note.had_cards else {}
    item |= _show_to_item(note)
    return item | ({"highlighted_at": millis(note.highlighted_at)} if note.highlighted_at else {})


def note_from_item(item: Item) -> Note:
    return Note(
        id=item["id"],
        circle_id=item["circle_id"],
        author=item["author"],
        content=content_from_item(item),
        created_at=from_millis(item["created_at"]),
        version=item["version"],
        state=ContentState(item["state"]),
        likes=item.get("likes", 0),
        comments=item.get("comments", 0),
        revision=item.get("revision", 1),
        edited_at=from_millis(item["edited_at"]) if "edited_at" in item else None,
        highlighted_at=from_millis(item["highlighted_at"]) if "highlighted_at" in item else None,
        removal=removal_from_item(item),
        take_downs=TakeDowns.from_item(item),
        picture_take_downs=_picture_take_downs_of(item),
        by_owner=item.get("by_owner", False),
        disclosure=ProductDisclosure(item["disclosure"]) if "disclosure" in item else None,
        had_cards=item.get("had_cards", False),
        show=Show(*item["show"]) if "show" in item else None,
    )


def _show_to_item(note: Note) -> Item:
    """Return what the note shows. It is in the index of the listing only while it is visible."""
    if note.show is None:
        return {}
    index = {"gsi1pk": _shows_partition(note.circle_id, note.show.listing_id), "gsi1sk": note.id} if note.is_visible else {}
    return {"show": [note.show.listing_id, note.show.option_id], **index}


def _commerce_to_item(note: Note) -> Item:
    disclosed = {"disclosure": str(note.disclosure)} if note.disclosure else {}
    return disclosed | ({"by_owner": True} if note.by_owner else {})


def _picture_take_downs_of(item: Item) -> tuple[tuple[str, TakeDowns], ...]:
    stored: dict[str, Item] = item.get("picture_take_downs", {})
    return tuple((picture_id, TakeDowns.from_item(take_downs)) for picture_id, take_downs in sorted(stored.items()))


NOTES = EntityStore(note_to_item, note_from_item, NoteNotFound, counters=frozenset({"likes", "comments", "likers"}))
