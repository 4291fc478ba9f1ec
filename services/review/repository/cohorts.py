"""Items of cohorts and of their waitlists."""

from __future__ import annotations

from dataclasses import replace

from services.review.domain import Cohort
from services.review.repository.due_index import INDEX, PREFIX
from services.shared.kernel.errors import NotFound
from services.shared.table.entities import EntityStore
from services.shared.table.items import ABSENT, Item, Key, Put, Query
from services.shared.table.port import Table
from services.shared.table.versioned import Versioned

QUEUE = "waitlist"


def cohort_key(name: str) -> Key:
    return Key(f"COHORT#{name}", "COHORT")


def waitlist_key(name: str, position: int) -> Key:
    return Key(f"COHORT#{name}", f"WAITLIST#{position:08}")


def load_cohort(table: Table, name: str, quota: int | None) -> Versioned[Cohort]:
    """Load a cohort, or a new one. `quota` None: the cohort has the quota that it was last saved with."""
    loaded = COHORTS.load_or(table, cohort_key(name), Cohort(name, 0))
    return loaded if quota is None else replace(loaded, entity=replace(loaded.entity, quota=quota))


def get_cohorts_with_waitlist(table: Table) -> list[str]:
    """Return the names of the cohorts whose waitlist is not empty."""
    items = table.query(Query(pk=f"{PREFIX}{QUEUE}", index=INDEX, limit=100)).items
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
    return item | ({"gsi2pk": f"{PREFIX}{QUEUE}", "gsi2sk": cohort.name} if cohort.has_waitlist else {})


def cohort_from_item(item: Item) -> Cohort:
    numbers = {name: item[name] for name in ("quota", "taken", "waitlisted", "issued", "called", "version")}
    return Cohort(item["name"], free=tuple(item["free"]), **numbers)


COHORTS = EntityStore(cohort_to_item, cohort_from_item, NotFound)


def append_to_waitlist(cohort: str, position: int, application_id: str) -> Put:
    """Write a waitlist position, in the transaction of the decision that grants it."""
    return Put({**waitlist_key(cohort, position).attributes(), "application_id": application_id}, ABSENT)


def get_waitlisted_application(table: Table, cohort: str, position: int) -> str:
    """Return the id of the application at a waitlist position."""
    item = table.get(waitlist_key(cohort, position), consistent_read=True)
    if item is None:
        raise LookupError(f"{cohort} has no waitlist position {position}")
    return str(item["application_id"])
