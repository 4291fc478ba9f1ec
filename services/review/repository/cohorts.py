"""Cohorts, and who holds which place on their waitlists."""

from __future__ import annotations

from services.review.domain import Cohort
from services.review.repository.applications import DUE_INDEX
from services.shared.table.port import (
    ABSENT,
    Item,
    Key,
    Put,
    Query,
    Table,
)
from services.shared.table.versioned import Versioned

QUEUE = "waitlist"


def cohort_key(name: str) -> Key:
    return Key(f"COHORT#{name}", "COHORT")


def place_key(name: str, position: int) -> Key:
    return Key(f"COHORT#{name}", f"PLACE#{position:08}")


def find_cohort(table: Table, name: str, quota: int | None) -> Versioned[Cohort]:
    """A cohort with the quota that is set for it now, or without one the quota it was last written with."""
    item = table.get(cohort_key(name), consistent_read=True)
    return Versioned(cohort_from_item(item, quota) if item else Cohort(name, quota or 0), item)


def list_queued(table: Table) -> list[str]:
    """Cohorts on whose waitlists somebody waits."""
    rows = table.query(Query(pk=f"{DUE_INDEX}{QUEUE}", index="gsi2", limit=100)).items
    return [row["gsi2sk"] for row in rows]


def cohort_to_item(cohort: Cohort) -> Item:
    item: Item = {
        **cohort_key(cohort.name).attributes(),
        "name": cohort.name,
        "taken": cohort.taken,
        "waiting": cohort.waiting,
        "issued": cohort.issued,
        "called": cohort.called,
        "free": list(cohort.free),
        "quota": cohort.quota,
        "version": cohort.version,
    }
    return item | ({"gsi2pk": f"{DUE_INDEX}{QUEUE}", "gsi2sk": cohort.name} if cohort.has_queue else {})


def cohort_from_item(item: Item, quota: int | None) -> Cohort:
    numbers = {name: item[name] for name in ("taken", "waiting", "issued", "called", "version")}
    return Cohort(item["name"], item["quota"] if quota is None else quota, free=tuple(item["free"]), **numbers)


def place_put(cohort: str, position: int, application_id: str) -> Put:
    """Who holds a place: written with the decision that gave it."""
    return Put({**place_key(cohort, position).attributes(), "application_id": application_id}, ABSENT)


def find_place(table: Table, cohort: str, position: int) -> str:
    """The application that holds a place."""
    item = table.get(place_key(cohort, position), consistent_read=True)
    if item is None:
        raise LookupError(f"place {position} of {cohort} is not there")
    return str(item["application_id"])
