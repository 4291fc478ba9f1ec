"""The rate limit of actions that change what exists and have no limit of their own."""

from __future__ import annotations

from services.circles.settings import settings
from services.circles.usecases.ports import Ports
from services.shared.security.auth import Caller
from services.shared.table.rate_limits import Slot


def change_slot(ports: Ports, caller: Caller) -> Slot:
    return Slot(ports, caller.user_id, settings().rate("change"))
