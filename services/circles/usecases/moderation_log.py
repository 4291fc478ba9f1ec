"""The moderation log of a circle."""

from __future__ import annotations

from services.circles.domain import Action
from services.circles.domain.moderation_log import LogEntry
from services.circles.repository import moderation_log as repository
from services.circles.usecases.permissions import require_permission
from services.circles.usecases.ports import Ports
from services.shared.kernel.pages import Page, PageRequest
from services.shared.security.auth import Caller


def list_moderation_log(ports: Ports, caller: Caller, circle_id: str, page: PageRequest) -> Page[LogEntry]:
    """Return a page of the circle's acts of moderation, newest first. The stream writes them, so the newest can be missing.

    Cost: 2 read units for 20.
    Raises: CircleNotFound, RoleNotAllowed.
    """
    require_permission(ports, caller, circle_id, Action.READ_MODERATION_LOG)
    return repository.list_moderation_log(ports.table, circle_id, page)
