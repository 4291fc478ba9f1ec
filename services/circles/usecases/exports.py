"""Data exports of a user's own data in a circle, of a user's whole account, or of an owner's circle.

A worker writes them page by page, each page as one file. Each other service writes its own part of a user's data.

docs/export.md describes the format.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import replace
from functools import partial

from services.circles.domain import Action
from services.circles.domain.export import OTHER_SERVICES, Export, ExportKind, ExportState, LatestExport, Phase, WrittenPage
from services.circles.domain.permissions import KINDS
from services.circles.errors import CircleNotFound, ExportNotFound, ExportRunning
from services.circles.repository import circles
from services.circles.repository import exports as repository
from services.circles.repository.export_lines import ExportPage, get_export_page
from services.circles.settings import settings
from services.circles.usecases.permissions import require_own_data, require_permission
from services.circles.usecases.pictures import url_lifetime_seconds
from services.circles.usecases.ports import Ports
from services.shared.exports.format import ACCOUNT, FORMAT, LINES_TYPE, Line, Part, export_folder, put_part
from services.shared.kernel.clock import next_version, rfc3339
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.observability import logger
from services.shared.kernel.remaining_time import HasTime
from services.shared.messaging.events import ExportRequested, PartsExported
from services.shared.pictures.files import SHOWN, picture_object_key
from services.shared.security.auth import Caller
from services.shared.table.creating import create
from services.shared.table.port import ConditionFailed
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, Versioned, save, update

MAX_EXPORTS_PER_RUN = 10
SERVICE = "circles"
SERVICES_WITH_PICTURES = (SERVICE, "chat", "commerce")
MANIFEST, MANIFEST_TYPE = "manifest.json", "application/json"
PHASES = list(Phase)


def create_export(ports: Ports, caller: Caller, circle_id: str, key: IdempotencyKey, kind: ExportKind) -> Export:
    """Request a data export and return it.

    The worker starts within a minute. A retry returns the stored export. Past members and users who wait for approval can
    export their own data too, until the circle is closed for good.
    Cost: 6 write units and 3 read units.
    Raises: CircleNotFound, RoleNotAllowed, AccountSuspended (an export of the circle), ExportRunning (the caller's last export
    is not ready), KeyReused, RateLimitReached.
    """
    _require_can_export(ports, caller, circle_id, kind)

    def build() -> Changed[Export]:
        circle, at = circles.get_circle(ports.table, circle_id), ports.clock()
        if circle.has_closed(at):
            raise CircleNotFound
        latest = _require_none_running(ports, circle_id, caller.user_id)
        export = Export(key.id("exp"), circle_id, caller.user_id, kind, circle.created_at, at, next_version(0, at))
        latest_write = latest.write(ports, latest.entity.replace_by(export, at=at))
        if kind is ExportKind.CIRCLE:
            return Changed(export, also=[latest_write])
        return Changed(replace(export, waiting_for=OTHER_SERVICES), [ExportRequested], [latest_write])

    item_key = repository.export_key(circle_id, caller.user_id, key.id("exp"))
    slot = Slot.of_key(ports, key, settings().rate("export"))
    return create(ports, key, slot, repository.EXPORTS, item_key, build)


def create_account_export(ports: Ports, key: IdempotencyKey) -> Export:
    """Request an export of the whole account, from all services, and return it.

    It has what is the user's own in every circle, past ones too, and outside of circles. A retry returns the stored export.
    Cost: 6 write units and 2 read units.
    Raises: ExportRunning (the caller's last export of the account is not ready), KeyReused, RateLimitReached.
    """

    def build() -> Changed[Export]:
        at = ports.clock()
        latest = _require_none_running(ports, "", key.user)
        export = Export.of_account(key.id("exp"), key.user, at)
        return Changed(export, [ExportRequested], [latest.write(ports, latest.entity.replace_by(export, at=at))])

    slot = Slot.of_key(ports, key, settings().rate("export"))
    return create(ports, key, slot, repository.EXPORTS, repository.export_key("", key.user, key.id("exp")), build)


def _require_none_running(ports: Ports, circle_id: str, user_id: str) -> Versioned[LatestExport]:
    """Return the user's latest export of the circle or account, for its replacement. Raises: ExportRunning."""
    latest = repository.load_latest_export(ports.table, circle_id, user_id)
    before = repository.find_export(ports.table, circle_id, user_id, latest.entity.export_id)
    if before and before.delays_next(ports.clock()):
        raise ExportRunning(export_id=before.id)
    return latest


def get_account_export(ports: Ports, caller: Caller, export_id: str) -> Export:
    """Return an export of the caller's account with its progress.

    Raises: ExportNotFound (also if it has expired, or is of a circle).
    """
    export = repository.load_export(ports.table, "", caller.user_id, export_id).entity
    if not export.is_available(ports.clock()):
        raise ExportNotFound
    return export


def get_export(ports: Ports, caller: Caller, circle_id: str, export_id: str) -> Export:
    """Return an export of the caller with its progress.

    A suspended owner gets what is their own, and not the circle, which has the texts of others.
    Raises: CircleNotFound, ExportNotFound (also if it has expired, or the caller's present role cannot request it),
    AccountSuspended (an export of the circle).
    """
    member = require_own_data(ports, caller, circle_id, Action.EXPORT_OWN)
    export = repository.load_export(ports.table, circle_id, caller.user_id, export_id).entity
    can_read = export.kind is ExportKind.OWN or member.can(Action.EXPORT_CIRCLE)
    if not export.is_available(ports.clock()) or not can_read:
        raise ExportNotFound
    if export.kind is ExportKind.CIRCLE:
        caller.require_permitted(KINDS[Action.EXPORT_CIRCLE])
    return export


def _require_can_export(ports: Ports, caller: Caller, circle_id: str, kind: ExportKind) -> None:
    if kind is ExportKind.CIRCLE:
        require_permission(ports, caller, circle_id, Action.EXPORT_CIRCLE)
    else:
        require_own_data(ports, caller, circle_id, Action.EXPORT_OWN)


def get_export_part_url(ports: Ports, caller: Caller, circle_id: str, export_id: str, index: int) -> str:
    """Return a URL of one file of a ready export, valid for a short time.

    File 0 is the manifest, file n the n-th part.

    Raises: CircleNotFound, ExportNotFound (also while it is running).
    """
    return _part_url(ports, get_export(ports, caller, circle_id, export_id), index)


def get_account_export_part_url(ports: Ports, caller: Caller, export_id: str, index: int) -> str:
    """Return a URL of one file of a ready export of the account, as `get_export_part_url`.

    Raises: ExportNotFound (also while it is running).
    """
    return _part_url(ports, get_account_export(ports, caller, export_id), index)


def _part_url(ports: Ports, export: Export, index: int) -> str:
    if export.state is not ExportState.READY or index > len(export.parts):
        raise ExportNotFound
    if index == 0:
        return ports.exports.get_url(_object_key(export, MANIFEST), MANIFEST_TYPE, url_lifetime_seconds())
    part = export.parts[index - 1]
    object_key = f"{export_folder(part.service, export.circle_id, export.id)}/{part.name}"
    return ports.exports.get_url(object_key, LINES_TYPE, url_lifetime_seconds())


def get_exported_picture_url(ports: Ports, caller: Caller, circle_id: str, export_id: str, picture_id: str) -> str:
    """Return a URL of one picture of an export, valid for a short time.

    Raises: CircleNotFound, ExportNotFound.
    """
    return _picture_url(ports, get_export(ports, caller, circle_id, export_id), picture_id)


def get_account_export_picture_url(ports: Ports, caller: Caller, export_id: str, picture_id: str) -> str:
    """Return a URL of one picture of an export of the account, valid for a short time. Raises: ExportNotFound."""
    return _picture_url(ports, get_account_export(ports, caller, export_id), picture_id)


def _picture_url(ports: Ports, export: Export, picture_id: str) -> str:
    """Return the URL of a picture that a service copied next to its parts: of a note, avatar, message or listing."""
    folders = (export_folder(service, export.circle_id, export.id) for service in SERVICES_WITH_PICTURES)
    object_keys = (f"{folder}/pictures/{picture_id}" for folder in folders)
    object_key = next(filter(ports.exports.exists, object_keys), None)
    if object_key is None:
        raise ExportNotFound
    return ports.exports.get_url(object_key, "application/octet-stream", url_lifetime_seconds())


def add_exported_parts(ports: Ports, event: PartsExported) -> None:
    """Add the files that another service wrote to the export. The worker completes an export that has all parts.

    Unchanged if they were added before, or if the export does not exist any more.
    """
    data, service = event.data, event.SOURCE.removeprefix("coterie.")
    parts = tuple(Part(part.name, part.lines, part.sha256) for part in data.parts)
    load = partial(repository.load_export, ports.table, data.circle_id, data.user_id, data.export_id)
    with suppress(ExportNotFound):
        update(ports, load, lambda export: export.add_parts(service, parts, data.pictures, at=ports.clock()))


def write_exports(ports: Ports, has_time: HasTime) -> None:
    """Write the running exports, oldest first, while there is time.

    An export that another run has written on is skipped.
    """
    for ids in repository.list_running_exports(ports.table, ports.clock(), MAX_EXPORTS_PER_RUN):
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
    if not export.has_work(ports.clock()):
        return False
    after = export.complete(at=ports.clock()) if export.phase is Phase.MANIFEST else _add_page(ports, export)
    if after.state is ExportState.READY:
        ports.exports.put(_object_key(after, MANIFEST), MANIFEST_TYPE, _manifest(after))
    return save(ports, loaded, after).has_work(ports.clock())


def _add_page(ports: Ports, export: Export) -> Export:
    page = get_export_page(ports.table, export)
    lines, number = [_exported(ports, export, line) for line in page.lines], len(export.parts) + 1
    part = put_part(ports.exports, SERVICE, export_folder(SERVICE, export.circle_id, export.id), number, lines)
    circles_found = sum(1 for _ in circles.iter_circle_ids(ports.table, export.user_id)) if export.phase is Phase.ACCOUNT else 0
    written = WrittenPage(part, page.after, page.reached, _copy_pictures(ports, export, page), circles_found)
    next_phase, next_circle = _after_page(ports, export, page)
    return export.add(written, next_phase, at=ports.clock(), next_circle=next_circle)


def _after_page(ports: Ports, export: Export, page: ExportPage) -> tuple[Phase, str]:
    """Return what the next page is of. An export of an account repeats the phases of a circle for each circle of the user."""
    if page.after:
        return export.phase, export.current_circle
    if export.is_of_account and export.phase in (Phase.ACCOUNT, Phase.NOTES):
        circle_id = circles.find_next_circle_id(ports.table, export.user_id, export.current_circle)
        return (Phase.USER, circle_id) if circle_id else (Phase.MANIFEST, "")
    return PHASES[PHASES.index(export.phase) + 1], export.current_circle


def _exported(ports: Ports, export: Export, line: Line) -> Line:
    """Return one line of the export. In an owner's export, every other author has an alias; the circle has none."""
    if export.kind is ExportKind.OWN or line["kind"] == "circle":
        return line
    author = line["author"]
    return {**line, "author": "you" if author == export.user_id else _alias(ports, export, author)}


def _alias(ports: Ports, export: Export, user_id: str) -> str:
    """Return a user's alias; it differs between exports, so that exports cannot be joined."""
    digest = hmac.new(ports.alias_keys.newest, f"alias {export.id} {user_id}".encode(), hashlib.sha256).hexdigest()
    return f"member-{digest[:12]}"


def _copy_pictures(ports: Ports, export: Export, page: ExportPage) -> int:
    """Copy the pictures of the page next to the parts, and return their number."""
    for folder, author, picture_id in page.pictures:
        source = picture_object_key(SHOWN, folder, author, picture_id)
        ports.pictures.copy(source, _object_key(export, f"pictures/{picture_id}"), into=ports.exports)
    return len(page.pictures)


def _manifest(export: Export) -> bytes:
    parts = [{"service": part.service, "name": part.name, "lines": part.lines, "sha256": part.sha256} for part in export.parts]
    of = {"kind": ACCOUNT} if export.is_of_account else {"kind": str(export.kind), "circle_id": export.circle_id}
    header = {"format": FORMAT, **of, "pictures": export.pictures, "missing": list(export.missing)}
    times = {"created_at": rfc3339(export.created_at), "ready_at": rfc3339(export.ready_at or export.created_at)}
    return json.dumps({**header, **times, "parts": parts}, indent=2).encode()


def _object_key(export: Export, name: str) -> str:
    return f"{export_folder(SERVICE, export.circle_id, export.id)}/{name}"
