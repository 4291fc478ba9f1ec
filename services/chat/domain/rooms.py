"""Rooms of a circle."""

from __future__ import annotations

from dataclasses import dataclass

MAX_UNREAD = 99  # as apps show it: 99 means 99 or more, so that counting never reads more than 99 messages


@dataclass(frozen=True, slots=True)
class Room:
    """A chat room. Each active circle has one, its lobby."""

    id: str
    circle_id: str
    name: str
    version: int
