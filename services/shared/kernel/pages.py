"""Pages of lists: which page a caller requests, and the page that a repository returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

Entry = TypeVar("Entry")
Result = TypeVar("Result")
Position = Mapping[str, Any]  # where a page starts; only the repository that returned it reads it


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list the caller requests.

    start: the `next` of the page before; None for the first page.
    """

    limit: int = 20
    start: Position | None = None


class Page(NamedTuple, Generic[Entry]):
    """One page of a list, in the list's order; the next page starts at `next`, which is None on the last page.

    Entries that are not listed are left out where the page is read (`query_page`), not here: the page would get shorter.
    """

    items: list[Entry]
    next: Position | None = None

    def map(self, convert: Callable[[Entry], Result]) -> Page[Result]:
        return Page([convert(entry) for entry in self.items], self.next)

    def replace(self, items: Iterable[Result]) -> Page[Result]:
        """Return a page of these items with the same next position."""
        return Page(list(items), self.next)


def is_any(entry: object) -> bool:
    """List every entry."""
    return True
