"""The ids that the server chose for requests, on the item of their rate limit: repeats, full lists, races, crashes, clocks."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.shared.kernel.chosen_ids import EVICTED_TOGETHER, MAX_CHOSEN_IDS
from services.shared.kernel.errors import Conflict, KeyReused, RateLimitReached
from services.shared.kernel.ids import KEY_LIFETIME, MAX_CLOCK_SKEW, IdempotencyKey
from services.shared.kernel.rates import Rate
from services.shared.table.items import Item, Key, Query
from services.shared.table.port import Table, Throttled, TransactionConflict
from services.shared.table.rate_limits import Slot
from services.shared.table.validation import item_size
from simulation.faults import FaultyTable, Lost, every_fault
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable
from simulation.users import caller, new_key
from tests.support.races import HookedTable, race
from tests.usecases.shared.shelf import Countdown, Shelf, StaleTable

MEI = caller("mei")


def key(shelf: Shelf, **ago: float) -> IdempotencyKey:
    """Return a new key whose time is the clock's, or earlier."""
    made = new_key(MEI, now=shelf.clock() - timedelta(**ago))
    assert made.at_ms <= int((shelf.clock() + MAX_CLOCK_SKEW).timestamp() * 1000)
    return made


def post_many(shelf: Shelf, number: int, **apart: float) -> dict[IdempotencyKey, str]:
    """Create documents, each with a key of its own, and return their ids by key."""
    posted: dict[IdempotencyKey, str] = {}
    for _ in range(number):
        made = key(shelf)
        posted[made] = shelf.post(made).id
        shelf.clock.advance(**(apart or {"seconds": 1}))
    return posted


def items_under(table: Table, prefix: str) -> list[Item]:
    assert isinstance(table, MemoryTable)
    return [item for (_, sk), item in sorted(table._items.items()) if sk.startswith(prefix)]


def crash(shelf: Shelf, made: IdempotencyKey) -> None:
    """Run a request that crashes after its id is stored and before its document is."""

    def before(_: str, item: Item | Key | Query, **__: Any) -> None:
        if isinstance(item, dict) and item["pk"] == "DOCS":
            raise Lost

    with pytest.raises(Lost):
        shelf.through(HookedTable(shelf.table, before)).post(made)


def full(table: Table | None = None) -> tuple[Shelf, dict[IdempotencyKey, str]]:
    """Return a shelf whose next request moves ids out of the full list, and the ids by key."""
    shelf = Shelf(table)
    return shelf, post_many(shelf, MAX_CHOSEN_IDS)


@pytest.mark.parametrize(("later", "minutes", "ahead"), [(60, 22, 0), (16, 85, 0), (10, 144.2, 5)])
def test_c13_a_retry_after_a_day_finds_its_result_with_later_requests_in_between(
    later: int, minutes: float, ahead: int
) -> None:
    """The last retry comes 24 hours after its first try, with a key whose time was 5 minutes ahead."""
    shelf = Shelf()
    first = key(shelf, minutes=-ahead)
    posted = {first: shelf.post(first).id}
    for _ in range(later):
        shelf.clock.advance(minutes=minutes)
        posted |= post_many(shelf, 1, seconds=0)
    assert {made: shelf.post(made).id for made in posted} == posted
    assert len(shelf.posted()) == later + 1


def test_c13_a_request_costs_1_write_unit_beside_its_entity_and_every_tenth_one_more() -> None:
    memory = MemoryTable()
    shelf = Shelf(table := MeteredTable(memory))
    with table.measure() as cost:
        post_many(shelf, MAX_CHOSEN_IDS)
    assert (cost.writes, cost.reads) == (2 * MAX_CHOSEN_IDS, 0.5 * MAX_CHOSEN_IDS)
    with table.measure() as cost:
        post_many(shelf, 10 * EVICTED_TOGETHER)
    assert (cost.writes, cost.reads) == (21 * EVICTED_TOGETHER, 0.5 * 10 * EVICTED_TOGETHER)


def test_c13_ids_that_are_no_longer_needed_are_not_moved() -> None:
    shelf = Shelf()
    post_many(shelf, 60, minutes=25 * 60 / MAX_CHOSEN_IDS)
    assert items_under(shelf.table, "LIMIT#change#") == []


def test_c13_both_items_stay_within_one_write_unit_for_the_longest_user_id() -> None:
    shelf = Shelf(rate=Rate("subscription", timedelta(seconds=1), 1000))
    user = "u" * 128
    for _ in range(2 * MAX_CHOSEN_IDS):
        shelf.post(replace(key(shelf), user=user))
    sizes = [item_size(item) for item in items_under(shelf.table, "LIMIT#")]
    assert len(sizes) == 3
    assert max(sizes) <= 1024


