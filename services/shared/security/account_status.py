"""The account status: what a user can do on the platform and why, and since when sign-ins count.

Review decides the sanctions, and circles when a user signed out everywhere. Each service stores a copy of both in one item,
which it reads on each request. Their writes update only their own attributes of it, so none undoes the other.

The levels in ascending order, each with the effects of those below it: warned (no effect), muted (writes nothing that others
read), restricted (cannot sell), suspended (reads why, appeals and exports, and nothing else), banned (suspended without an
end). `actions` has the table of what each level denies. The end of a level is checked when the status is read, so that no job
must lift it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.shared.kernel.clock import from_millis, millis
from services.shared.messaging.events import AccountStatusChanged
from services.shared.security.age import is_minor_on, minors_from_item
from services.shared.table.items import Attr, Check, Condition, Item, Key
from services.shared.table.pages import get_all
from services.shared.table.port import ConditionFailed, Table


class SanctionLevel(StrEnum):
    """What a platform sanction forbids; the levels are in ascending order."""

    NONE = "none"
    WARNED = "warned"
    MUTED = "muted"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    BANNED = "banned"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def includes(self, other: SanctionLevel) -> bool:
        """Return whether this level has the effects of `other`."""
        return self.rank >= other.rank


_RANKS = {level: rank for rank, level in enumerate(SanctionLevel)}


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """The level of a user's sanction, and below an emergency also the level that the emergency replaced.

    until: the end of the level; None if it is in force until it is lifted.
    valid_after: seconds since 1970; tokens of a sign-in before this second ends are invalid, also refreshed ones.
    previous_level, previous_until: what an emergency replaced; it is in force again when the emergency expires.
    signed_out_at: seconds since 1970; the user signed out everywhere then. It is no part of a sanction.
    violation, previous_violation: why each level was imposed, as a `Violation`; empty without a level.
    adult_on: the day on which a minor turns 18, in a service that limits minors; None of an adult. It is no part of a sanction.
    """

    level: SanctionLevel = SanctionLevel.NONE
    until: datetime | None = None
    valid_after: int = 0
    previous_level: SanctionLevel = SanctionLevel.NONE
    previous_until: datetime | None = None
    signed_out_at: int = 0
    violation: str = ""
    previous_violation: str = ""
    adult_on: date | None = None

    def is_minor(self, now: datetime) -> bool:
        """Whether the user is a minor, as far as the service knows."""
        return is_minor_on(self.adult_on, now)

    def at(self, now: datetime) -> SanctionLevel:
        """Return the highest level in force at `now`."""
        level, _ = self._in_force(now)
        return level

    def get_violation(self, now: datetime) -> str:
        """Return why the level in force at `now` was imposed; empty if none is."""
        _, violation = self._in_force(now)
        return violation

    def _in_force(self, now: datetime) -> tuple[SanctionLevel, str]:
        violations = (self.violation, self.previous_violation)
        levels = [
            (level, violation)
            for (level, until), violation in zip(self._levels, violations, strict=True)
            if until is None or now < until
        ]
        return max(levels, key=lambda one: one[0].rank, default=(SanctionLevel.NONE, ""))

    def has_level(self, level: SanctionLevel) -> bool:
        """Whether the status has the effects of `level`, until `get_end(level)`."""
        return any(each.includes(level) for each, _ in self._levels)

    def get_end(self, level: SanctionLevel) -> datetime | None:
        """Return when the effects of `level` end; None if they are in force until they are lifted."""
        ends = [until for each, until in self._levels if each.includes(level)]
        return max((until for until in ends if until), default=None) if None not in ends else None

    @property
    def _levels(self) -> tuple[tuple[SanctionLevel, datetime | None], ...]:
        return (self.level, self.until), (self.previous_level, self.previous_until)


NO_SANCTION = AccountStatus()
SIGNED_OUT_AT = "signed_out_at"
_VIOLATIONS = ("violation", "previous_violation")
_OPTIONAL = ("until", "previous_level", "previous_until", *_VIOLATIONS)  # what a status without them removes


def account_status_key(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "ACCOUNT_STATUS")


def get_account_status(table: Table, user_id: str, *, consistent_read: bool = False) -> AccountStatus:
    """Return the status of a user; `NO_SANCTION` if none was ever published.

    Cost: 0.5 read units; 1 with `consistent_read`.
    """
    item = table.get(account_status_key(user_id), consistent_read=consistent_read)
    return account_status_from_item(item) if item else NO_SANCTION


def get_account_statuses(table: Table, user_ids: Collection[str]) -> dict[str, AccountStatus]:
    """Return the status of each user, read together. Cost: 0.5 read units per user."""
    items = get_all(table, [account_status_key(user_id) for user_id in user_ids])
    found = {user_id: items.get(account_status_key(user_id)) for user_id in user_ids}
    return {user_id: account_status_from_item(item) if item else NO_SANCTION for user_id, item in found.items()}


def get_account_status_and_version(table: Table, user_id: str) -> tuple[AccountStatus, int]:
    """Return the status of a user and its version; version 0 if review has never published one."""
    item = table.get(account_status_key(user_id), consistent_read=True)
    return (account_status_from_item(item), item["version"]) if item else (NO_SANCTION, 0)


def account_status_unchanged(user_id: str, version: int) -> Check:
    """Return the condition that a user's status still has this version; with version 0, that there is none.

    A sign-out does not change the version: the item that it creates has version 0.
    """
    unchanged = Attr("version").eq(version)
    return Check(account_status_key(user_id), unchanged if version else unchanged | Attr("version").not_exists())


def account_status_to_item(user_id: str, status: AccountStatus, version: int) -> Item:
    item = {
        **account_status_key(user_id).attributes(),
        "user_id": user_id,
        "valid_after": status.valid_after,
        "version": version,
    }
    # Not with the levels, which other items copy: only the user reads why.
    violations = {name: getattr(status, name) for name in _VIOLATIONS}
    return item | levels_to_item(status) | {name: value for name, value in violations.items() if value}


def account_status_from_item(item: Item) -> AccountStatus:
    """Return the status in an item. A sign-out alone leaves one without a level."""
    status = levels_from_item(item, valid_after=item.get("valid_after", 0))
    violations = {name: item.get(name, "") for name in _VIOLATIONS}
    adult_on = max(minors_from_item(item).values(), default=None)
    return replace(status, signed_out_at=item.get(SIGNED_OUT_AT, 0), adult_on=adult_on, **violations)


def levels_to_item(status: AccountStatus, prefix: str = "") -> Item:
    """Return the levels and their ends as attributes whose names start with `prefix`."""
    item: Item = {f"{prefix}level": str(status.level)}
    if status.until:
        item[f"{prefix}until"] = millis(status.until)
    if status.previous_level is not SanctionLevel.NONE:
        item[f"{prefix}previous_level"] = str(status.previous_level)
    if status.previous_until:
        item[f"{prefix}previous_until"] = millis(status.previous_until)
    return item


def levels_from_item(item: Item, prefix: str = "", *, valid_after: int = 0) -> AccountStatus:
    """Return the status whose levels `levels_to_item` stored; `NO_SANCTION` if it stored none."""
    level, previous_level = (SanctionLevel(item.get(prefix + name, "none")) for name in ("level", "previous_level"))
    until, previous_until = (item.get(prefix + name) for name in ("until", "previous_until"))
    return AccountStatus(
        level,
        from_millis(until) if until is not None else None,
        valid_after,
        previous_level,
        from_millis(previous_until) if previous_until is not None else None,
    )


def put_account_status(table: Table, event: AccountStatusChanged) -> None:
    """Store the status of an event. Unchanged if the stored one is as new or newer.

    An update of its own attributes, so that a sign-out stays. Not for review, which writes the item itself.
    """
    item = account_status_to_item(event.data.user_id, account_status_of_event(event), event.entity_version)
    newer = Attr("version").not_exists() | Attr("version").lt(event.entity_version)
    _update(table, Key.of(item), newer, set=_without_key(item), remove=[name for name in _OPTIONAL if name not in item])


def put_sign_out(table: Table, user_id: str, signed_out_at: int, pending: Item | None = None) -> None:
    """Store when a user signed out everywhere. Unchanged if the stored moment is the same or later.

    pending: the attributes of the pending event, in the service that publishes it.
    The addition of 0 gives an item that this creates the version 0, below that of every published status.
    Cost: 1 write unit.
    """
    later = Attr(SIGNED_OUT_AT).not_exists() | Attr(SIGNED_OUT_AT).lt(signed_out_at)
    changed = {"user_id": user_id, SIGNED_OUT_AT: signed_out_at, **(pending or {})}
    _update(table, account_status_key(user_id), later, set=changed, add={"version": 0})


def _update(table: Table, key: Key, when: Condition, **change: Any) -> None:
    try:
        table.update(key, when=when, **change)
    except ConditionFailed:
        return


def _without_key(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in ("pk", "sk")}


def account_status_of_event(event: AccountStatusChanged) -> AccountStatus:
    data = event.data
    return AccountStatus(
        SanctionLevel(data.level),
        data.until,
        data.valid_after,
        SanctionLevel(data.previous_level),
        data.previous_until,
        violation=data.violation,
        previous_violation=data.previous_violation,
    )


def account_status_data(status: AccountStatus) -> dict[str, Any]:
    """Return the status as fields of `AccountStatusChangedData`."""
    data = asdict(status) | {"level": str(status.level), "previous_level": str(status.previous_level)}
    del data[SIGNED_OUT_AT], data["adult_on"]  # other events publish them
    return data
