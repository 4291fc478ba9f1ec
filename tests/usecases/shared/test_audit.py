"""The audit chains: what any tampering looks like to the verifier."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from services.review import usecases as review
from services.review.errors import OperatorsOnly
from services.review.repository import applications as repository
from services.shared.messaging.stream import Change
from services.shared.security.audit import ChainVerification, chain_of
from services.shared.table.port import Item, Key
from simulation.memory import MemoryTable
from simulation.setup.common import (
    OPERATOR,
    decide,
    enrolled,
    hear,
    submitted,
)
from simulation.simulation import World, person


def decided() -> tuple[World, str]:
    world = World()
    application = submitted(world, person("lin"))
    for name in ("rui", "shan"):
        decide(world, enrolled(world, name), application)
    hear(world)
    return world, application.id


def verdict(world: World, application_id: str) -> ChainVerification:
    return review.audit_application(world.review, OPERATOR, application_id)


def rows(world: World, application_id: str) -> list[Item]:
    assert isinstance(world.review_table, MemoryTable)
    chain = chain_of(repository.application_key(application_id).attributes())
    return [item for item in world.review_table.all_items() if item["pk"] == f"AUDIT#{chain}"]


def test_r12_an_untouched_chain_is_intact() -> None:
    world, application_id = decided()
    assert verdict(world, application_id) == ChainVerification(
        chain=f"APPLICATION#{application_id}|APPLICATION", length=3, state="intact"
    )


def change(world: World, row: Item) -> None:
    entry = json.loads(row["entry"])
    entry[3] = "rejected"
    world.review_table.put({**row, "entry": json.dumps(entry)}, when=None)


def drop(world: World, row: Item) -> None:
    world.review_table.delete(Key.of(row), when=None)


@pytest.mark.parametrize("tamper", [change, drop])
@pytest.mark.parametrize("index", [1, 2, 3])
def test_r12_a_changed_or_dropped_entry_is_named(tamper: Callable[[World, Item], None], index: int) -> None:
    world, application_id = decided()
    tamper(world, rows(world, application_id)[index - 1])
    found = verdict(world, application_id)
    assert (found.state, found.index) == ("broken", index)
    assert application_id in found.chain


def test_r12_reordered_entries_are_named() -> None:
    world, application_id = decided()
    first, second, _ = rows(world, application_id)
    world.review_table.put({**first, "entry": second["entry"], "hash": second["hash"]}, when=None)
    world.review_table.put({**second, "entry": first["entry"], "hash": first["hash"]}, when=None)
    assert verdict(world, application_id).index == 1


def test_r12_the_stream_twice_writes_the_chain_once() -> None:
    world, application_id = decided()
    assert isinstance(world.review_table, MemoryTable)
    item = world.review_table.get(repository.application_key(application_id))
    again = Change("1", repository.application_key(application_id), None, item)
    review.handle_changes(world.review, [again])
    review.handle_changes(world.review, [again])
    assert len(rows(world, application_id)) == 3
    assert verdict(world, application_id).state == "intact"


def test_r12_entries_hold_no_words_and_survive_a_forgotten_salt() -> None:
    world, application_id = decided()
    assert all("写得清楚" not in row["entry"] for row in rows(world, application_id))
    world.review_table.update(repository.application_key(application_id), set={"audit_salt": ""}, when=None)
    assert verdict(world, application_id).state == "intact"


def test_r12_only_operators_verify() -> None:
    world, application_id = decided()
    with pytest.raises(OperatorsOnly):
        review.audit_application(world.review, person("lin"), application_id)
