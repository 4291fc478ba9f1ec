"""Each function's policy allows every table operation, and only the keys, that it uses in the scenarios of the crash tests.

Tables in memory check no policy, and the local cloud only those on the way of the demo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from infra.key_rings import KEY_RINGS
from infra.templates import as_list, resources, statements, text
from services import SERVICES
from services.shared.security.keys import KeyRing
from services.shared.table.items import Check, Delete, Put, Update
from simulation.driver import Driver
from simulation.memory import MemoryTable
from simulation.simulation import Simulation
from simulation.users import RING
from tests.kill.scenarios import SCENARIOS, before

OPERATIONS = {
    "get": "GetItem",
    "get_many": "BatchGetItem",
    "put": "PutItem",
    "update": "UpdateItem",
    "delete": "DeleteItem",
    "query": "Query",
}
WRITES = {Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem", Check: "ConditionCheckItem"}
SCHEDULED = {
    "publish-digests",
    "delete-circle",
    "delete-shop",
    "purge-shop",
    "purge-room",
    "purge-cases",
    "erase-case",
    "write-export",
    "write-archive",
    "write-messages",
    "write-trades",
    "write-reports",
    "complete-archive",
    "write-account-archive",
    "write-all-messages",
    "write-all-trades",
    "write-all-reports",
    "complete-late",
    "check-deletion",
    "check-again",
    "begin-deletion",
    "erase-user",
    "erase-messages",
    "erase-trades",
    "erase-reports",
    "complete-deletion",
    "undo-emergency",
    "expire-application",
    "escalate",
    "erase-application",
    "expire-order",
    "auto-confirm",
    "release-commission",
    "publish-likes",
    "send-pushes",
}
CALLED_BY_CLIENTS = {"chat": ("Api", "OnSocket"), "commerce": ("Api",), "circles": ("Api",), "review": ("Api",)}
Operations = dict[tuple[str, str], set[str]]  # by service and function
HTTP_KEYS = {"cursor", "id"}  # used by the HTTP layer, which the scenarios do not run
OF_REVIEW = {"grants"}  # verifies what review signs; the scenarios show its use as that of review
OF_COMMERCE = {"attribution"}  # signs the cards that commerce verifies; the scenarios show its use as that of commerce
READ_OF_OTHERS = {"circles": OF_REVIEW | OF_COMMERCE, "chat": OF_COMMERCE, "commerce": OF_REVIEW}
NOT_IN_SCENARIOS = {
    ("commerce", "Api"): {"webhook", "pictures", *OF_REVIEW},  # they start behind the signature and the responses
    ("circles", "Api"): {"pictures", *OF_REVIEW, *OF_COMMERCE},  # the scenarios start behind the responses
    ("chat", "Api"): {
        "push",
        "pictures",
        *OF_COMMERCE,
    },  # the scenarios end before the push services, and start behind the responses
    ("chat", "OnSocket"): {"pictures"},
    ("chat", "OnChange"): {"pictures"},
    ("chat", "OnPush"): {"pictures"},
    ("chat", "OnSchedule"): {"push"},
    ("circles", "OnSchedule"): {"alias"},  # no export of a whole circle is written there
    ("review", "OnFacts"): {"metrics"},  # the scenarios archive nothing
}
KEY_OWNERS = {
    "identity": "review",
    "verifier": "review",
    "passcode": "circles",
    "grants": "review",
    "metrics": "review",
    "alias": "circles",
    "ticket": "chat",
    "webhook": "commerce",
    "coupon": "commerce",
    "traces": "commerce",
    "attribution": "commerce",
}


class ObservedRing(KeyRing):
    """A key ring that reports every use."""

    def __init__(self, report: Callable[[], None]) -> None:
        object.__setattr__(self, "_report", report)

    __slots__ = ("_report",)
    _report: Callable[[], None]

    @property
    def current(self) -> str:
        return RING.current

    @property
    def keys(self) -> Mapping[str, bytes]:
        self._report()
        return RING.keys


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
def seen() -> tuple[Operations, Operations]:
    """Run every scenario once, with all that follows from it. Return the operations and the key rings that were used."""
    seen: Operations = {}
    rings: Operations = {}
    running = [""]

    def observed_ring(_: Simulation, name: str) -> KeyRing:
        return ObservedRing(lambda: rings.setdefault((KEY_OWNERS[name], running[0]), set()).add(name))

    def wrap_table(service: str, table: MemoryTable) -> ObservedTable:
        return ObservedTable(table, lambda operation: seen.setdefault((service, running[0]), set()).add(operation))

    observed = mock.patch.object(Simulation, "key_ring", observed_ring)
    with observed, _running_as(running, "_handle_changes", "OnChange"), _running_as(running, "_deliver", "OnInbox"):
        for name, scenario in SCENARIOS.items():
            running[0] = "what came before"
            driver = before(scenario, wrap_table=wrap_table)
            running[0] = "OnSchedule" if name in SCHEDULED else "Api"
            scenario.action(driver.simulation)
            driver.run()
    return seen, rings


@contextmanager
def _running_as(running: list[str], step: str, function: str) -> Iterator[None]:
    method = getattr(Driver, step)

    def stepped(driver: Driver, service: str) -> Any:
        before, running[0] = running[0], function
        try:
            return method(driver, service)
        finally:
            running[0] = before

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


@pytest.mark.parametrize("service", SERVICES)
def test_a_function_that_reads_items_can_read_several_in_one_request(service: str) -> None:
    """The scenarios take the functions of clients together, so here each of them is checked alone."""
    reads = [one for _, one in statements(service) if "dynamodb:GetItem" in as_list(one["Action"]) and "Condition" not in one]
    assert reads
    assert all("dynamodb:BatchGetItem" in as_list(one["Action"]) for one in reads)


def _allowed_to(service: str, function: str) -> set[str]:
    actions = (
        action for owner, statement in statements(service) if owner == function for action in as_list(statement["Action"])
    )
    return {action.removeprefix("dynamodb:") for action in actions if action.startswith("dynamodb:")}


@pytest.mark.parametrize("function", ["Api", "OnInbox", "OnChange", "OnSchedule"])
@pytest.mark.parametrize("service", SERVICES)
def test_policy_of_every_function_allows_what_it_does(seen: tuple[Operations, Operations], service: str, function: str) -> None:
    used = seen[0].get((service, function), set())
    assert used <= allowed(service, function), (service, function)
    has_none = {("review", "Api"): False}
    assert bool(used) is not has_none.get((service, function), False), "no operation was observed"


def test_every_function_that_pushes_to_a_room_can_hand_parts_over() -> None:
    """The scenarios have no room of more than one part."""
    on_push = {
        "Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:coterie-${Stage}-chat-on-push"
    }
    by_action: dict[str, set[str]] = {"execute-api:ManageConnections": set(), "lambda:InvokeFunction": set()}
    for owner, one in statements("chat"):
        for action in by_action.keys() & set(as_list(one["Action"])):
            by_action[action].add(owner)
            assert action != "lambda:InvokeFunction" or one["Resource"] == on_push
    functions = resources("chat", "Serverless::Function")
    assert by_action["lambda:InvokeFunction"] == by_action["execute-api:ManageConnections"]
    assert by_action["lambda:InvokeFunction"] == {"Api", "OnChange", "OnInbox", "OnPush", "OnSocket"}
    assert functions["OnPush"]["FunctionName"] == {"Fn::Sub": "coterie-${Stage}-chat-on-push"}
    assert functions["OnPush"]["RecursiveLoop"] == "Allow"
    assert _allowed_to("chat", "OnPush") == {"GetItem", "BatchGetItem", "Query", "DeleteItem"}


def rings_of(service: str, function: str) -> set[str]:
    """Return the key rings that a function can read."""
    found = set()
    for owner, one in statements(service):
        if owner == function and any(action.startswith("ssm:") for action in as_list(one["Action"])):
            assert one["Action"] == "ssm:GetParameter"
            for resource in as_list(one["Resource"]):
                path, _, ring = resource["Fn::Sub"].rpartition("/")
                owner_of_ring = {"grants": "review", "attribution": "commerce"}.get(ring, service)
                assert path.endswith(f":parameter/coterie/${{Stage}}/{owner_of_ring}/keys"), resource
                found.add(ring)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_function_can_read_exactly_the_key_rings_that_it_uses(seen: tuple[Operations, Operations], service: str) -> None:
    used = {function: rings for (owner, function), rings in seen[1].items() if owner == service}
    by_clients, functions = CALLED_BY_CLIENTS[service], resources(service, "Serverless::Function")
    for function in functions:
        if function not in by_clients:
            expected = used.get(function, set()) | NOT_IN_SCENARIOS.get((service, function), set())
            assert rings_of(service, function) == expected, function
    assert set().union(*(rings_of(service, function) for function in by_clients)) == (
        used.get("Api", set()) | HTTP_KEYS | NOT_IN_SCENARIOS.get((service, "Api"), set())
    )
    assert set().union(*(rings_of(service, function) for function in functions)) == {
        *KEY_RINGS[service],
        *READ_OF_OTHERS.get(service, ()),
    }


def test_who_reads_keys() -> None:
    """The workers that decode files of users read none. A socket needs only the keys of its ticket and of its pictures, and
    a function that pushes messages those of their pictures.
    """
    readers = {
        (service, function): rings
        for service in SERVICES
        for function in resources(service, "Serverless::Function")
        if function != "Api" and (rings := rings_of(service, function))
    }
    assert readers == {
        ("chat", "OnSocket"): {"ticket", "pictures"},
        ("chat", "OnChange"): {"pictures"},
        ("chat", "OnPush"): {"pictures"},
        ("chat", "OnSchedule"): {"push"},
        ("circles", "OnSchedule"): {"alias"},
        ("review", "OnInbox"): {"metrics"},
        ("review", "OnFacts"): {"metrics"},
    }
    for service in ("circles", "chat", "commerce"):
        assert "ssm:" not in text([one for owner, one in statements(service) if owner == "OnPicture"])
    assert not any(
        "ssm" in text(policy) for service in SERVICES for policy in resources(service, "IAM::ManagedPolicy").values()
    )