def test_c13_another_body_is_denied_also_after_the_id_left_the_list_or_its_request_crashed() -> None:
    shelf, posted = full()
    post_many(shelf, MAX_CHOSEN_IDS)
    crashed = key(shelf)
    crash(shelf, crashed)
    for made in (*posted, crashed):
        with pytest.raises(KeyReused):
            shelf.post(replace(made, body_hash="other"))
    assert shelf.post(crashed).id == shelf.posted()[-1]
    assert len(shelf.posted()) == 2 * MAX_CHOSEN_IDS + 1


def test_c13_whatever_fails_while_ids_are_moved_each_request_has_one_result() -> None:
    """The request that moves ids fails at every call, in every way. Its retry and all repeats have one result each."""
    made: list[tuple[Shelf, dict[IdempotencyKey, str], IdempotencyKey]] = []

    def make() -> Table:
        shelf, posted = full()
        made.append((shelf, posted, key(shelf)))
        return shelf.table

    def run(table: FaultyTable) -> None:
        shelf, _, new = made[-1]
        with contextlib.suppress(Lost, TransactionConflict, Throttled):
            shelf.through(table).post(new)

    for _ in every_fault(make, run):
        shelf, posted, new = made[-1]
        posted[new] = shelf.post(new).id
        posted |= post_many(shelf, 3)
        assert {made: shelf.post(made).id for made in posted} == posted
        assert len(shelf.posted()) == MAX_CHOSEN_IDS + 4
    assert len(made) > 12


@pytest.mark.parametrize("ids", [0, MAX_CHOSEN_IDS - 1, MAX_CHOSEN_IDS])
@pytest.mark.parametrize("same", [True, False], ids=["same key", "other key"])
def test_c13_another_request_runs_between_any_two_calls_of_a_request(same: bool, ids: int) -> None:
    """The other request has the same key, or another one. Each key has one document, and each later repeat finds it."""
    calls = 0
    while True:
        shelf = Shelf()
        posted = post_many(shelf, ids)
        first = key(shelf)
        second = first if same else key(shelf)
        at_call = Countdown(calls, partial(post, shelf, second, posted))
        posted_first = shelf.through(HookedTable(shelf.table, at_call)).post(first).id
        if not at_call.is_done:
            break
        assert posted.get(first, posted_first) == posted_first
        posted[first] = posted_first
        posted |= post_many(shelf, 2 * MAX_CHOSEN_IDS)
        assert {made: shelf.post(made).id for made in posted} == posted
        assert len(shelf.posted()) == len(set(posted.values())) == len(posted)
        calls += 1
    assert calls >= 3


def post(shelf: Shelf, made: IdempotencyKey, posted: dict[IdempotencyKey, str]) -> None:
    posted[made] = shelf.post(made).id


def test_c13_tries_of_one_key_and_of_many_keys_at_once_over_a_full_list() -> None:
    shelf, posted = full()
    same, others = key(shelf), [key(shelf) for _ in range(20)]
    results = race(partial(shelf.post, made) for made in [*[same] * 20, *others])
    assert len({doc.id for doc in results[:20]}) == 1
    posted |= {made: doc.id for made, doc in zip([same, *others], results[19:], strict=True)}
    assert len(shelf.posted()) == MAX_CHOSEN_IDS + 21
    assert {made: shelf.post(made).id for made in posted} == posted


@pytest.mark.parametrize("later", [0, 3, 2 * MAX_CHOSEN_IDS])
@pytest.mark.parametrize(("seconds", "same"), [(0, True), (61, False), (7200, False)])
def test_c13_a_crashed_request_is_completed_within_a_minute_and_later_gets_a_new_id(
    seconds: int, same: bool, later: int
) -> None:
    shelf = Shelf()
    crashed = key(shelf)
    crash(shelf, crashed)
    chosen = items_under(shelf.table, "LIMIT#change")[0]["chosen"]
    post_many(shelf, later, milliseconds=1)
    shelf.clock.advance(seconds=seconds)
    newest = post_many(shelf, 1, milliseconds=1)
    completed = shelf.post(crashed)
    assert (completed.id.removeprefix("doc_") in chosen) is same
    assert same or completed.id > max(newest.values()), "a reader who has paged past the newest one does not miss it"
    post_many(shelf, later, milliseconds=1)
    assert shelf.post(crashed) == completed
    assert shelf.posted().count(completed.id) == 1
    assert len(shelf.posted()) == 2 * later + 2


