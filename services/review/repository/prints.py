"""Prints of rejected applications, by band: where a near copy meets what it was copied from."""

from __future__ import annotations

from collections.abc import Iterable

from services.shared.table.port import Item, Query, Table

MAX_MEETINGS = 5


def keep_prints(table: Table, application_id: str, person: str, bands: Iterable[str], expires_at: int) -> None:
    for band in bands:
        item: Item = {"pk": f"PRINT#{band}", "sk": application_id, "person": person, "expires_at": expires_at}
        table.put(item, when=None)


def met(table: Table, application_id: str, person: str, bands: Iterable[str]) -> list[str]:
    """Applications of other people that share a band, those that share most first."""
    shared: dict[str, int] = {}
    for band in bands:
        for row in table.query(Query(pk=f"PRINT#{band}", limit=MAX_MEETINGS)).items:
            if row["person"] != person and row["sk"] != application_id:
                shared[row["sk"]] = shared.get(row["sk"], 0) + 1
    return sorted(shared, key=lambda one: (-shared[one], one))
