"""Rooms of a circle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.chat.domain.head import RoomHead
from services.chat.errors import PinLimitReached
from services.chat.settings import settings
from services.shared.kernel.clock import millis, next_version
from services.shared.kernel.ids import derive_id, deterministic_id, time_of_id


class RoomKind(StrEnum):
    """lobby: of all members. moderators: of the moderators, the co-owners and the owner."""

    LOBBY = "lobby"
    MODERATORS = "moderators"


def lobby_id(circle_id: str) -> str:
    """Return the id of a circle's lobby. It derives from the circle's id, so a repeated event creates no second lobby."""
    return derive_id("rom", circle_id)


def moderators_room_id(circle_id: str) -> str:
    """Return the id of a circle's moderators' room. It is sorted after the lobby.

    It derives from the circle's, so that a send, which does not read the room, knows whose room it is.
    """
    return deterministic_id("rom", millis(time_of_id(circle_id)) + 1, circle_id, RoomKind.MODERATORS)


@dataclass(frozen=True, slots=True)
class Room:
    """A chat room. Each active circle has two: its lobby and its moderators' room.

    pins: the numbers of the pinned messages, the newest pin first; each once.
    head: derived from the messages, under a version of its own.
    """

    id: str
    circle_id: str
    name: str
    version: int
    pins: tuple[int, ...] = ()
    head: RoomHead = field(default_factory=RoomHead)

    @property
    def kind(self) -> RoomKind:
        return RoomKind.MODERATORS if self.id == moderators_room_id(self.circle_id) else RoomKind.LOBBY

    def rename(self, name: str, at: datetime) -> Room:
        """Show another name of the circle. Unchanged if it is the same."""
        return self if name == self.name else replace(self, name=name, version=next_version(self.version, at))

    def pin(self, seq: int, at: datetime) -> Room:
        """Pin a message. Unchanged if it is pinned.

        Raises: PinLimitReached.
        """
        if seq in self.pins:
            return self
        if len(self.pins) >= settings().max_pins:
            raise PinLimitReached(limit=settings().max_pins)
        return replace(self, pins=(seq, *self.pins), version=next_version(self.version, at))

    def unpin(self, seq: int, at: datetime) -> Room:
        """Unpin a message. Unchanged if it is not pinned."""
        if seq not in self.pins:
            return self
        pins = tuple(pin for pin in self.pins if pin != seq)
        return replace(self, pins=pins, version=next_version(self.version, at))
