"""Each function's policy allows every table operation that the function uses in the scenarios of the crash tests.

Tables in memory check no policy, and the local cloud only those on the way of the demo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from infra.templates import as_list, statements
from services import SERVICES
from services.shared.table.items import Check, Delete, Put, Update
from simulation.driver import Driver
from simulation.memory import MemoryTable
from tests.kill.scenarios import SCENARIOS, before

OPERATIONS = {"get": "GetItem", "put": "PutItem", "update": "UpdateItem", "delete": "DeleteItem", "query": "Query"}
WRITES = {Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem", Check: "ConditionCheckItem"}
SCHEDULED = {
    "publish-digests",
    "delete-circle",
    "write-export",
    "undo-emergency",
    "expire-application",
    "escalate",
    "erase-application",
    "expire-order",
    "auto-confirm",
    "release-commission",
}
CALLED_BY_CLIENTS = {"chat": ("Api", "OnSocket"), "commerce": ("Api",), "circles": ("Api",), "review": ("Api",)}
Operations = dict[tuple[str, str], set[str]]  # by service and function


class ObservedTable:
    """A table that reports the DynamoDB operation of every call."""

    def __init__(self, table: MemoryTable, report: Callable[[str], None]) -> None:
        self._table, self._report = table, report

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._table, name)

        def observed(*arguments: Any, **named: Any) -> Any:
            transacted = [WRITES[type(write)] for write in arguments[0]] if name == "transact" else []
            for operation in transacted or [OPERATIONS.get(name, "UpdateItem")]:
                self._report(operation)
            return method(*arguments, **named)

        return observed


@pytest.fixture(scope="module")
def operations() -> Operations:
    """Run every scenario once, with all that follows from it."""
    seen: Operations = {}
    running = [""]

    def wrap_table(service: str, table: MemoryTable) -> ObservedTable:
        return ObservedTable(table, lambda operation: seen.setdefault((service, running[0]), set()).add(operation))

    with _running_as(running, "_handle_changes", "OnChange"), _running_as(running, "_deliver", "OnInbox"):
        for name, scenario in SCENARIOS.items():
            driver = before(scenario, wrap_table=wrap_table)
            running[0] = "OnSchedule" if name in SCHEDULED else "Api"
            scenario.action(driver.simulation)
            driver.run()
    return seen


@contextmanager
def _running_as(running: list[str], step: str, function: str) -> Iterator[None]:
    method = getattr(Driver, step)

    def stepped(driver: Driver, service: str) -> Any:
        running[0] = function
        return method(driver, service)

    with mock.patch.object(Driver, step, stepped):
        yield


def allowed(service: str, function: str) -> set[str]:
    names = CALLED_BY_CLIENTS[service] if function == "Api" else (function,)
    return set().union(*(_allowed_to(service, name) for name in names))


def test_every_function_that_uses_the_table_can_read_the_settings() -> None:
    """Functions read them before their use case, so the scenarios do not show it. The picture worker reads nothing else."""
    functions = {(service, owner) for service in SERVICES for owner, _ in statements(service)}
    with_table = {(service, owner) for service, owner in functions if "PutItem" in _allowed_to(service, owner)}
    assert ("circles", "OnPicture") in with_table
    assert all("GetItem" in _allowed_to(service, owner) for service, owner in with_table)
    reads = [
        one for owner, one in statements("circles") if owner == "OnPicture" and "dynamodb:GetItem" in as_list(one["Action"])
    ]
    assert [one["Condition"] for one in reads] == [{"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["SETTINGS"]}}]


def _allowed_to(service: str, function: str) -> set[str]:
    actions = (
        action for owner, statement in statements(service) if owner == function for action in as_list(statement["Action"])
    )
    return {action.removeprefix("dynamodb:") for action in actions if action.startswith("dynamodb:")}


@pytest.mark.parametrize("function", ["Api", "OnInbox", "OnChange", "OnSchedule"])
@pytest.mark.parametrize("service", SERVICES)
def test_policy_of_every_function_allows_what_it_does(operations: Operations, service: str, function: str) -> None:
    used = operations.get((service, function), set())
    assert used <= allowed(service, function), (service, function)
    has_none = {("review", "Api"): False, ("chat", "OnChange"): True, ("chat", "OnSchedule"): True}
    assert bool(used) is not has_none.get((service, function), False), "no operation was observed"
