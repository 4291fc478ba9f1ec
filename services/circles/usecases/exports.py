"""Archives to take along: asked for by a member for what is theirs, by an owner for the circle; written page by page by a
worker, each page a file in the bucket. docs/export.md gives the format."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.circles.domain import Action, Note
from services.circles.domain.export import FORMAT, Export, ExportKind, ExportState, Part, Phase, Written
from services.circles.errors import ExportNotFound, ExportRunning
from services.circles.repository import circles, notes
from services.circles.repository import exports as repository
from services.circles.repository.presence import person_key
from services.circles.usecases.pictures import SHOWN_FOR, place_of
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version, rfc3339
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.observability import logger
from services.shared.security.auth import Caller
from services.shared.table.port import (
    ABSENT,
    ConditionFailed,
    Item,
    Key,
    Page,
    Put,
    Query,
)
from services.shared.table.versioned import create_if_absent, retry_on_write_conflict, save

PAGE = 20  # notes, with their comments, that one part holds
AT_ONCE = 10  # archives
HIDDEN = {
    "pk",
    "sk",
    "gsi1pk",
    "gsi1sk",
    "version",
    "expires_at",
    "body_hash",
    "seen",
    "outbox",
    "correlation_id",
}


def create_export(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, kind: ExportKind) -> Export:
    """Ask for an archive. One at a time; the worker begins within a minute."""
    needed = Action.EXPORT_OWN if kind is ExportKind.OWN else Action.EXPORT_CIRCLE
    member = circles.require_member(ports.table, circle_id, caller.user_id)
    member.require(needed)
    circle, at = circles.look_at_circle(ports.table, circle_id), ports.clock()
    export = Export(key.id("exp"), circle_id, caller.user_id, kind, circle.created_at, at, next_version(0, at))

    def attempt() -> Export:
        kept = ports.table.get(repository.export_key(circle_id, caller.user_id, export.id), consistent_read=True)
        if kept:
            return repository.export_from_item(create_if_absent(ports.table, kept, key))
        turn = repository.find_turn(ports.table, circle_id, caller.user_id)
        before = repository.look_for(ports.table, circle_id, caller.user_id, turn.entity) if turn.entity else None
        if before and before.state is ExportState.RUNNING and before.is_kept(at):
            raise ExportRunning
        put = Put({**repository.export_to_item(export), "body_hash": key.body_hash}, ABSENT)
        taken = turn.put(repository.turn_to_item(circle_id, caller.user_id, export.id, export.version), ports.new_id)
        ports.table.transact([put, taken], token=ports.new_id("txn"))
        return export

    return retry_on_write_conflict(attempt)


def get_export(ports: Ports, caller: Caller, circle_id: str, export_id: str) -> Export:
    """How far it has come."""
    circles.require_member(ports.table, circle_id, caller.user_id).require(Action.EXPORT_OWN)
    export = repository.find_export(ports.table, circle_id, caller.user_id, export_id).entity
    if not export.is_kept(ports.clock()):
        raise ExportNotFound
    return export


def get_export_part_url(ports: Ports, caller: Caller, circle_id: str, export_id: str, index: int) -> str:
    """An address of one file of a finished archive, good for a minute: part 0 is the manifest."""
    export = get_export(ports, caller, circle_id, export_id)
    if export.state is not ExportState.READY or index > len(export.parts):
        raise ExportNotFound
    name = export.parts[index - 1].name if index else MANIFEST
    return ports.pictures.show(_place(export, name), _type(name), SHOWN_FOR)


def get_exported_picture_url(ports: Ports, caller: Caller, circle_id: str, export_id: str, picture_id: str) -> str:
    """An address of one picture of an archive, good for a minute."""
    export = get_export(ports, caller, circle_id, export_id)
    place = _place(export, f"pictures/{picture_id}")
    if not ports.pictures.has(place):
        raise ExportNotFound
    return ports.pictures.show(place, "application/octet-stream", SHOWN_FOR)


def run_exports(ports: Ports, until: datetime) -> None:
    """Write on at the archives that were asked for, the oldest first, while there is time. What another run has written
    meanwhile is left to it."""
    for row in repository.list_open(ports.table, AT_ONCE).items:
        try:
            while ports.clock() < until and _write_on(ports, Key.of(row)):
                pass
        except (ConditionFailed, ExportNotFound):
            continue
        except Exception as error:  # noqa: BLE001 (whatever failed, the others' turn comes, and this one's again)
            logger().warning("archive not written", export=row["sk"], error_type=type(error).__name__)


def _write_on(ports: Ports, key: Key) -> bool:
    """One page: its file, then the note that it is written. Cut off in between, the file is written again."""
    loaded = repository.load_export(ports.table, key)
    export = loaded.entity
    if not export.is_kept(ports.clock()):
        repository.drop_export(ports.table, export)  # nobody can fetch it any more
        return False
    if export.state is not ExportState.RUNNING:
        return False
    page = _page(ports, export)
    rows = [_row(ports, export, kind, item) for kind, item in _read(ports, export, page)]
    reached = notes.note_from_item(page.items[-1]).created_at if export.phase is Phase.NOTES and page.items else None
    after = page.next["sk"] if page.next else ""
    written = Written(_part(ports, export, rows), after, reached, _copy_pictures(ports, export, page))
    step = export.add(written, export.phase if page.next else _NEXT[export.phase], at=ports.clock())
    if step.state is ExportState.READY:
        ports.pictures.put(_place(step, MANIFEST), _type(MANIFEST), _manifest(step))
    save(ports.table, loaded.put(repository.export_to_item(step), ports.new_id))
    return step.state is ExportState.RUNNING


MANIFEST = "manifest.json"
_NEXT = {Phase.PERSON: Phase.LIKES, Phase.LIKES: Phase.NOTES, Phase.NOTES: None}


def _page(ports: Ports, export: Export) -> Page:
    """The next rows of the phase. A circle's archive begins with its notes: what is a person's own is not its owner's."""
    circle_id, person = export.circle_id, export.user_id
    if export.phase is Phase.PERSON:
        pk, prefix = person_key(circle_id, person, "").pk, None
    elif export.phase is Phase.LIKES:
        pk, prefix = notes.like_key(circle_id, "", person).pk, None
    else:
        pk, prefix = f"CIRCLE#{circle_id}", "NOTE#"
    if export.kind is ExportKind.CIRCLE and export.phase is not Phase.NOTES:
        return Page([])
    start = {"pk": pk, "sk": export.after} if export.after else None
    return ports.table.query(Query(pk=pk, prefix=prefix, limit=PAGE if prefix else 500, start=start))


