"""What is done to rows again and again: all that a query finds, one that is put once, one that is put if it is newer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import repeat

from services.shared.table.port import (
    ABSENT,
    Attr,
    Condition,
    ConditionFailed,
    Item,
    Query,
    Table,
)

ANY_NUMBER = repeat(None)


def query_all(table: Table, query: Query, pages: Iterable[object] = ANY_NUMBER) -> Iterator[Item]:
    """All rows of a query, a page of its limit at a time, each read when it is come to; a page for each of `pages`."""
    for _ in pages:
        page = table.query(query)
        yield from page.items
        if page.next is None:
            return
        query = replace(query, start=page.next)


def put_if_absent(table: Table, item: Item) -> None:
    """The first stays; whoever comes later changes nothing."""
    _put(table, item, ABSENT)


def put_if_newer(table: Table, item: Item) -> None:
    """Take over what another service told, unless something newer is there: told twice or out of order, the same row."""
    _put(table, item, Attr("version").not_exists() | Attr("version").lt(item["version"]))


def _put(table: Table, item: Item, when: Condition) -> None:
    try:
        table.put(item, when=when)
    except ConditionFailed:
        return
