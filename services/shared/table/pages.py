"""Reading the pages of a query: one for a caller, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from typing import TypeVar

from services.shared.kernel.pages import Page, Position
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table

Entry = TypeVar("Entry")
UNLIMITED = repeat(None)
MAX_BATCH = 100  # of DynamoDB's BatchGetItem
MAX_QUERIES, MAX_READ = 10, 200  # of one page: some 1,500 items, so that a long list of hidden items cannot be read at once


def query_page(
    table: Table,
    query: Query,
    entry_of: Callable[[Item], Entry | None],
    *,
    first_read: int | None = None,
    queries: int = MAX_QUERIES,
) -> Page[Entry]:
    """Return one page of a list: at most `query.limit` entries, of the items for which `entry_of` returns one.

    entry_of: returns None for an item that is not listed. It does not read the table: see `query_page_by_parts`.
    first_read, queries: as there.
    """
    return query_page_by_parts(table, query, lambda items: map(entry_of, items), first_read=first_read, queries=queries)


def query_page_by_parts(
    table: Table,
    query: Query,
    entries_of: Callable[[list[Item]], Iterable[Entry | None]],
    *,
    first_read: int | None = None,
    queries: int = MAX_QUERIES,
) -> Page[Entry]:
    """Return one page of a list: at most `query.limit` entries, of the items for which `entries_of` returns one.

    Every page of a list comes from here. It is read until one entry more than the limit is found, or to the end. So no next
    position leads to an empty page, also if all that follows is hidden from the caller.

    entries_of: returns an entry per item, or None for one that is not listed. It can read the table, once for all of them: it
    never gets more items than the page can still have.
    first_read: the items of the first query, one more than the limit as a rule; each further query reads twice as many.
    queries: the most queries of one page. Only a list with more hidden items in a row than they read has a shorter page, with
    a next position.
    """
    found: list[tuple[Item, Entry]] = []
    size, start = first_read or query.limit + 1, query.start
    for _ in range(queries):
        page = table.query(replace(query, limit=size, start=start))
        items = page.items
        while items:
            missing = query.limit + 1 - len(found)
            part, items = items[:missing], items[missing:]
            found += [(item, entry) for item, entry in zip(part, entries_of(part), strict=True) if entry is not None]
            if len(found) > query.limit:
                return Page([entry for _, entry in found[:-1]], _position(found[-2][0], query))
        size, start = min(2 * size, MAX_READ), page.next
        if start is None:
            break
    return Page([entry for _, entry in found], start)


def _position(item: Item, query: Query) -> Position:
    return {name: item[name] for name in ("pk", "sk", *query.keys)}


def get_all(table: Table, keys: Sequence[Key], *, consistent_read: bool = False) -> dict[Key, Item]:
    """Return by key the items that exist. Cost: one request per 100 keys; none without keys."""
    items: dict[Key, Item] = {}
    for start in range(0, len(keys), MAX_BATCH):
        items |= table.get_many(keys[start : start + MAX_BATCH], consistent_read=consistent_read)
    return items


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