def _read(ports: Ports, export: Export, page: Page) -> Iterator[tuple[str, Item]]:
    """The rows of a page that belong into the archive, each with its kind; of notes, with the comments under them."""
    if export.phase is not Phase.NOTES:
        if export.phase is Phase.PERSON and export.kind is ExportKind.OWN and not export.after:
            member = circles.find_member(ports.table, export.circle_id, export.user_id)
            yield from [("membership", circles.member_to_item(member.entity))] if member else []
        yield from (
            (_kind(item), item) for item in page.items if not item["sk"].startswith((repository.EXPORT, repository.TURN))
        )
        return
    for item in page.items:
        if export.kind is ExportKind.CIRCLE and item["state"] != "visible":
            continue
        if export.kind is ExportKind.CIRCLE or item["author"] == export.user_id:
            yield "note", item
        comments = notes.iter_comments(ports.table, export.circle_id, item["id"], 500)
        yield from (("comment", one) for one in comments if export.kind is ExportKind.CIRCLE or one["author"] == export.user_id)


def _kind(item: Item) -> str:
    return "like" if item["sk"].startswith("LIKE#") else item["sk"].partition("#")[0].lower()


def _row(ports: Ports, export: Export, kind: str, item: Item) -> dict[str, Any]:
    """A row as it is told: without the table's own attributes; who else it was is a name for this archive alone."""
    said = {name: value for name, value in item.items() if name not in HIDDEN and not name.startswith("audit")}
    if kind == "like":
        said.pop("author", None)  # somebody else's name
    if kind == "membership":
        said = {name: said[name] for name in ("circle_id", "user_id", "role", "state", "joined_at", "answers") if name in said}
    if export.kind is ExportKind.CIRCLE:
        said["author"] = "you" if item["author"] == export.user_id else _alias(ports, export, item["author"])
        said.pop("draft_id", None)
    return {"kind": kind, **said}


def _alias(ports: Ports, export: Export, user_id: str) -> str:
    """The same person is the same name throughout one archive, and nobody in another."""
    digest = hmac.new(ports.passcode_keys.newest, f"alias {export.id} {user_id}".encode(), hashlib.sha256).hexdigest()
    return f"member-{digest[:12]}"


def _part(ports: Ports, export: Export, rows: list[dict[str, Any]]) -> Part | None:
    if not rows:
        return None
    data = "".join(f"{json.dumps(row, ensure_ascii=False, sort_keys=True)}\n" for row in rows).encode()
    digest = hashlib.sha256(data).hexdigest()
    name = f"part-{len(export.parts) + 1:05}-{digest[:8]}.jsonl"  # of two workers at once, each writes a file of its own
    ports.pictures.put(_place(export, name), _type(name), data)
    return Part(name, len(rows), digest)


def _copy_pictures(ports: Ports, export: Export, page: Page) -> int:
    """The pictures of the page's notes, beside the parts."""
    if export.phase is not Phase.NOTES:
        return 0
    copied = 0
    for note in map(notes.note_from_item, page.items):
        if note.author == export.user_id or (export.kind is ExportKind.CIRCLE and note.is_visible):
            copied += sum(_copy(ports, export, note, picture.id) for picture in note.content.pictures)
    return copied


def _copy(ports: Ports, export: Export, note: Note, picture_id: str) -> int:
    ports.pictures.copy(place_of("shown", note.circle_id, note.author, picture_id), _place(export, f"pictures/{picture_id}"))
    return 1


def _manifest(export: Export) -> bytes:
    parts = [{"name": part.name, "rows": part.rows, "sha256": part.sha256} for part in export.parts]
    about = {"format": FORMAT, "kind": str(export.kind), "circle_id": export.circle_id, "pictures": export.pictures}
    times = {"asked_at": rfc3339(export.created_at), "ready_at": rfc3339(export.ready_at or export.created_at)}
    return json.dumps({**about, **times, "parts": parts}, indent=2).encode()


def _place(export: Export, name: str) -> str:
    return f"exports/{export.circle_id}/{export.id}/{name}"


def _type(name: str) -> str:
    return "application/json" if name == MANIFEST else "application/x-ndjson"
