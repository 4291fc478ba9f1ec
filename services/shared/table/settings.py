"""The item of a service's table that overrides its settings: reading it once a minute, and changing it with an audit entry.

Each change is also an item of its own, with its reason and the values before and after, since an audit entry has only a hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.shared.kernel.clock import Clock, from_millis, millis, next_version
from services.shared.kernel.errors import NotFound
from services.shared.kernel.ids import NewId
from services.shared.kernel.observability import logger
from services.shared.kernel.requests import ChangeRequest
from services.shared.kernel.settings import InForce, defaults_of
from services.shared.security.audit import AuditTrail, audit_writes
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Item, Key, Put, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Changed, Versioned, update

KEY = Key("SETTINGS", "SETTINGS")
CHANGE = "CHANGE#"
MAX_CHANGES = 20  # that an operator sees


@dataclass(frozen=True, slots=True)
class Overrides:
    """What operators have changed in a service.

    values: overridden settings, as in JSON. rules: rules by flag.
    """

    values: Mapping[str, Any]
    rules: Mapping[str, Any]
    trail: AuditTrail
    version: int = 0


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """One change by an operator. changes: the value before and after, by setting or flag."""

    at: datetime
    actor: str
    reason: str
    changes: Mapping[str, Any]


def refresh(settings: InForce[Any], table: Table, now: datetime) -> None:
    """Read the settings of this process from the table, unless they were read from it less than 60 seconds ago.

    If the table cannot be read, the last known settings stay in force until the next call.

    Cost: 0.5 read units once a minute per process.
    """
    if settings.is_fresh(table, now):
        return
    try:
        item = table.get(KEY) or {}
    except Exception as error:  # noqa: BLE001 (no request may fail because settings that are a minute old are not renewed)
        logger().warning("settings not read", error_type=type(error).__name__)
        return
    settings.apply(*_values_and_rules(item), source=table, now=now)


@dataclass(frozen=True, slots=True)
class SettingsPorts:
    """What a change of settings needs."""

    table: Table
    clock: Clock
    new_id: NewId


def load_overrides(ports: SettingsPorts) -> Versioned[Overrides]:
    new = Overrides({}, {}, AuditTrail(salt=ports.new_id("salt")))
    return STORE.load_or(ports.table, KEY, new)


def replace_overrides(
    ports: SettingsPorts,
    settings: InForce[Any],
    values: Mapping[str, Any],
    rules: Mapping[str, Any],
    *,
    actor: str,
    reason: str,
    request: ChangeRequest,
) -> Overrides:
    """Replace all overrides of a service. Each change of a value is recorded with its reason.

    The audit entry and the head to anchor are in the same transaction: the streams of chat and commerce write none.
    Unchanged if they are the same.

    Cost: 9 write units and 1.5 read units.
    Raises: PreconditionFailed (the overrides changed since the operator read them).
    """

    def change(before: Overrides) -> Overrides | Changed[Overrides]:
        changes, now = _differences(settings, before, values, rules), ports.clock()
        if not changes:
            return before
        trail = before.trail.extend("settings changed", actor=actor, at=now, reason=reason, changes=changes)
        after = Overrides(values, rules, trail, next_version(before.version, now))
        recorded = _change_to_item(trail.length, SettingsChange(now, actor, reason, changes))
        item = _overrides_to_item(after)
        return Changed(after, also=(Put(recorded, ABSENT), *audit_writes(item, now)))

    after = update(ports, lambda: load_overrides(ports), change, request=request)
    settings.apply(after.values, after.rules, source=ports.table, now=ports.clock())
    return after


def seed_overrides(ports: SettingsPorts, values: Mapping[str, Any]) -> None:
    """Put the overrides with which a laptop cloud starts, before its first request. They are no change by an operator."""
    overrides = Overrides(values, {}, AuditTrail(salt=ports.new_id("salt")), next_version(0, ports.clock()))
    ports.table.put(_overrides_to_item(overrides), when=ABSENT)


def list_changes(table: Table) -> list[SettingsChange]:
    """Return the last 20 changes, newest first."""
    page = table.query(Query(pk=KEY.pk, prefix=CHANGE, limit=MAX_CHANGES, newest_first=True, consistent_read=True))
    return [
        SettingsChange(from_millis(item["at"]), item["actor"], item["reason"], json.loads(item["changes"]))
        for item in page.items
    ]


def _differences(
    settings: InForce[Any], before: Overrides, values: Mapping[str, Any], rules: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Return the values before and after, as in JSON, of each setting and flag that changes."""
    defaults = defaults_of(settings.model).model_dump(mode="json")
    old, new = {**defaults, **before.values}, {**defaults, **values}
    changed = {name: [old.get(name), new.get(name)] for name in old | new if old.get(name) != new.get(name)}
    flags = before.rules.keys() | rules.keys()
    return changed | {
        name: [before.rules.get(name), rules.get(name)] for name in sorted(flags) if before.rules.get(name) != rules.get(name)
    }


def _overrides_to_item(overrides: Overrides) -> Item:
    """Rules are JSON text, because they can contain numbers that the table does not store."""
    content = {"values": dict(overrides.values), "rules": json.dumps(overrides.rules), "version": overrides.version}
    return {**KEY.attributes(), **content, **overrides.trail.to_item()}


def _overrides_from_item(item: Item) -> Overrides:
    return Overrides(*_values_and_rules(item), AuditTrail.from_item(item), item["version"])


def _values_and_rules(item: Item) -> tuple[dict[str, Any], dict[str, Any]]:
    return _object_in(item, "values"), _object_in(item, "rules")


def _object_in(item: Item, name: str) -> dict[str, Any]:
    """Return an object of the item, or an empty one if the item was damaged by hand.

    No request may fail because of that, least of all the operator's request that repairs the item.
    """
    stored = item.get(name, {})
    try:
        content = json.loads(stored) if isinstance(stored, str) else stored
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        return content
    logger().warning("settings damaged", attribute=name)
    return {}


def _change_to_item(index: int, change: SettingsChange) -> Item:
    content = {"at": millis(change.at), "actor": change.actor, "reason": change.reason, "changes": json.dumps(change.changes)}
    return {"pk": KEY.pk, "sk": f"{CHANGE}{index:010}", **content}


STORE = EntityStore(_overrides_to_item, _overrides_from_item, NotFound)
