"""Anchors of audit chains: every hour the heads that moved are written to a bucket that lets nobody, us included, change
what it holds. Whoever rewrites a whole chain with its head meets the head as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from services.shared.security.audit import (
    GENESIS,
    AuditEntry,
    ChainVerification,
    canonical,
    find_audit_entry,
)
from services.shared.table.port import (
    Attr,
    ConditionFailed,
    Key,
    Query,
    Table,
)
from services.shared.table.queries import query_all

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HOUR = timedelta(hours=1)
FIRST_LOOK = timedelta(days=30)  # how far back the very first run looks for heads
MAX_HOURS = 800  # of missed hours that one run makes good; the next goes on
PAGE = 500
UNTIL = Key("ANCHORED", "UNTIL")


class Archive(Protocol):
    """What is put once stays as it is."""

    def put(self, name: str, text: str) -> str:
        """Keep a text; answers what is kept under that name, which is an earlier text if there was one."""
        ...

    def all_items(self) -> Iterator[tuple[str, str]]:
        """Names and texts, in the order of names."""
        ...


@dataclass(frozen=True, slots=True)
class BucketArchive:
    """A bucket with object lock: its template says for how long (compliance mode)."""

    name: str
    s3: S3Client

    def put(self, name: str, text: str) -> str:
        try:
            return self._get(name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                raise
        self.s3.put_object(Bucket=self.name, Key=name, Body=text.encode(), ContentType="application/json", IfNoneMatch="*")
        return text

    def all_items(self) -> Iterator[tuple[str, str]]:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix="anchors/"):
            for one in page.get("Contents", []):
                yield one["Key"], self._get(one["Key"])

    def _get(self, name: str) -> str:
        return self.s3.get_object(Bucket=self.name, Key=name)["Body"].read().decode()


def note_head(table: Table, chain: str, entry: AuditEntry, now: datetime) -> None:
    """Remember in this hour's list how far a chain has come; told twice or late, the further head stays."""
    key = Key(f"HEADS#{_hour(now)}", chain)
    further = Attr("length").not_exists() | Attr("length").lt(entry.index)
    try:
        table.update(key, set={"length": entry.index, "head": entry.hash}, when=further)
    except ConditionFailed:
        return


def anchor_heads(table: Table, archive: Archive, now: datetime) -> int:
    """Anchor every hour that is over and not anchored yet; answers how many heads. Each anchor holds the hash of the
    one before, so that none can be left out. A run that died is met by its own anchor and goes on from there."""
    previous, hour, done = _last_hash(table), _begin(table, now), 0
    stop = min(now, hour + HOUR * MAX_HOURS)
    while hour + HOUR <= stop:
        heads = list(_heads(table, hour))
        if heads:
            text = canonical({"hour": _hour(hour), "previous": previous, "heads": heads})
            previous = hashlib.sha256(archive.put(f"anchors/{_hour(hour)}.json", text).encode()).hexdigest()
            row = {"pk": "ANCHORS", "sk": _hour(hour), "hash": previous}
            table.put(row, when=None)
            done += len(heads)
        hour += HOUR
    table.put({**UNTIL.attributes(), "hour": _hour(hour)}, when=None)
    return done


def verify_anchors(table: Table, archive: Archive) -> list[ChainVerification]:
    """What does not fit: an anchor whose predecessor differs, or a stored chain that differs from an anchored head."""
    broken, previous = [], GENESIS
    for name, text in archive.all_items():
        anchor = json.loads(text)
        if anchor["previous"] != previous:
            broken.append(ChainVerification(name, 0, "broken", 0, "the anchor before it was changed or is missing"))
        previous = hashlib.sha256(text.encode()).hexdigest()
        broken += _differences(table, anchor["heads"])
    return broken


def _differences(table: Table, heads: Iterable[list[Any]]) -> list[ChainVerification]:
    found = []
    for chain, length, head in heads:
        entry = find_audit_entry(table, chain, length)
        if entry is None or entry.hash != head:
            found.append(ChainVerification(chain, length, "broken", length, "differs from its anchor: rewritten afterwards"))
    return found


def _heads(table: Table, hour: datetime) -> Iterator[list[Any]]:
    rows = query_all(table, Query(pk=f"HEADS#{_hour(hour)}", limit=PAGE, consistent_read=True))
    return ([row["sk"], row["length"], row["head"]] for row in rows)


def _begin(table: Table, now: datetime) -> datetime:
    """The first hour that no run has looked at."""
    row = table.get(UNTIL, consistent_read=True)
    return datetime.fromisoformat(row["hour"]) if row else _start_of_hour(now - FIRST_LOOK)


def _last_hash(table: Table) -> str:
    rows = table.query(Query(pk="ANCHORS", limit=1, newest_first=True, consistent_read=True)).items
    return rows[0]["hash"] if rows else GENESIS


def _start_of_hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hour(at: datetime) -> str:
    """`2026-11-24T08:00+00:00`: sorts by time."""
    return _start_of_hour(at).isoformat(timespec="minutes")
