"""Block lists, as the circles service publishes them to chat."""

from __future__ import annotations

from services.shared.messaging.events import BlocksChanged, BlocksChangedData
from services.shared.security.auth import Caller
from simulation.setup.chat import Lobby
from simulation.setup.events import envelope
from simulation.streams import deliver


def block(room: Lobby, blocker: Caller, *blocked: Caller) -> BlocksChanged:
    """Publish that a user has blocked these users, and no others; return the event."""
    room.simulation.clock.advance(seconds=1)
    data = BlocksChangedData(user_id=blocker.user_id, blocked=[user.user_id for user in blocked])
    event = BlocksChanged(**envelope(room.simulation, blocker.user_id), data=data)
    deliver(room.simulation, "chat", event)
    return event
