"""A person's standing on the platform: review decides it, every service keeps a row of it, the edge reads it.

The ladder: warned (told), muted (reads, but says nothing), restricted (sells nothing either), suspended (is out), banned
(out for good). Each step includes those below. A step's end is judged when read: no job has to lift it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.shared.kernel.clock import from_millis, millis
from services.shared.messaging.events import StandingChanged
from services.shared.table.port import Item, Key, Table
from services.shared.table.queries import put_newer


class Level(StrEnum):
    """A step of the ladder."""

    NONE = "none"
    WARNED = "warned"
    MUTED = "muted"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    BANNED = "banned"

    @property
    def rank(self) -> int:
        return list(Level).index(self)

    def reaches(self, other: Level) -> bool:
        """Whether this step includes that one."""
        return self.rank >= other.rank


@dataclass(frozen=True, slots=True)
class Standing:
    """A step until its end (None: until it is lifted). Tokens issued before `valid_after` (seconds) are void."""

    level: Level = Level.NONE
    until: datetime | None = None
    valid_after: int = 0

    def at(self, now: datetime) -> Level:
        """The step that holds now."""
        return Level.NONE if self.until and now >= self.until else self.level


CLEAR = Standing()


def standing_key(user_id: str) -> Key:
    return Key(f"PERSON#{user_id}", "STANDING")


def find_standing(table: Table, user_id: str, *, strong: bool = False) -> Standing:
    """Somebody's standing; clear for whom nothing was ever said. Reads 0.5 units, 1 if strongly."""
    row = table.get(standing_key(user_id), strong=strong)
    return standing_from(row) if row else CLEAR


def standing_known(table: Table, user_id: str) -> tuple[Standing, int]:
    """Somebody's standing with the version of the word it came by; 0 when nothing was ever said."""
    row = table.get(standing_key(user_id), strong=True)
    return (standing_from(row), row["version"]) if row else (CLEAR, 0)


def standing_to(user_id: str, standing: Standing, version: int) -> Item:
    item = {
        **standing_key(user_id).attributes(),
        "item_schema": 2,
        "user_id": user_id,
        "level": str(standing.level),
        "valid_after": standing.valid_after,
        "version": version,
    }
    return item | ({"until": millis(standing.until)} if standing.until else {})


def standing_from(item: Item) -> Standing:
    until = from_millis(item["until"]) if "until" in item else None
    return Standing(Level(item["level"]), until, item["valid_after"])


def take_over_standing(table: Table, event: StandingChanged) -> None:
    """What every service but review does with the event: keep what is newer."""
    put_newer(table, standing_to(event.data.user_id, told_standing(event), event.entity_version))


def told_standing(event: StandingChanged) -> Standing:
    data = event.data
    return Standing(Level(data.level), data.until, data.valid_after)


def state_of(standing: Standing) -> dict[str, Any]:
    """The same, as the event carries it."""
    return {"level": str(standing.level), "until": standing.until, "valid_after": standing.valid_after}
