"""`make recount`: an item that cannot be counted is named and stops nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra import recount as command
from infra.deployment import Deployment
from services.circles import usecases as circles
from services.circles.repository.notes import note_key
from services.shared.table.items import PRESENT, Item
from simulation.setup.circles import create_circle, post_note
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller

DEPLOYMENT = Deployment(None, {})
ENTRY = {
    "pk": "LEDGER#ord_1",
    "subject": "",
    "order_id": "ord_1",
    "reason": "capture",
    "currency": "CNY",
    "lines": [["cash", 5], ["platform", -5]],
}


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> Simulation:
    """A circle with a note that is liked, whose tables the command reads."""
    simulation = Simulation()

    def scan(dynamodb: Any, deployment: Deployment, service: str, attribute: str) -> Iterator[Item]:
        yield from (item for item in simulation.memory(service).all_items() if attribute in item)

    monkeypatch.setattr(Deployment, "client", lambda self, name: None)
    monkeypatch.setattr(command, "_scan", scan)
    monkeypatch.setattr(command, "_table", lambda deployment, service: simulation.memory(service))
    lin = caller("lin")
    circle_id = create_circle(simulation, lin)
    for _ in range(2):
        circles.like_note(simulation.circles, lin, circle_id, post_note(simulation, circle_id, lin).id)
    handle_new_changes(simulation, "circles")
    return simulation


def test_counters_that_match_are_not_named(simulation: Simulation) -> None:
    assert command.count_all(DEPLOYMENT) == command.Recount({}, {}, {}, {})


def test_an_item_that_cannot_be_counted_is_named_and_the_others_are_counted(
    simulation: Simulation, capsys: pytest.CaptureFixture[str]
) -> None:
    table = simulation.memory("circles")
    first, second = (item for item in table.all_items() if item["sk"].startswith("NOTE#"))
    table.update(note_key(first["circle_id"], first["id"]), remove=["state"], when=PRESENT)
    table.update(note_key(second["circle_id"], second["id"]), add={"likes": 3}, when=PRESENT)
    table.put({"pk": "X", "sk": "LIKE#note_1", "note_id": "note_1"}, when=None)
    for sk, other in (("ENTRY#capture", {}), ("ENTRY#bad", {"lines": [["cash", 5]]}), ("ENTRY#worse", {"lines": 7})):
        simulation.memory("commerce").put({**ENTRY, "sk": sk, **other}, when=None)
    found = command.count_all(DEPLOYMENT)
    notes = {"X|LIKE#note_1", f"{first['pk']}|{first['sk']}"}
    assert set(found.unreadable) == notes | {"LEDGER#ord_1|ENTRY#bad", "LEDGER#ord_1|ENTRY#worse"}
    assert [dict(count.difference) for count in found.notes.values()] == [{"likes": -3}]
    assert found.balances.keys() == {"cash#CNY", "platform#CNY"}
    assert not command.print_recount(DEPLOYMENT, correct=False, wait=lambda seconds: None)
    assert "UNREADABLE  LEDGER#ord_1|ENTRY#bad" in capsys.readouterr().out
