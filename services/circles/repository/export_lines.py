"""What a data export contains: its lines, page by page, with the attributes that leave the service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.circles.domain import Note, NoteState
from services.circles.domain.export import Export, ExportKind, Phase
from services.circles.repository.circles import member_key
from services.circles.repository.keys import user_item_key
from services.circles.repository.notes import like_key, note_from_item, thread_pk
from services.shared.table.items import Item, Query
from services.shared.table.pages import query_all
from services.shared.table.port import Table

NOTES_PER_PAGE = 20  # with their comments
ITEMS_PER_PAGE = 500
CONTENT = ("text", "tags", "pictures", "listings")
# The attributes that leave the service, for each kind of item. A new attribute or kind stays inside until it is listed.
EXPORTED: dict[str, tuple[str, ...]] = {
    "membership": ("circle_id", "user_id", "role", "state", "joined_at", "answers"),
    "note": (
        *("id", "circle_id", "author", *CONTENT, "created_at", "state"),
        *("revision", "edited_at", "highlighted_at", "likes", "comments"),
    ),
    "comment": ("id", "circle_id", "note_id", "author", "text", "created_at", "parent_id"),
    "draft": ("id", "circle_id", "author", *CONTENT, "saved_at", "note_id"),
    "like": ("circle_id", "note_id"),
    "likes_received": ("likes_received",),
    "reading": ("circle_id", "user_id", "day", "views", "days_read", "notes_read", "last_read_at"),
    "check_ins": ("circle_id", "user_id", "first", "last", "previous_run", "total", "best", "card_month"),
    "digest": ("circle_id", "user_id", "on", "quiet_from", "quiet_until"),
}
Line = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ExportPage:
    """The next page of an export.

    lines: the kind and the attributes of each. notes: those among them. reached: the creation time of the last note.
    after: where the page after it starts; empty on the last page of the phase.
    """

    lines: list[Line]
    notes: list[Note]
    reached: datetime | None = None
    after: str = ""


def get_export_page(table: Table, export: Export) -> ExportPage:
    """Return the next page. An owner's export has notes only: members' own items are not the owner's."""
    circle_id, user_id = export.circle_id, export.user_id
    if export.phase is Phase.NOTES:
        return _note_page(table, export)
    if export.kind is ExportKind.CIRCLE:
        return ExportPage([], [])
    key = user_item_key(circle_id, user_id, "") if export.phase is Phase.USER else like_key(circle_id, "", user_id)
    page = table.query(Query(pk=key.pk, limit=ITEMS_PER_PAGE, start=_start(key.pk, export)))
    items = [(item["sk"].partition("#")[0].lower(), item) for item in page.items]
    if export.phase is Phase.USER and not export.after and (member := table.get(member_key(circle_id, user_id))):
        items.insert(0, ("membership", member))
    # A like has its circle in its key only.
    lines = [_line(kind, {"circle_id": circle_id, **item}) for kind, item in items if kind in EXPORTED]
    return ExportPage(lines, [], after=page.next["sk"] if page.next else "")


def _note_page(table: Table, export: Export) -> ExportPage:
    pk = f"CIRCLE#{export.circle_id}"
    page = table.query(Query(pk=pk, prefix="NOTE#", limit=NOTES_PER_PAGE, start=_start(pk, export)))
    lines, notes = [], []
    for item in page.items:
        if export.kind is ExportKind.CIRCLE and item["state"] != NoteState.VISIBLE:
            continue
        if _is_included(export, item):
            lines.append(_line("note", item))
            notes.append(note_from_item(item))
        comments = (comment for comment in _comments(table, export, item["id"]) if _is_included(export, comment))
        lines += [_line("comment", comment) for comment in comments]
    reached = note_from_item(page.items[-1]).created_at if page.items else None
    return ExportPage(lines, notes, reached, page.next["sk"] if page.next else "")


def _is_included(export: Export, item: Item) -> bool:
    return export.kind is ExportKind.CIRCLE or bool(item["author"] == export.user_id)


def _comments(table: Table, export: Export, note_id: str) -> Iterator[Item]:
    return query_all(table, Query(pk=thread_pk(export.circle_id, note_id), prefix="COMMENT#", limit=ITEMS_PER_PAGE))


def _start(pk: str, export: Export) -> Item | None:
    return {"pk": pk, "sk": export.after} if export.after else None


def _line(kind: str, item: Item) -> Line:
    return kind, {name: item[name] for name in EXPORTED[kind] if name in item}
