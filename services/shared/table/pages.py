"""Reading every page of a query. One page for a caller is `table.query`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import repeat

from services.shared.table.port import Item, Query, Table

UNLIMITED = repeat(None)


def query_all(table: Table, query: Query, pages: Iterable[object] = UNLIMITED) -> Iterator[Item]:
    """Yield all items of a query. The next page is read only when the items before it are consumed.

    query.limit: items per page.
    pages: reading stops when this iterable is exhausted; it is advanced once before each page.
    """
    for _ in pages:
        page = table.query(query)
        yield from page.items
        if page.next is None:
            return
        query = replace(query, start=page.next)
