"""One page of several ranges of an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from services.shared.kernel.pages import Page, Position
from services.shared.table.items import Item, Query
from services.shared.table.pages import query_page
from services.shared.table.port import Table

Entry = TypeVar("Entry")


def query_ranges(
    table: Table, ranges: Sequence[Query], entry_of: Callable[[Item], Entry | None], start: Position | None
) -> Page[Entry]:
    """Return one page of several ranges in their order. A page that ends with a range has a next position only if a later
    range has an entry.
    """
    found: list[Entry] = []
    last: Position | None = None

    def with_position(item: Item) -> tuple[Entry, Position] | None:
        entry = entry_of(item)
        return (entry, {name: item[name] for name in ("pk", "sk", *ranges[0].keys)}) if entry else None

    for query in ranges:
        if start is not None and not _is_in(query, start):
            continue
        left = query.limit - len(found)
        page = query_page(table, replace(query, limit=max(left, 1), start=start), with_position)
        start = None
        if not left and (page.items or page.next):
            return Page(found, last)
        if page.items:
            last = page.items[-1][1]
        found += [entry for entry, _ in page.items]
        if page.next:
            return Page(found, page.next)
    return Page(found)


def _is_in(query: Query, position: Position) -> bool:
    pk, sk = query.keys
    return bool(position[pk] == query.pk) and query.covers(position[sk])
