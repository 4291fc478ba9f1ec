"""Items of cohorts and of their waitlists."""

from __future__ import annotations

from services.review.domain import Cohort
from services.review.repository.applications import DUE_INDEX
from services.shared.table.port import ABSENT, Item, Key, Put, Query, Table
from services.shared.table.versioned import Versioned

QUEUE = "waitlist"


def cohort_key(name: str) -> Key:
    return Key(f"COHORT#{name}", "COHORT")


def waitlist_key(name: str, position: int) -> Key:
    return Key(f"COHORT#{name}", f"WAITLIST#{position:08}")


def load_cohort(table: Table, name: str, quota: int | None) -> Versioned[Cohort]:
    """Load a cohort, or a new one. `quota` None: the cohort has the quota that it was last saved with."""
    item = table.get(cohort_key(name), consistent_read=True)
    return Versioned(cohort_from_item(item, quota) if item else Cohort(name, quota or 0), item)


def get_cohorts_with_waitlist(table: Table) -> list[str]:
    """Return the names of the cohorts whose waitlist is not empty."""
    items = table.query(Query(pk=f"{DUE_INDEX}{QUEUE}", index="gsi2", limit=100)).items
    return [item["gsi2sk"] for item in items]


def cohort_to_item(cohort: Cohort) -> Item:
    item: Item = {
        **cohort_key(cohort.name).attributes(),
        "name": cohort.name,
        "taken": cohort.taken,
        "waitlisted": cohort.waitlisted,
        "issued": cohort.issued,
        "called": cohort.called,
        "free": list(cohort.free),
        "quota": cohort.quota,
        "version": cohort.version,
    }
    return item | ({"gsi2pk": f"{DUE_INDEX}{QUEUE}", "gsi2sk": cohort.name} if cohort.has_waitlist else {})


def cohort_from_item(item: Item, quota: int | None) -> Cohort:
    numbers = {name: item[name] for name in ("taken", "waitlisted", "issued", "called", "version")}
    return Cohort(item["name"], item["quota"] if quota is None else quota, free=tuple(item["free"]), **numbers)


def waitlist_put(cohort: str, position: int, application_id: str) -> Put:
    """Return the write of a waitlist position, for the transaction of the decision that grants it."""
    return Put({**waitlist_key(cohort, position).attributes(), "application_id": application_id}, ABSENT)


def get_waitlisted_application(table: Table, cohort: str, position: int) -> str:
    """Return the id of the application at a waitlist position."""
    item = table.get(waitlist_key(cohort, position), consistent_read=True)
    if item is None:
        raise LookupError(f"{cohort} has no waitlist position {position}")
    return str(item["application_id"])
