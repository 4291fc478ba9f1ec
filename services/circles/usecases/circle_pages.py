"""The page of a circle: description, cover, and who sees the number of members; its reports."""

from __future__ import annotations

from typing import Any

from services.circles.domain import Action, Circle, Cover
from services.circles.repository.circles import get_circle
from services.circles.settings import settings
from services.circles.usecases.circles import OwnCircle, change_circle
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.pictures import require_attachable_pictures
from services.circles.usecases.ports import Ports
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import NoteReported
from services.shared.pictures.evidence import ReportedPictures
from services.shared.security.auth import Caller
from services.shared.table.reports import ReportInput, ReportSubject, put_report


def update_circle(ports: Ports, caller: Caller, circle_id: str, request: ChangeRequest, changes: dict[str, Any]) -> OwnCircle:
    """Change the page of a circle and return the circle with the caller's membership.

    changes: the new values by field; a field that is absent stays. `cover` is the id of a picture that the caller uploaded, or
    empty for none. The cover that the page has stays valid for every editor.
    Unchanged if all values are the same.
    Cost: 2 write units and 2.5 read units; a new cover 0.5 more.
    Raises: CircleNotFound, CallerMuted, RoleNotAllowed, CircleReadOnly, PicturesInvalid, PicturesNotReady, PreconditionFailed
    (another revision than the caller read), KeyReused, RateLimitReached.
    """
    member = require_permission(ports, caller, circle_id, Action.EDIT_PAGE)

    def change(circle: Circle) -> Circle:
        values = dict(changes)
        if "cover" in values:
            values["cover"] = _cover(ports, caller, circle, values["cover"])
        return circle.update_page(values, at=ports.clock())

    circle = change_circle(ports, circle_id, change, request=request, version_of=lambda circle: circle.page.revision)
    return OwnCircle(circle, member)


def _cover(ports: Ports, caller: Caller, circle: Circle, picture_id: str) -> Cover | None:
    if not picture_id:
        return None
    current = circle.page.cover
    if current and current.picture.id == picture_id:
        return current
    (picture,) = require_attachable_pictures(ports, circle.id, caller.user_id, (picture_id,), "/cover")
    return Cover(picture, caller.user_id)


def report_circle(ports: Ports, caller: Caller, circle_id: str, report_input: ReportInput) -> None:
    """Report the page of a circle, with description and cover as evidence. The name is evidence too; review decides about it.

    Unchanged if the caller reported this revision of the page before.
    Cost: 2 write units and 3 read units.
    Raises: CircleNotFound, CallerMuted, RateLimitReached.
    """
    require_permission(ports, caller, circle_id, Action.REPORT)
    circle = get_circle(ports.table, circle_id)
    page, cover = circle.page, circle.page.cover
    pictures = ReportedPictures(circle_id, cover.author if cover else "", (cover.picture.id,) if cover else ())
    named, copy_files = pictures.evidence(ports, "circles", circle_id)
    evidence = {"circle_name": circle.name, "description": page.description, **named}
    # Not of the kind `circle`: that is a case about a circle that is dormant, which takes nothing down.
    subject = ReportSubject("circle_page", circle_id, circle_id, circle.owner, evidence, page.revision + 1, copy_files)
    put_report(ports, NoteReported, subject, caller.user_id, report_input, settings().rate("report"))
