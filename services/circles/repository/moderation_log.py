"""The moderation log of a circle: an item per act, which is derived from the audited items in the stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from services.circles.domain import Role
from services.circles.domain.moderation_log import LogEntry, ModerationAct
from services.circles.errors import CircleNotFound
from services.shared.kernel.clock import from_millis, from_rfc3339, millis
from services.shared.kernel.pages import Page, PageRequest
from services.shared.messaging.stream import Change
from services.shared.security.audit import AuditEntry
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table

# The acts on a membership, by the action of its audit trail. What follows from another act is left out: the quarantine of a
# member from that of the passcode, and a new owner from the decision of review.
ON_MEMBER = {
    **{act: ModerationAct(act) for act in ("mute", "kick", "ban", "lift", "approve", "role")},
    **{f"{verb} role": ModerationAct(f"{verb}_role") for verb in ("propose", "decline", "withdraw")},
}
ON_CONTENT = {"note removed": ModerationAct.REMOVE_NOTE, "comment removed": ModerationAct.REMOVE_COMMENT}


def log_pk(circle_id: str) -> str:
    return f"CIRCLE#{circle_id}#MODERATION_LOG"


def put_log_entries(table: Table, changes: Sequence[Change]) -> None:
    """Store the entries that these changes of the stream add. A repeat stores the same ones."""
    for change in changes:
        if entry := _entry_of(change):
            table.put(log_entry_to_item(entry), when=None)


def list_moderation_log(table: Table, circle_id: str, page: PageRequest) -> Page[LogEntry]:
    """Return a page of the log, newest first."""
    query = Query(pk=log_pk(circle_id), limit=page.limit, start=page.start, newest_first=True)
    return LOG.list(table, query)


def _entry_of(change: Change) -> LogEntry | None:
    old, new = change.old or {}, change.new
    if new is None:
        return None
    if change.key.sk == "PASSCODE":
        return _quarantine(new) if new.get("quarantined_by_role") != old.get("quarantined_by_role") else None
    if "audit" not in new or new["audit"] == old.get("audit") or not change.key.pk.startswith("CIRCLE#"):
        return None
    audit = AuditEntry(*json.loads(new["audit"]))
    if act := ON_CONTENT.get(audit.action):
        circle_id = change.key.pk.split("#")[1]
        return LogEntry(circle_id, act, new["id"], audit.actor, *_when(audit), reason=new["removal"]["reason"])
    return _on_member(new, audit)


def _on_member(item: Item, audit: AuditEntry) -> LogEntry | None:
    """Return the entry of an act on a membership, or None if it is no act of the log."""
    action, role = audit.action, None
    if " " in action and action.split()[-2] == "role":
        action, _, name = action.rpartition(" ")
        role = Role(name)
    act = ON_MEMBER.get(action)
    if act is None:
        return None
    sanction: Item = item.get("mute" if act is ModerationAct.MUTE else "sanction", {})
    is_sanction = act in (ModerationAct.MUTE, ModerationAct.KICK, ModerationAct.BAN)
    terms: dict[str, Any] = {"reason": item.get("lift_reason", "") if act is ModerationAct.LIFT else ""}
    if is_sanction:
        until = sanction["until"]
        terms = {"reason": sanction["reason"], "until": from_millis(until) if until else None}
    return LogEntry(item["circle_id"], act, item["user_id"], audit.actor, *_when(audit), **terms, role=role)


def _when(audit: AuditEntry) -> tuple[Any, int]:
    return from_rfc3339(audit.at), audit.index


def _quarantine(item: Item) -> LogEntry:
    at, version = from_millis(item["version"]), item["version"]
    return LogEntry(item["circle_id"], ModerationAct.QUARANTINE, item["id"], item["quarantined_by"], at, version)


def log_entry_to_item(entry: LogEntry) -> Item:
    key = Key(log_pk(entry.circle_id), f"{millis(entry.at):015}#{entry.subject_id}#{entry.number:010}")
    item: Item = {**key.attributes(), "act": str(entry.act), "by": entry.by, "at": millis(entry.at)}
    optional = {"reason": entry.reason, "until": millis(entry.until) if entry.until else 0, "role": str(entry.role or "")}
    return item | {name: value for name, value in optional.items() if value}


def log_entry_from_item(item: Item) -> LogEntry:
    _, subject_id, number = item["sk"].split("#")
    return LogEntry(
        circle_id=item["pk"].split("#")[1],
        act=ModerationAct(item["act"]),
        subject_id=subject_id,
        by=item["by"],
        at=from_millis(item["at"]),
        number=int(number),
        reason=item.get("reason", ""),
        until=from_millis(item["until"]) if "until" in item else None,
        role=Role(item["role"]) if "role" in item else None,
    )


LOG = EntityStore(log_entry_to_item, log_entry_from_item, CircleNotFound)
