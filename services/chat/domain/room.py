"""Rooms of a circle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.chat.errors import PinLimitReached
from services.shared.kernel.clock import next_version

MAX_PINS = 5
MAX_UNREAD = 99  # as apps show it: 99 means 99 or more, so that counting never reads more than 99 messages


@dataclass(frozen=True, slots=True)
class Room:
    """A chat room. Each active circle has one, its lobby.

    pins: the numbers of the pinned messages, the newest pin first; at most 5, each once.
    """

    id: str
    circle_id: str
    name: str
    version: int
    pins: tuple[int, ...] = ()

    def pin(self, seq: int, at: datetime) -> Room:
        """Pin a message. Unchanged if it is pinned.

        Raises: PinLimitReached.
        """
        if seq in self.pins:
            return self
        if len(self.pins) >= MAX_PINS:
            raise PinLimitReached
        return replace(self, pins=(seq, *self.pins), version=next_version(self.version, at))

    def unpin(self, seq: int, at: datetime) -> Room:
        """Unpin a message. Unchanged if it is not pinned."""
        if seq not in self.pins:
            return self
        pins = tuple(pin for pin in self.pins if pin != seq)
        return replace(self, pins=pins, version=next_version(self.version, at))