def test_c13_a_new_id_for_a_crashed_request_needs_a_slot() -> None:
    shelf = Shelf(rate=Rate("change", timedelta(hours=1), 1))
    crashed = key(shelf)
    crash(shelf, crashed)
    shelf.clock.advance(seconds=61)
    built: list[None] = []
    with pytest.raises(RateLimitReached):
        shelf.post(crashed, check=lambda: built.append(None))
    assert built == [], "a request without a slot causes no work"
    shelf.clock.advance(hours=1)
    assert shelf.post(crashed) == shelf.post(crashed)


@pytest.mark.parametrize("ahead", [MAX_CLOCK_SKEW, timedelta(0), timedelta(hours=-2), timedelta(minutes=1) - KEY_LIFETIME])
def test_c13_a_client_with_a_wrong_clock_finds_its_results(ahead: timedelta) -> None:
    shelf = Shelf()
    posted: dict[IdempotencyKey, str] = {}
    for _ in range(3 * MAX_CHOSEN_IDS):
        wrong, right = key(shelf, seconds=-ahead.total_seconds()), key(shelf)
        posted |= {made: shelf.post(made).id for made in (wrong, right)}
        shelf.clock.advance(seconds=1)
    assert {made: shelf.post(made).id for made in posted} == posted
    assert len(shelf.posted()) == len(posted)


@pytest.mark.parametrize("later", [0, 5, 2 * MAX_CHOSEN_IDS])
def test_c13_a_repeat_that_reads_an_older_list_finds_its_result(later: int) -> None:
    shelf, _ = full()
    assert isinstance(shelf.table, MemoryTable)
    stale = StaleTable(shelf.table)
    posted = post_many(shelf, 1) | post_many(shelf, later)

    def deny() -> None:
        raise Conflict

    for made, doc_id in posted.items():
        assert shelf.through(stale).post(made).id == doc_id
        assert shelf.through(stale).post(made, check=deny).id == doc_id
    assert len(shelf.posted()) == MAX_CHOSEN_IDS + 1 + later


def test_c13_moved_ids_are_read_consistently_and_only_for_a_key_as_old_as_they_are() -> None:
    queries: list[Query] = []

    def see(name: str, *arguments: Any, **_: Any) -> None:
        queries.extend(arguments if name == "query" else ())

    shelf = Shelf()
    observed = shelf.through(HookedTable(shelf.table, see))
    posted = post_many(observed, MAX_CHOSEN_IDS - 1)
    old = key(shelf, hours=1)
    posted[old] = observed.post(old).id
    post_many(observed, 1)
    repeated = [observed.post(made).id for made in list(posted)[EVICTED_TOGETHER:]]
    assert repeated == list(posted.values())[EVICTED_TOGETHER:]
    post_many(observed, 2 * MAX_CHOSEN_IDS)
    assert queries == []
    assert observed.post(next(iter(posted))).id == next(iter(posted.values()))
    assert [query.consistent_read for query in queries] == [True]


def test_c13_a_denied_request_reads_the_moved_ids_once() -> None:
    shelf, _ = full(table := MeteredTable(MemoryTable()))
    post_many(shelf, 1)

    def deny() -> None:
        raise Conflict

    for ago, searched in ((0, 0), (60, 1)):
        with table.measure() as cost, pytest.raises(Conflict):
            shelf.post(key(shelf, seconds=ago), check=deny)
        assert (cost.writes, cost.reads) == (0, 0.5 + 1 + searched)


def test_c13_a_slot_without_a_key_keeps_the_ids() -> None:
    """Publishing a draft uses a slot of the same rate as posting a note."""
    shelf, _ = full()
    post_many(shelf, 1)
    before = items_under(shelf.table, "LIMIT#change")[0]
    Slot(shelf, MEI.user_id, shelf.rate).use()
    after = items_under(shelf.table, "LIMIT#change")[0]
    assert after["slots_free_at"] > before["slots_free_at"]
    assert {name: after[name] for name in ("chosen", "evicted_until")} == {
        name: before[name] for name in ("chosen", "evicted_until")
    }


def test_c13_the_ids_of_one_user_do_not_reach_another() -> None:
    shelf, posted = full()
    post_many(shelf, 1)
    made = next(iter(posted))
    assert shelf.post(replace(made, user="other")).id not in posted.values()
