"""A service with documents that one user creates and changes: the ports of the shared writes, over a table in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from services.shared.kernel.clock import next_version
from services.shared.kernel.errors import NotFound
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.rates import Rate
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import OrderChanged
from services.shared.table.creating import create, create_in_order
from services.shared.table.entities import EntityStore
from services.shared.table.items import Item, Key
from services.shared.table.port import Table
from services.shared.table.rate_limits import Slot
from services.shared.table.versioned import Changed, save, update
from simulation.memory import MemoryTable
from simulation.setup.requests import CHANGE_RATE
from simulation.simulation import Simulation


@dataclass(frozen=True)
class Doc:
    id: str
    text: str
    version: int
    views: int = 0


def doc_key(doc_id: str) -> Key:
    return Key("DOCS", doc_id)


def doc_to_item(doc: Doc) -> Item:
    return {**doc_key(doc.id).attributes(), "id": doc.id, "text": doc.text, "version": doc.version, "views": doc.views}


def doc_from_item(item: Item) -> Doc:
    return Doc(item["id"], item["text"], item["version"], item["views"])


DOCS = EntityStore(doc_to_item, doc_from_item, NotFound, counters=frozenset({"views"}))


class Shelf:
    """The ports of one service, and one document in its table."""

    def __init__(self, table: Table | None = None, rate: Rate = CHANGE_RATE) -> None:
        simulation = Simulation()
        self.clock, self.new_id = simulation.clock, simulation.new_id
        self.table = table or MemoryTable()
        self.rate = rate

    def through(self, table: Table) -> Shelf:
        """Return the same ports over another table, for one request whose calls are observed or fail."""
        other = Shelf(table, self.rate)
        other.clock, other.new_id = self.clock, self.new_id
        return other

    def put(self, text: str = "first") -> Doc:
        doc = Doc("doc", text, next_version(0, self.clock()))
        return save(self, DOCS.new(doc), doc)

    def get(self) -> Doc:
        return DOCS.get(self.table, doc_key("doc"), consistent_read=True)

    def set_text(self, text: str, request: ChangeRequest | None = None) -> Doc:
        def edit(doc: Doc) -> Doc:
            return replace(doc, text=text, version=next_version(doc.version, self.clock()))

        return update(self, partial(DOCS.load, self.table, doc_key("doc")), edit, OrderChanged, request=request)

    def create(self, key: IdempotencyKey, build: Callable[[], Doc | Changed[Doc]]) -> Doc:
        return create(self, key, Slot.of_key(self, key, CHANGE_RATE), DOCS, doc_key(key.id("doc")), build)

    def post(self, key: IdempotencyKey, text: str = "first", check: Callable[[], None] = lambda: None) -> Doc:
        def build(doc_id: str, at: object) -> Doc:
            check()
            return Doc(doc_id, text, next_version(0, self.clock()))

        return create_in_order(self, key, self.rate, "doc", DOCS, doc_key, build)

    def posted(self) -> list[str]:
        assert isinstance(self.table, MemoryTable)
        return sorted({new["id"] for _, new in self.table.stream if new and new["pk"] == "DOCS"})


class Countdown:
    """Runs an action before one of the calls of a table."""

    def __init__(self, calls: int, action: Callable[[], None]) -> None:
        self.left, self.action, self.is_done = calls, action, False

    def __call__(self, *_: Any, **__: Any) -> None:
        if self.left == 0:
            self.is_done = True
            self.action()
        self.left -= 1


class StaleTable:
    """A table whose eventually consistent reads return what was stored at first."""

    def __init__(self, table: MemoryTable) -> None:
        self._table, self._first = table, dict(table._items)

    def get(self, key: Key, *, consistent_read: bool = False) -> Item | None:
        return self._table.get(key, consistent_read=True) if consistent_read else self._first.get((key.pk, key.sk))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)
