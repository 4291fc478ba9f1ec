"""Audit chains: verification reports any tampering."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.review import usecases as review
from services.review.repository import applications as repository
from services.shared.kernel.errors import OperatorRequired
from services.shared.messaging.failures import StreamRecord
from services.shared.messaging.stream import Change
from services.shared.security.audit import ChainVerification, audited, chain_of, find_audit_entry
from services.shared.table.items import Item, Key
from services.shared.table.port import Throttled
from simulation.memory import MemoryTable
from simulation.registry import projections_of
from simulation.setup.applications import OPERATOR, decide_application, enrol_reviewer, submit_application
from simulation.simulation import Simulation
from simulation.streams import (
    fail_if_set_aside,
    filter_changes,
    handle_new_changes,
    handle_records,
    new_changes,
    record_from_change,
)
from simulation.users import caller
from tests.support.races import HookedTable


def decided() -> tuple[Simulation, str]:
    simulation = Simulation()
    application = submit_application(simulation, caller("lin"))
    for name in ("rui", "shan"):
        decide_application(simulation, enrol_reviewer(simulation, name), application)
    handle_new_changes(simulation, "review")
    return simulation, application.id


def audit(simulation: Simulation, application_id: str) -> ChainVerification:
    return review.audit_application(simulation.review, OPERATOR, application_id)


def entries(simulation: Simulation, application_id: str) -> list[Item]:
    assert isinstance(simulation.review_table, MemoryTable)
    chain = chain_of(repository.application_key(application_id).attributes())
    return [item for item in simulation.review_table.all_items() if item["pk"] == f"AUDIT#{chain}"]


def test_r12_an_untouched_chain_is_intact() -> None:
    simulation, application_id = decided()
    assert audit(simulation, application_id) == ChainVerification(
        chain=f"APPLICATION#{application_id}|APPLICATION", length=3, state="intact"
    )


def change(simulation: Simulation, item: Item) -> None:
    entry = json.loads(item["entry"])
    entry[3] = "rejected"
    simulation.review_table.put({**item, "entry": json.dumps(entry)}, when=None)


def delete(simulation: Simulation, item: Item) -> None:
    simulation.review_table.delete(Key.of(item), when=None)


@pytest.mark.parametrize(
    "entry", [None, 7, "", "{}", "[]", "[1]", "[1, 2, 3, 4, 5, 6, 7]", "null", "[[], 0, 0, 0, 0, 0]", "[" * 10_000]
)
@pytest.mark.parametrize("index", [1, 3])
def test_r12_an_entry_that_is_not_an_entry_any_more_is_reported(index: int, entry: Any) -> None:
    """Otherwise the verification of all chains would stop there."""
    simulation, application_id = decided()
    item = entries(simulation, application_id)[index - 1]
    simulation.review_table.put({**item, "entry": entry}, when=None)
    assert (audit(simulation, application_id).state, audit(simulation, application_id).index) == ("broken", index)
    assert entry != "[1]" or find_audit_entry(simulation.review_table, item["pk"].removeprefix("AUDIT#"), index) is None
    key = Key.of(item)
    simulation.review_table.put(key.attributes(), when=None)
    assert audit(simulation, application_id).index == index


@pytest.mark.parametrize("length", [None, "3"])
def test_r12_an_entity_without_the_length_of_its_chain_is_reported(length: Any) -> None:
    simulation, application_id = decided()
    simulation.review_table.update(repository.application_key(application_id), set={"audit_length": length}, when=None)
    assert audit(simulation, application_id).state == "broken"


@pytest.mark.parametrize("tamper", [change, delete])
@pytest.mark.parametrize("index", [1, 2, 3])
def test_r12_a_changed_or_deleted_entry_is_reported(tamper: Callable[[Simulation, Item], None], index: int) -> None:
    simulation, application_id = decided()
    tamper(simulation, entries(simulation, application_id)[index - 1])
    result = audit(simulation, application_id)
    assert (result.state, result.index) == ("broken", index)
    assert application_id in result.chain


@pytest.mark.parametrize("index", [1, 2, 3])
def test_r12_an_entry_that_was_moved_to_another_key_is_reported(index: int) -> None:
    """Its order and its hash are right, but its index does not find it."""
    simulation, application_id = decided()
    item = entries(simulation, application_id)[index - 1]
    delete(simulation, item)
    simulation.review_table.put({**item, "sk": f"{item['sk']}0"}, when=None)
    result = audit(simulation, application_id)
    assert (result.state, result.index, result.reason) == ("broken", index, "missing or out of order")


def test_r12_reordered_entries_are_reported() -> None:
    simulation, application_id = decided()
    first, second, _ = entries(simulation, application_id)
    simulation.review_table.put({**first, "entry": second["entry"], "hash": second["hash"]}, when=None)
    simulation.review_table.put({**second, "entry": first["entry"], "hash": first["hash"]}, when=None)
    assert audit(simulation, application_id).index == 1


def test_r12_a_repeated_change_adds_no_entry() -> None:
    simulation, application_id = decided()
    assert isinstance(simulation.review_table, MemoryTable)
    item = simulation.review_table.get(repository.application_key(application_id))
    again = Change("1", repository.application_key(application_id), None, item)
    review.handle_changes(simulation.review, [again])
    review.handle_changes(simulation.review, [again])
    assert len(entries(simulation, application_id)) == 3
    assert audit(simulation, application_id).state == "intact"


def test_r12_entries_hold_no_text_and_stay_valid_without_the_salt() -> None:
    simulation, application_id = decided()
    assert all("写得清楚" not in item["entry"] for item in entries(simulation, application_id))
    simulation.review_table.update(repository.application_key(application_id), set={"audit_salt": ""}, when=None)
    assert audit(simulation, application_id).state == "intact"


def test_r12_only_operators_verify() -> None:
    simulation, application_id = decided()
    with pytest.raises(OperatorRequired):
        review.audit_application(simulation.review, caller("lin"), application_id)


class Poisoned:
    """A table that accepts no audit entry with an index."""

    def __init__(self, table: MemoryTable, index: int) -> None:
        self._table, self._sk = table, f"{index:010}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def put(self, item: Item, *, when: Any) -> None:
        if item["sk"] == self._sk:
            raise ValueError(item)
        self._table.put(item, when=when)


def throttle(*_: Any, **__: Any) -> None:
    raise Throttled


def set_one_aside(index: int) -> tuple[Simulation, str, list[StreamRecord], list[StreamRecord]]:
    """Return the state after a stream of 3 audit entries of which one was set aside, with all records and that one."""
    simulation, aside = Simulation(), []
    application = submit_application(simulation, caller("lin"))
    for name in ("rui", "shan"):
        decide_application(simulation, enrol_reviewer(simulation, name), application)
    records = [record_from_change(change) for change in filter_changes("review", new_changes(simulation, "review"))]
    real = simulation.memory("review")
    ports = replace(simulation.review, table=Poisoned(real, index))
    set_aside = audited(real, lambda record, reason: aside.append(record))
    assert handle_records("review", records, ports, set_aside) == {"batchItemFailures": []}
    return simulation, application.id, records, aside


@pytest.mark.parametrize("index", [2, 3])
def test_an_entry_that_was_set_aside_awaits_redrive_and_is_not_tampering(index: int) -> None:
    simulation, application_id, _, aside = set_one_aside(index)
    own = [one for one in aside if one["dynamodb"]["Keys"]["sk"]["S"] == "APPLICATION"]
    result = audit(simulation, application_id)
    assert (result.state, result.index, result.reason) == ("awaiting redrive", index, "set aside; run make redrive")
    assert handle_records("review", own, simulation.review, fail_if_set_aside) == {"batchItemFailures": []}
    assert audit(simulation, application_id).state == "intact"
    item = entries(simulation, application_id)[index - 1]
    change(simulation, item)
    assert audit(simulation, application_id).state == "broken", "the marker hides no tampering with the entry"


@pytest.mark.parametrize("image", [{"pk": "x" * 2040}, {"audit_head": "x" * 400_000}, {"audit_length": "x"}, {"audit": "[1]"}])
def test_a_record_whose_marker_cannot_be_stored_is_set_aside_and_stops_no_other(image: Item) -> None:
    simulation, aside = Simulation(), list[StreamRecord]()
    submit_application(simulation, caller("lin"))
    (good,) = [one for one in filter_changes("review", new_changes(simulation, "review")) if one.key.sk == "APPLICATION"]
    poison = {**(good.new or {}), "pk": "APPLICATION#poison", "audit": "not JSON", **image}
    records = [record_from_change(one) for one in (Change("0", Key.of(poison), None, poison), good)]
    set_aside = audited(simulation.review_table, lambda record, reason: aside.append(record))
    assert handle_records("review", records, simulation.review, set_aside) == {"batchItemFailures": []}
    assert [one["dynamodb"]["SequenceNumber"] for one in aside] == ["0"]
    assert audit(simulation, good.key.pk.removeprefix("APPLICATION#")).state == "intact"


def test_a_record_whose_marker_finds_the_table_throttled_is_not_set_aside() -> None:
    image = {"pk": "THING", "sk": "1", "audit_length": 1, "audit_head": "f" * 64}
    table: Any = HookedTable(MemoryTable({}), throttle)
    aside: list[StreamRecord] = []
    with pytest.raises(Throttled):
        audited(table, lambda record, _: aside.append(record))(record_from_change(Change("1", Key.of(image), None, image)), "")
    assert aside == []


@pytest.mark.parametrize("tamper", [change, delete])
def test_tampering_beside_an_entry_that_awaits_redrive_is_reported(tamper: Callable[[Simulation, Item], None]) -> None:
    simulation, application_id, _, _ = set_one_aside(2)
    for index in (0, 2):
        state = Simulation(review_table=copy_of(simulation.memory("review")))
        tamper(state, [item for item in entries(state, application_id) if "entry" in item][index // 2])
        assert audit(state, application_id).state == "broken"


def test_a_marker_with_another_hash_is_reported() -> None:
    simulation, application_id, _, _ = set_one_aside(2)
    marker = next(item for item in entries(simulation, application_id) if "entry" not in item)
    simulation.review_table.put({**marker, "hash": "f" * 64}, when=None)
    assert audit(simulation, application_id).state == "broken"


def copy_of(table: MemoryTable) -> MemoryTable:
    copy = MemoryTable(projections_of("review"))
    for item in table.all_items():
        copy.put(item, when=None)
    return copy


@pytest.mark.parametrize("image", [None, {}, {"audit": "{"}, {"audit": "x", "audit_length": "x", "audit_head": "y"}])
def test_a_record_without_a_readable_entry_is_set_aside_without_a_marker(image: Item | None) -> None:
    table, aside = MemoryTable({}), []
    new = None if image is None else {"pk": "THING", "sk": "1", **image}
    record = record_from_change(Change("1", Key("THING", "1"), None, new))
    audited(table, lambda record, reason: aside.append(record))(record, "KeyError")
    assert (aside, table.all_items()) == ([record], [])
