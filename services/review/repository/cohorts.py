"""Cohorts, and who holds which place on their waitlists."""

from __future__ import annotations

from services.review.domain import Cohort
from services.shared.stored import Stored
from services.shared.table import ABSENT, Item, Key, Put, Table


def cohort_key(name: str) -> Key:
    return Key(f"COHORT#{name}", "COHORT")


def place_key(name: str, position: int) -> Key:
    return Key(f"COHORT#{name}", f"PLACE#{position:08}")


def find_cohort(table: Table, name: str, quota: int) -> Stored[Cohort]:
    item = table.get(cohort_key(name), strong=True)
    return Stored(cohort_from(item, quota) if item else Cohort(name, quota), item)


def cohort_to(cohort: Cohort) -> Item:
    return {
        **cohort_key(cohort.name).attributes(),
        "item_schema": 2,
        "name": cohort.name,
        "taken": cohort.taken,
        "waiting": cohort.waiting,
        "issued": cohort.issued,
        "called": cohort.called,
        "free": list(cohort.free),
        "version": cohort.version,
    }


def cohort_from(item: Item, quota: int) -> Cohort:
    numbers = {name: item[name] for name in ("taken", "waiting", "issued", "called", "version")}
    return Cohort(item["name"], quota, free=tuple(item["free"]), **numbers)


def place_put(cohort: str, position: int, application_id: str) -> Put:
    """Who holds a place: written with the decision that gave it."""
    return Put({**place_key(cohort, position).attributes(), "item_schema": 1, "application_id": application_id}, ABSENT)


def find_place(table: Table, cohort: str, position: int) -> str:
    """The application that holds a place."""
    item = table.get(place_key(cohort, position), strong=True)
    if item is None:
        raise LookupError(f"place {position} of {cohort} is not there")
    return str(item["application_id"])
