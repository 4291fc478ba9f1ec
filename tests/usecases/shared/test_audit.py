"""Audit chains: verification reports any tampering."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from services.review import usecases as review
from services.review.errors import OperatorRequired
from services.review.repository import applications as repository
from services.shared.messaging.stream import Change
from services.shared.security.audit import ChainVerification, chain_of
from services.shared.table.port import Item, Key
from simulation.memory import MemoryTable
from simulation.setup.applications import OPERATOR, decide_application, enrol_reviewer, submit_application
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller


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


@pytest.mark.parametrize("tamper", [change, delete])
@pytest.mark.parametrize("index", [1, 2, 3])
def test_r12_a_changed_or_deleted_entry_is_reported(tamper: Callable[[Simulation, Item], None], index: int) -> None:
    simulation, application_id = decided()
    tamper(simulation, entries(simulation, application_id)[index - 1])
    result = audit(simulation, application_id)
    assert (result.state, result.index) == ("broken", index)
    assert application_id in result.chain


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
