"""A person's standing on the platform: review decides it, every service keeps a row of it, the edge reads it.

The ladder: warned (told), muted (reads, but says nothing), restricted (sells nothing either), suspended (is out), banned
(out for good). Each step includes those below. A step's end is judged when read: no job has to lift it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.shared.kernel.clock import from_millis, millis
from services.shared.messaging.events import AccountStatusChanged
from services.shared.table.port import Item, Key, Table
from services.shared.table.queries import put_if_newer


class SanctionLevel(StrEnum):
    """A step of the ladder."""

    NONE = "none"
    WARNED = "warned"
    MUTED = "muted"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    BANNED = "banned"

    @property
    def rank(self) -> int:
        return list(SanctionLevel).index(self)

    def includes(self, other: SanctionLevel) -> bool:
        """Whether this step includes that one."""
        return self.rank >= other.rank


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """A step until its end (None: until it is lifted). Tokens issued before `valid_after` (seconds) are void."""

    level: SanctionLevel = SanctionLevel.NONE
    until: datetime | None = None
    valid_after: int = 0

    def at(self, now: datetime) -> SanctionLevel:
        """The step that holds now."""
        return SanctionLevel.NONE if self.until and now >= self.until else self.level


NO_SANCTION = AccountStatus()


def account_status_key(user_id: str) -> Key:
    return Key(f"PERSON#{user_id}", "STANDING")


def get_account_status(table: Table, user_id: str, *, consistent_read: bool = False) -> AccountStatus:
    """Somebody's standing; clear for whom nothing was ever said. Reads 0.5 units, 1 if strongly."""
    row = table.get(account_status_key(user_id), consistent_read=consistent_read)
    return account_status_from_item(row) if row else NO_SANCTION


def get_account_status_and_version(table: Table, user_id: str) -> tuple[AccountStatus, int]:
    """Somebody's standing with the version of the word it came by; 0 when nothing was ever said."""
    row = table.get(account_status_key(user_id), consistent_read=True)
    return (account_status_from_item(row), row["version"]) if row else (NO_SANCTION, 0)


def account_status_to_item(user_id: str, standing: AccountStatus, version: int) -> Item:
    item = {
        **account_status_key(user_id).attributes(),
        "user_id": user_id,
        "level": str(standing.level),
        "valid_after": standing.valid_after,
        "version": version,
    }
    return item | ({"until": millis(standing.until)} if standing.until else {})


def account_status_from_item(item: Item) -> AccountStatus:
    until = from_millis(item["until"]) if "until" in item else None
    return AccountStatus(SanctionLevel(item["level"]), until, item["valid_after"])


def put_account_status(table: Table, event: AccountStatusChanged) -> None:
    """What every service but review does with the event: keep what is newer."""
    put_if_newer(table, account_status_to_item(event.data.user_id, account_status_of_event(event), event.entity_version))


def account_status_of_event(event: AccountStatusChanged) -> AccountStatus:
    data = event.data
    return AccountStatus(SanctionLevel(data.level), data.until, data.valid_after)


def account_status_data(standing: AccountStatus) -> dict[str, Any]:
    """The same, as the event carries it."""
    return {"level": str(standing.level), "until": standing.until, "valid_after": standing.valid_after}
