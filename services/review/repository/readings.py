"""Readings of personal data, by reader."""

from __future__ import annotations

from datetime import datetime

from services.review.domain.readings import Readings
from services.shared.kernel.clock import from_millis, millis
from services.shared.kernel.ids import NewId
from services.shared.security.audit import AuditTrail
from services.shared.table.port import Item, Key, Table
from services.shared.table.versioned import Versioned


def readings_key(reader: str) -> Key:
    return Key(f"READER#{reader}", "READINGS")


def find_readings(table: Table, reader: str, at: datetime, new_id: NewId) -> Versioned[Readings]:
    item = table.get(readings_key(reader), consistent_read=True)
    if item is None:
        return Versioned(Readings(reader, AuditTrail(salt=new_id("salt")), at), None)
    return Versioned(
        Readings(reader, AuditTrail.from_item(item), from_millis(item["began"]), item["count"], item["version"]), item
    )


def readings_to_item(readings: Readings) -> Item:
    return {
        **readings_key(readings.reader).attributes(),
        "began": millis(readings.began),
        "count": readings.count,
        "version": readings.version,
        **readings.trail.to_item(),
    }
