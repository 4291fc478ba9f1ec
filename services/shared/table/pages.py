"""Reading the pages of a query: one for a caller, or all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import repeat

from services.shared.kernel.pages import Page
from services.shared.table.items import Item, Query
from services.shared.table.port import Table

UNLIMITED = repeat(None)


def query_page(table: Table, query: Query) -> Page[Item]:
    """Return one page of a list.

    One more item than `query.limit` is read, so that a full last page has no next position.
    """
    page = table.query(replace(query, limit=query.limit + 1))
    if len(page.items) <= query.limit:
        return page
    items = page.items[: query.limit]
    return Page(items, {name: items[-1][name] for name in ("pk", "sk", *query.keys)})


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
