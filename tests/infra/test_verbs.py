"""What each function asks of its table, over every action that the kill tests know: its policy allows all of it. A policy is
invisible to tables in memory, and the local cloud meets it only where the story goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from infra.build import SERVICES
from infra.templates import as_list, statements
from services.shared.table.port import (
    Check,
    Delete,
    Put,
    Update,
)
from simulation.driver import Simulation
from simulation.memory import MemoryTable
from tests.kill.scenarios import SCENARIOS, before

VERBS = {"get": "GetItem", "put": "PutItem", "update": "UpdateItem", "delete": "DeleteItem", "query": "Query"}
WRITES = {Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem", Check: "ConditionCheckItem"}
BY_CLOCK = {"evening", "purge", "write-export", "undo", "lapse", "escalate", "forget", "expire", "auto-confirm", "release"}
DOORS = {"chat": ("Api", "OnSocket"), "commerce": ("Api",), "circles": ("Api",), "review": ("Api",)}
Asked = dict[tuple[str, str], set[str]]  # verbs by service and function


class Noted:
    """A table that notes what is asked of it, for whichever function runs."""

    def __init__(self, table: MemoryTable, note: Callable[[str], None]) -> None:
        self._table, self._note = table, note

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._table, name)

        def noted(*given: Any, **named: Any) -> Any:
            for verb in [WRITES[type(one)] for one in given[0]] if name == "transact" else [VERBS.get(name, "UpdateItem")]:
                self._note(verb)
            return method(*given, **named)

        return noted


@pytest.fixture(scope="module")
def asked() -> Asked:
    """Every scenario once, with what follows from it."""
    found: Asked = {}
    running = [""]

    def beneath(service: str, table: MemoryTable) -> Noted:
        return Noted(table, lambda verb: found.setdefault((service, running[0]), set()).add(verb))

    with _told(running, "_change", "OnChange"), _told(running, "_deliver", "OnInbox"):
        for name, scenario in SCENARIOS.items():
            sim = before(scenario, beneath=beneath)
            running[0] = "OnSchedule" if name in BY_CLOCK else "Api"
            scenario.act(sim)
            sim.pump()
    return found


@contextmanager
def _told(running: list[str], step: str, function: str) -> Iterator[None]:
    whole = getattr(Simulation, step)

    def stepped(sim: Simulation, service: str) -> Any:
        running[0] = function
        return whole(sim, service)

    with mock.patch.object(Simulation, step, stepped):
        yield


def allowed(service: str, function: str) -> set[str]:
    names = DOORS[service] if function == "Api" else (function,)
    actions = (action for owner, statement in statements(service) if owner in names for action in as_list(statement["Action"]))
    return {action.removeprefix("dynamodb:") for action in actions if action.startswith("dynamodb:")}


@pytest.mark.parametrize("function", ["Api", "OnInbox", "OnChange", "OnSchedule"])
@pytest.mark.parametrize("service", SERVICES)
def test_every_function_may_do_what_it_does(asked: Asked, service: str, function: str) -> None:
    verbs = asked.get((service, function), set())
    assert verbs <= allowed(service, function), (service, function)
    has_none = {("review", "Api"): False, ("chat", "OnChange"): True, ("chat", "OnSchedule"): True}
    assert bool(verbs) is not has_none.get((service, function), False), "nothing was seen of it"
