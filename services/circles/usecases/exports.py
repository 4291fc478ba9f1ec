"""Data exports of a member's own data or of an owner's circle.

A worker writes them page by page, each page as one file.

docs/export.md describes the format.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from services.circles.domain import Action
from services.circles.domain.export import FORMAT, Export, ExportKind, ExportState, Part, Phase, WrittenPage
from services.circles.errors import ExportNotFound, ExportRunning
from services.circles.repository import circles
from services.circles.repository import exports as repository
from services.circles.repository.export_lines import ExportPage, Line, get_export_page
from services.circles.settings import settings
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.pictures import SHOWN, picture_object_key, url_lifetime_seconds
from services.circles.usecases.ports import Ports
from services.shared.kernel.clock import next_version, rfc3339
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.port import ConditionFailed
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, save

MAX_EXPORTS_PER_RUN = 10
MANIFEST = "manifest.json"
_ACTIONS = {ExportKind.OWN: Action.EXPORT_OWN, ExportKind.CIRCLE: Action.EXPORT_CIRCLE}
_NEXT_PHASE = {Phase.USER: Phase.LIKES, Phase.LIKES: Phase.NOTES, Phase.NOTES: None}


def create_export(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, kind: ExportKind) -> Export:
    """Request a data export and return it.

    The worker starts within a minute. A retry returns the stored export.
    Cost: 6 write units and 3 read units.
    Raises: CircleNotFound, RoleNotAllowed, ExportRunning (the caller's last export is not ready), KeyReused,
    RateLimitReached.
    """
    require_permission(ports, caller, circle_id, _ACTIONS[kind])

    def build() -> Changed[Export]:
        circle, at = circles.get_circle(ports.table, circle_id), ports.clock()
        latest = repository.load_latest_export(ports.table, circle_id, caller.user_id)
        before = repository.find_export(ports.table, circle_id, caller.user_id, latest.entity.export_id)
        if before and before.state is ExportState.RUNNING and before.is_available(at):
            raise ExportRunning
        export = Export(key.id("exp"), circle_id, caller.user_id, kind, circle.created_at, at, next_version(0, at))
        return Changed(export, also=[latest.write(ports, latest.entity.replace_by(export, at=at))])

    item_key = repository.export_key(circle_id, caller.user_id, key.id("exp"))
    slot = Slot.of_key(ports, key, settings().rate("export"))
    return create(ports, key, slot, repository.EXPORTS, item_key, build)


def get_export(ports: Ports, caller: Caller, circle_id: str, export_id: str) -> Export:
    """Return an export of the caller with its progress.

    Raises: CircleNotFound, ExportNotFound (also if it has expired, or the caller's present role cannot request it).
    """
    member = require_permission(ports, caller, circle_id, Action.READ)
    export = repository.load_export(ports.table, circle_id, caller.user_id, export_id).entity
    if not export.is_available(ports.clock()) or not member.can(_ACTIONS[export.kind]):
        raise ExportNotFound
    return export


def get_export_part_url(ports: Ports, caller: Caller, circle_id: str, export_id: str, index: int) -> str:
    """Return a URL of one file of a ready export, valid for a short time.

    File 0 is the manifest, file n the n-th part.

    Raises: CircleNotFound, ExportNotFound (also while it is running).
    """
    export = get_export(ports, caller, circle_id, export_id)
    if export.state is not ExportState.READY or index > len(export.parts):
        raise ExportNotFound
    name = export.parts[index - 1].name if index else MANIFEST
    return ports.pictures.get_url(_object_key(export, name), _content_type(name), url_lifetime_seconds())


def get_exported_picture_url(ports: Ports, caller: Caller, circle_id: str, export_id: str, picture_id: str) -> str:
    """Return a URL of one picture of an export, valid for a short time.

    Raises: CircleNotFound, ExportNotFound.
    """
    export = get_export(ports, caller, circle_id, export_id)
    object_key = _object_key(export, f"pictures/{picture_id}")
    if not ports.pictures.exists(object_key):
        raise ExportNotFound
    return ports.pictures.get_url(object_key, "application/octet-stream", url_lifetime_seconds())


def write_exports(ports: Ports, has_time: HasTime) -> None:
    """Write the running exports, oldest first, while there is time.

    An export that another run has written on is skipped.
    """
    for ids in repository.list_running_exports(ports.table, MAX_EXPORTS_PER_RUN):
        try:
            while has_time() and _write_page(ports, *ids):
                pass
        except (ConditionFailed, ExportNotFound):
            continue
        except Exception as error:  # noqa: BLE001 (one export that fails must not stop the others; the next run retries it)
            logger().warning("export not written", export=ids[-1], error_type=type(error).__name__)


def _write_page(ports: Ports, circle_id: str, user_id: str, export_id: str) -> bool:
    """Write one page and return whether the export is still running.

    The file is put before the item is saved: if the function crashes in between, the page is written again.
    """
    loaded = repository.load_export(ports.table, circle_id, user_id, export_id)
    export = loaded.entity
    if not export.is_available(ports.clock()):
        repository.delete_export(ports.table, export)  # it has expired and cannot be downloaded
        return False
    if export.state is not ExportState.RUNNING:
        return False
    page = get_export_page(ports.table, export)
    part = _put_part(ports, export, [_exported(ports, export, line) for line in page.lines])
    written = WrittenPage(part, page.after, page.reached, _copy_pictures(ports, export, page))
    after = export.add(written, export.phase if page.after else _NEXT_PHASE[export.phase], at=ports.clock())
    if after.state is ExportState.READY:
        ports.pictures.put(_object_key(after, MANIFEST), _content_type(MANIFEST), _manifest(after))
    return save(ports, loaded, after).state is ExportState.RUNNING


def _exported(ports: Ports, export: Export, line: Line) -> dict[str, Any]:
    """Return one line of the export. In an owner's export, every other author has an alias."""
    kind, attributes = line
    if export.kind is ExportKind.OWN:
        return {"kind": kind, **attributes}
    author = attributes["author"]
    return {"kind": kind, **attributes, "author": "you" if author == export.user_id else _alias(ports, export, author)}


def _alias(ports: Ports, export: Export, user_id: str) -> str:
    """Return a user's alias; it differs between exports, so that exports cannot be joined."""
    digest = hmac.new(ports.alias_keys.newest, f"alias {export.id} {user_id}".encode(), hashlib.sha256).hexdigest()
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


def _copy_pictures(ports: Ports, export: Export, page: ExportPage) -> int:
    """Copy the pictures of the page's notes next to the parts, and return their number."""
    pictures = [(note, picture) for note in page.notes for picture in note.content.pictures]
    for note, picture in pictures:
        source = picture_object_key(SHOWN, note.circle_id, note.author, picture.id)
        ports.pictures.copy(source, _object_key(export, f"pictures/{picture.id}"))
    return len(pictures)


def _manifest(export: Export) -> bytes:
    parts = [{"name": part.name, "lines": part.lines, "sha256": part.sha256} for part in export.parts]
    header = {"format": FORMAT, "kind": str(export.kind), "circle_id": export.circle_id, "pictures": export.pictures}
    times = {"created_at": rfc3339(export.created_at), "ready_at": rfc3339(export.ready_at or export.created_at)}
    return json.dumps({**header, **times, "parts": parts}, indent=2).encode()


def _object_key(export: Export, name: str) -> str:
    return f"exports/{export.circle_id}/{export.id}/{name}"


def _content_type(name: str) -> str:
    return "application/json" if name == MANIFEST else "application/x-ndjson"
