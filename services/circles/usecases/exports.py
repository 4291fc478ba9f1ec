"""Data exports of a member's own data or of an owner's circle.

A worker writes them page by page, each page as one file.

docs/export.md describes the format.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.circles.domain import Action, Note
from services.circles.domain.export import FORMAT, Export, ExportKind, ExportState, Part, Phase, WrittenPage
from services.circles.errors import ExportNotFound, ExportRunning
from services.circles.repository import circles, notes
from services.circles.repository import exports as repository
from services.circles.repository.keys import user_item_key
from services.circles.usecases.pictures import SHOWN, URL_LIFETIME_SECONDS, picture_object_key
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version, rfc3339
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.observability import logger
from services.shared.security.auth import Caller
from services.shared.table.port import ABSENT, ConditionFailed, Item, Key, Page, Put, Query
from services.shared.table.versioned import create_if_absent, retry_on_write_conflict, save

NOTES_PER_PART = 20  # with their comments
MAX_EXPORTS_PER_RUN = 10
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
MANIFEST = "manifest.json"
_NEXT_PHASE = {Phase.USER: Phase.LIKES, Phase.LIKES: Phase.NOTES, Phase.NOTES: None}


def create_export(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, kind: ExportKind) -> Export:
    """Request a data export and return it.

    The worker starts within a minute. A retry returns the stored export.
    Cost: 5 write units and 3.5 read units.
    Raises: CircleNotFound, RoleNotAllowed, ExportRunning (the caller's last export is not ready), KeyReused.
    """
    action = Action.EXPORT_OWN if kind is ExportKind.OWN else Action.EXPORT_CIRCLE
    member = circles.require_member(ports.table, circle_id, caller.user_id)
    member.require(action)
    circle, at = circles.get_circle(ports.table, circle_id), ports.clock()
    export = Export(key.id("exp"), circle_id, caller.user_id, kind, circle.created_at, at, next_version(0, at))

    def attempt() -> Export:
        stored = ports.table.get(repository.export_key(circle_id, caller.user_id, export.id), consistent_read=True)
        if stored:
            return repository.export_from_item(create_if_absent(ports.table, stored, key))
        last = repository.load_latest_export_id(ports.table, circle_id, caller.user_id)
        before = repository.find_export(ports.table, circle_id, caller.user_id, last.entity) if last.entity else None
        if before and before.state is ExportState.RUNNING and before.is_available(at):
            raise ExportRunning
        put = Put({**repository.export_to_item(export), "body_hash": key.body_hash}, ABSENT)
        last_item = repository.latest_export_to_item(circle_id, caller.user_id, export.id, export.version)
        ports.table.transact([put, last.put(last_item, ports.new_id)], token=ports.new_id("txn"))
        return export

    return retry_on_write_conflict(attempt)


def get_export(ports: Ports, caller: Caller, circle_id: str, export_id: str) -> Export:
    """Return an export of the caller with its progress.

    Raises: CircleNotFound, ExportNotFound (also after 7 days).
    """
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.EXPORT_OWN)
    export = repository.load_export(ports.table, circle_id, caller.user_id, export_id).entity
    if not export.is_available(ports.clock()):
        raise ExportNotFound
    return export


def get_export_part_url(ports: Ports, caller: Caller, circle_id: str, export_id: str, index: int) -> str:
    """Return a URL of one file of a ready export, valid for 60 seconds.

    File 0 is the manifest, file n the n-th part.

    Raises: CircleNotFound, ExportNotFound (also while it is running).
    """
    export = get_export(ports, caller, circle_id, export_id)
    if export.state is not ExportState.READY or index > len(export.parts):
        raise ExportNotFound
    name = export.parts[index - 1].name if index else MANIFEST
    return ports.pictures.get_url(_object_key(export, name), _content_type(name), URL_LIFETIME_SECONDS)


def get_exported_picture_url(ports: Ports, caller: Caller, circle_id: str, export_id: str, picture_id: str) -> str:
    """Return a URL of one picture of an export, valid for 60 seconds.

    Raises: CircleNotFound, ExportNotFound.
    """
    export = get_export(ports, caller, circle_id, export_id)
    object_key = _object_key(export, f"pictures/{picture_id}")
    if not ports.pictures.exists(object_key):
        raise ExportNotFound
    return ports.pictures.get_url(object_key, "application/octet-stream", URL_LIFETIME_SECONDS)


def write_exports(ports: Ports, run_until: datetime) -> None:
    """Write the running exports, oldest first, until this time.

    An export that another run has written on is skipped.
    """
    for item in repository.list_running_exports(ports.table, MAX_EXPORTS_PER_RUN).items:
        try:
            while ports.clock() < run_until and _write_page(ports, Key.of(item)):
                pass
        except (ConditionFailed, ExportNotFound):
            continue
        except Exception as error:  # noqa: BLE001 (one export that fails must not stop the others; the next run retries it)
            logger().warning("export not written", export=item["sk"], error_type=type(error).__name__)


def _write_page(ports: Ports, key: Key) -> bool:
    """Write one page and return whether the export is still running.

    The file is put before the item is saved: if the function crashes in between, the page is written again.
    """
    loaded = repository.load_export_by_key(ports.table, key)
    export = loaded.entity
    if not export.is_available(ports.clock()):
        repository.delete_export(ports.table, export)  # it has expired and cannot be downloaded
        return False
    if export.state is not ExportState.RUNNING:
        return False
    page = _query_page(ports, export)
    lines = [_line(ports, export, kind, item) for kind, item in _items(ports, export, page)]
    reached = notes.note_from_item(page.items[-1]).created_at if export.phase is Phase.NOTES and page.items else None
    position = page.next["sk"] if page.next else ""
    written = WrittenPage(_put_part(ports, export, lines), position, reached, _copy_pictures(ports, export, page))
    after = export.add(written, export.phase if page.next else _NEXT_PHASE[export.phase], at=ports.clock())
    if after.state is ExportState.READY:
        ports.pictures.put(_object_key(after, MANIFEST), _content_type(MANIFEST), _manifest(after))
    save(ports.table, loaded.put(repository.export_to_item(after), ports.new_id))
    return after.state is ExportState.RUNNING


def _query_page(ports: Ports, export: Export) -> Page:
    """Return the next items of the phase.

    An owner's export has notes only: members' own items are not the owner's.
    """
    circle_id, user_id = export.circle_id, export.user_id
    if export.phase is Phase.USER:
        pk, prefix = user_item_key(circle_id, user_id, "").pk, None
    elif export.phase is Phase.LIKES:
        pk, prefix = notes.like_key(circle_id, "", user_id).pk, None
    else:
        pk, prefix = f"CIRCLE#{circle_id}", "NOTE#"
    if export.kind is ExportKind.CIRCLE and export.phase is not Phase.NOTES:
        return Page([])
    start = {"pk": pk, "sk": export.after} if export.after else None
    return ports.table.query(Query(pk=pk, prefix=prefix, limit=NOTES_PER_PART if prefix else 500, start=start))


def _items(ports: Ports, export: Export, page: Page) -> Iterator[tuple[str, Item]]:
    """Yield the items of a page that belong in the export, each with its kind."""
    if export.phase is Phase.NOTES:
        yield from _notes_and_comments(ports, export, page)
        return
    if export.phase is Phase.USER and export.kind is ExportKind.OWN and not export.after:
        member = circles.find_member(ports.table, export.circle_id, export.user_id)
        yield from [("membership", circles.member_to_item(member.entity))] if member else []
    kinds = ((item["sk"].partition("#")[0].lower(), item) for item in page.items)
    yield from ((kind, item) for kind, item in kinds if kind in EXPORTED)


def _notes_and_comments(ports: Ports, export: Export, page: Page) -> Iterator[tuple[str, Item]]:
    is_circle = export.kind is ExportKind.CIRCLE
    for item in page.items:
        if is_circle and item["state"] != "visible":
            continue
        if is_circle or item["author"] == export.user_id:
            yield "note", item
        comments = notes.iter_comments(ports.table, export.circle_id, item["id"], 500)
        yield from (("comment", comment) for comment in comments if is_circle or comment["author"] == export.user_id)


def _line(ports: Ports, export: Export, kind: str, item: Item) -> dict[str, Any]:
    """Return one line of the export. In an owner's export, every other author has an alias."""
    line = {"kind": kind} | {name: item[name] for name in EXPORTED[kind] if name in item}
    if export.kind is ExportKind.CIRCLE:
        line["author"] = "you" if item["author"] == export.user_id else _alias(ports, export, item["author"])
    return line


def _alias(ports: Ports, export: Export, user_id: str) -> str:
    """Return a user's alias; it differs between exports, so that exports cannot be joined."""
    digest = hmac.new(ports.passcode_keys.newest, f"alias {export.id} {user_id}".encode(), hashlib.sha256).hexdigest()
    return f"member-{digest[:12]}"


def _put_part(ports: Ports, export: Export, lines: list[dict[str, Any]]) -> Part | None:
    if not lines:
        return None
    data = "".join(f"{json.dumps(line, ensure_ascii=False, sort_keys=True)}\n" for line in lines).encode()
    digest = hashlib.sha256(data).hexdigest()
    # With the digest in the name, two workers at once write different files, and the saved item names the right one.
    name = f"part-{len(export.parts) + 1:05}-{digest[:8]}.jsonl"
    ports.pictures.put(_object_key(export, name), _content_type(name), data)
    return Part(name, len(lines), digest)


def _copy_pictures(ports: Ports, export: Export, page: Page) -> int:
    """Copy the pictures of the page's notes next to the parts, and return their number."""
    if export.phase is not Phase.NOTES:
        return 0
    copied = 0
    for note in map(notes.note_from_item, page.items):
        if note.author == export.user_id or (export.kind is ExportKind.CIRCLE and note.is_visible):
            copied += _copy_pictures_of_note(ports, export, note)
    return copied


def _copy_pictures_of_note(ports: Ports, export: Export, note: Note) -> int:
    for picture in note.content.pictures:
        source = picture_object_key(SHOWN, note.circle_id, note.author, picture.id)
        ports.pictures.copy(source, _object_key(export, f"pictures/{picture.id}"))
    return len(note.content.pictures)


def _manifest(export: Export) -> bytes:
    parts = [{"name": part.name, "lines": part.lines, "sha256": part.sha256} for part in export.parts]
    header = {"format": FORMAT, "kind": str(export.kind), "circle_id": export.circle_id, "pictures": export.pictures}
    times = {"created_at": rfc3339(export.created_at), "ready_at": rfc3339(export.ready_at or export.created_at)}
    return json.dumps({**header, **times, "parts": parts}, indent=2).encode()


def _object_key(export: Export, name: str) -> str:
    return f"exports/{export.circle_id}/{export.id}/{name}"


def _content_type(name: str) -> str:
    return "application/json" if name == MANIFEST else "application/x-ndjson"
