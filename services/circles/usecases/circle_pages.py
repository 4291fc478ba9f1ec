"""The page of a circle: description, cover, and who sees the number of members; reports of it, and of the circle's name."""

from __future__ import annotations

from typing import Any

from services.circles.domain import Action, Circle, Cover
from services.circles.errors import CircleNotFound
from services.circles.repository.circles import get_circle
from services.circles.repository.teasers import get_teaser
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
    """Report the page of a circle, with description and cover as evidence. Its name is evidence too, and reported alone.

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


def report_circle_name(ports: Ports, caller: Caller, circle_id: str, report_input: ReportInput) -> None:
    """Report the name of a circle as a member, or as any user if the circle has a teaser, which shows the name.

    Unchanged if the caller reported this name before, or if the name is down: the one that shows is the platform's.
    Cost: 2 write units and 3 read units; 0.5 more for a user who is no member.
    Raises: CircleNotFound (also for no member if there is no teaser), CallerMuted, RateLimitReached.
    """
    try:
        require_permission(ports, caller, circle_id, Action.REPORT)
    except CircleNotFound:
        get_teaser(ports.table, circle_id)
    circle = get_circle(ports.table, circle_id)
    if circle.name_violation:
        return
    # The name of the application is its first revision, and each later one has the version of the event that it is from.
    revision, evidence = circle.name_version or 1, {"name": circle.name}
    subject = ReportSubject("circle_name", f"{circle_id}/name", circle_id, circle.owner, evidence, revision)
    put_report(ports, NoteReported, subject, caller.user_id, report_input, settings().rate("report"))
