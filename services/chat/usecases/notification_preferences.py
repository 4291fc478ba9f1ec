"""What the caller wants to be notified of, and the quiet hours."""

from __future__ import annotations

from functools import partial

from services.chat.domain import NotificationPreferences
from services.chat.repository import notification_preferences as repository
from services.chat.usecases.ports import Ports
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.table.versioned import update


def get_notification_preferences(ports: Ports, caller: Caller) -> NotificationPreferences:
    """Return the caller's choices, or the default ones. Cost: 1.5 read units."""
    return repository.load_preferences(ports.table, caller.user_id).entity


def set_notification_preferences(
    ports: Ports, caller: Caller, request: ChangeRequest, chosen: NotificationPreferences
) -> NotificationPreferences:
    """Store which kinds are listed and pushed, and the quiet hours; return the choices. The markers stay as they are.

    Cost: 2 write units and 2 read units.
    Raises: PreconditionFailed (the choices changed since the caller read them), KeyReused, RateLimitReached.
    """
    load = partial(repository.load_preferences, ports.table, caller.user_id)

    def change(stored: NotificationPreferences) -> NotificationPreferences:
        return stored.update(chosen, at=ports.clock())

    return update(ports, load, change, request=request)
