"""The versioned write: load, change, save once, and what repeats and late requests do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from services.shared.kernel.clock import from_millis, millis, next_version
from services.shared.kernel.errors import Conflict, KeyReused, PreconditionFailed
from services.shared.kernel.requests import MAX_REMEMBERED_REQUESTS
from services.shared.messaging.events import OrderChanged
from services.shared.messaging.outbox import pending_events_of
from services.shared.table.items import Attr, Item, Key, Update
from services.shared.table.versioned import Changed, save, update
from simulation.faults import FaultyTable, Lost, every_fault
from simulation.memory import MemoryTable
from simulation.setup.requests import change
from simulation.users import caller, new_key
from tests.usecases.shared.shelf import DOCS, Doc, Shelf, doc_key

MEI = caller("mei")


def test_a_late_retry_never_undoes_a_newer_change() -> None:
    shelf = Shelf()
    read = shelf.put().version
    shelf.set_text("second", change(read, "key 1"))
    newer = shelf.set_text("third", change(shelf.get().version, "key 2"))
    assert shelf.set_text("second", change(read, "key 1")) == newer, "a repeat returns what is stored now"
    assert shelf.get().text == "third"


def test_a_request_that_arrives_first_when_it_is_late_is_denied() -> None:
    shelf = Shelf()
    read = shelf.put().version
    shelf.set_text("third", change(read, "key 2"))
    with pytest.raises(PreconditionFailed):
        shelf.set_text("second", change(read, "key 1"))
    assert shelf.get().text == "third"


def test_the_same_key_with_another_body_is_denied() -> None:
    shelf = Shelf()
    read = shelf.put().version
    shelf.set_text("second", change(read, "key 1", "second"))
    with pytest.raises(KeyReused):
        shelf.set_text("other", change(read, "key 1", "other"))


def test_the_last_eight_requests_are_remembered_and_older_ones_denied() -> None:
    shelf = Shelf()
    versions = [shelf.put().version]
    for number in range(MAX_REMEMBERED_REQUESTS + 1):
        versions.append(shelf.set_text(f"text {number}", change(versions[-1], f"key {number}")).version)
    for number in range(1, MAX_REMEMBERED_REQUESTS + 1):
        assert shelf.set_text(f"text {number}", change(versions[number], f"key {number}")).version == versions[-1]
    with pytest.raises(PreconditionFailed):
        shelf.set_text("text 0", change(versions[0], "key 0"))
    item = shelf.table.get(doc_key("doc"))
    assert item
    assert len(item["requests"]) == 176


def test_a_counter_that_others_change_is_not_overwritten() -> None:
    shelf = Shelf()
    shelf.put()
    loaded = DOCS.load(shelf.table, doc_key("doc"))
    shelf.table.update(doc_key("doc"), when=None, add={"views": 5})
    after = replace(loaded.entity, text="second", version=next_version(loaded.entity.version, shelf.clock()))
    save(shelf, loaded, after)
    assert (shelf.get().text, shelf.get().views) == ("second", 5)


def test_an_event_has_the_time_of_its_write_not_the_version() -> None:
    shelf = Shelf()
    ahead = shelf.clock() + timedelta(days=4)
    doc = Doc("doc", "first", millis(ahead))
    save(shelf, DOCS.new(doc), doc)
    shelf.clock.advance(hours=1)
    shelf.set_text("second")
    item = shelf.table.get(doc_key("doc"))
    assert item
    (pending,) = pending_events_of(item)
    assert pending.occurred_at == shelf.clock()
    assert from_millis(pending.version) > ahead


def test_other_writes_of_a_change_are_one_transaction_with_it() -> None:
    shelf = Shelf()
    loaded_version = shelf.put().version
    missing = Update(Key("DOCS", "other"), Attr("stock").ge(1), add={"stock": -1})
    attempts = []

    def buy(doc: Doc) -> Changed[Doc]:
        attempts.append(doc)
        if len(attempts) == 2:
            raise Conflict
        return Changed(replace(doc, text="sold", version=next_version(doc.version, shelf.clock())), [OrderChanged], [missing])

    with pytest.raises(Conflict):
        update(shelf, partial(DOCS.load, shelf.table, doc_key("doc")), buy)
    assert shelf.get().version == loaded_version


def test_creating_again_returns_what_exists_also_when_it_would_be_denied_now() -> None:
    shelf, key = Shelf(), new_key(MEI)

    def deny() -> Doc:
        raise Conflict

    doc = shelf.create(key, lambda: Doc(key.id("doc"), "first", 1))
    assert shelf.create(key, lambda: Doc(key.id("doc"), "first", 2)) == doc
    assert shelf.create(key, deny) == doc
    with pytest.raises(Conflict):
        shelf.create(new_key(MEI), deny)
    with pytest.raises(KeyReused):
        shelf.create(replace(key, body_hash="other"), deny)


def test_what_users_order_among_each_other_has_the_servers_time() -> None:
    shelf = Shelf()
    first = shelf.post(new_key(MEI, now=shelf.clock() + timedelta(minutes=4)))
    shelf.clock.advance(seconds=1)
    second = shelf.post(new_key(MEI, now=shelf.clock() - timedelta(hours=2)))
    assert first.id < second.id


def test_a_creation_that_crashed_is_completed_by_its_retry() -> None:
    """Whatever call fails, in whatever way: the retry returns one document, and a denied repeat returns it too."""
    key = new_key(MEI)

    def deny() -> None:
        raise Conflict

    def run(table: FaultyTable) -> None:
        shelf = Shelf(table)
        for _ in range(3):
            try:
                shelf.post(key)
                break
            except Exception as error:  # noqa: BLE001 (of the injected fault: the client tries again)
                assert isinstance(error, Lost) or "Conflict" in type(error).__name__ or "Throttled" in type(error).__name__

    for table in every_fault(MemoryTable, run):
        assert isinstance(table.table, MemoryTable)
        shelf = Shelf(table.table)
        assert len(shelf.posted()) == 1
        assert shelf.post(key, check=deny).id == shelf.posted()[0]


@pytest.mark.parametrize(("seconds", "same"), [(0, True), (60, True), (61, False), (7200, False)])
def test_a_marker_older_than_a_minute_without_its_document_gets_a_new_id(seconds: int, same: bool) -> None:
    shelf, key = Shelf(), new_key(MEI)

    class Crash(Exception):
        pass

    real_put, puts = shelf.table.put, list[Item]()

    def put(item: Item, **named: object) -> None:
        if item["pk"] == "DOCS" and not puts:
            puts.append(item)
            raise Crash
        real_put(item, **named)  # type: ignore[arg-type]

    shelf.table.put = put  # type: ignore[method-assign]
    with pytest.raises(Crash):
        shelf.post(key)
    shelf.clock.advance(seconds=seconds)
    newer = shelf.post(new_key(MEI))
    late = shelf.post(key)
    assert (late.id == puts[0]["id"]) is same
    assert same or late.id > newer.id, "a reader who has paged past the newer one does not miss it"
    assert shelf.post(key) == late


def test_a_key_of_an_ordered_creation_cannot_be_reused() -> None:
    shelf, key = Shelf(), new_key(MEI)
    shelf.post(key)
    with pytest.raises(KeyReused):
        shelf.post(replace(key, body_hash="other"))
    assert len(shelf.posted()) == 1
