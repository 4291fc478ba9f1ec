"""schemathesis over every operation of every OpenAPI document: whatever is sent, no 500, no undocumented status, and every
answer of the type and shape that the document promises.

Each operation is tried by a stranger with made-up ids, and on what is really there by a stranger and by somebody it serves.
FUZZ_EXAMPLES examples each; FUZZ_SEED begins another walk."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, Config, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from simulation.api.fixture import Stage
from simulation.api.gateway import document, fresh_key
from simulation.api.operations import Operation, operations
from tests.app.matrix import expected
from tests.support.wsgi import Door

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
RUNS = ("stranger-anywhere", "stranger-there", "served-there")


@cache
def described(service: str) -> Any:
    config = Config.from_dict({"generation": {"with-security-parameters": False}})  # every call has its token
    schema = openapi.from_dict(document(service), config=config)
    schema.app = Door(service)
    return schema


def served(operation: Operation) -> str:
    """Somebody whom the route serves; where it serves nobody on this stage, a member."""
    row = expected().get((operation.service, str(operation)), {"member": 200})
    people = ("member", "moderator", "owner", "reviewer", "operator")
    return next((persona for persona in people if row.get(persona, 500) < 400), "member")


def cases(stage: Stage, operation: Operation, there: bool) -> st.SearchStrategy[Case]:
    """Good and bad input by the document; with ids of what is there and a good key, or with made-up ones."""
    api = described(operation.service)[operation.template][operation.method]
    fixed: dict[str, Any] = {}
    if there and operation.ids:
        fixed["path_parameters"] = {name: stage.place(operation)[name] for name in operation.ids}
    made = [api.as_strategy(generation_mode=GenerationMode.POSITIVE, **fixed)]
    if operation.takes_body or operation.is_paged:
        made.append(api.as_strategy(generation_mode=GenerationMode.NEGATIVE, **fixed))
    return st.one_of(made)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("operation", operations(), ids=lambda one: f"{one.service}-{one.name}")
def test_every_operation_keeps_its_promise_whatever_is_sent(stage: Stage, operation: Operation, run: str) -> None:
    who, _, where = run.partition("-")
    door = described(operation.service).app
    door.gateway, door.people = stage.gateway, {"token": stage.people[served(operation) if who == "served" else who]}
    statuses: set[int] = set()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(cases(stage, operation, where == "there"))
    def attempt(case: Case) -> None:
        headers = {"Authorization": "Bearer token"}
        if where == "there" and operation.is_keyed:
            headers["Idempotency-Key"] = fresh_key()
        with stage.gateway.cloud.undone():
            answer = case.call_and_validate(headers=headers, checks=CHECKS)
        statuses.add(answer.status_code)

    attempt()
    assert 401 not in statuses, "the token must be taken, or nothing was tried"
