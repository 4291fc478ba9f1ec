"""What the caller wants to be notified of, the quiet hours and the daily digest."""

from __future__ import annotations

from functools import partial

from services.chat.domain import NotificationPreferences
from services.chat.repository import notification_preferences as repository
from services.chat.repository.due_pushes import DuePush
from services.chat.usecases.ports import Ports
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller
from services.shared.table.versioned import Changed, update


def get_notification_preferences(ports: Ports, caller: Caller) -> NotificationPreferences:
    """Return the caller's choices, or the default ones. Cost: 1.5 read units."""
    return repository.load_preferences(ports.table, caller.user_id).entity


def set_notification_preferences(
    ports: Ports, caller: Caller, request: ChangeRequest, chosen: NotificationPreferences
) -> NotificationPreferences:
    """Store which kinds are listed and pushed, the quiet hours and the daily digest; return the choices.

    The markers stay as they are. With a daily digest, the same transaction plans the next one.
    Cost: 2 write units and 2 read units; 5 write units with a daily digest.
    Raises: PreconditionFailed (the choices changed since the caller read them), KeyReused, RateLimitReached.
    """
    load = partial(repository.load_preferences, ports.table, caller.user_id)

    def change(stored: NotificationPreferences) -> NotificationPreferences | Changed[NotificationPreferences]:
        at = ports.clock()
        after = stored.update(chosen, at=at)
        if after == stored or not after.daily_digest:
            return after
        return Changed(after, also=[DuePush(after.next_digest_at(at), caller.user_id, is_digest=True).write])

    return update(ports, load, change, request=request)
