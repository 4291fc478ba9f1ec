"""schemathesis on each operation of each OpenAPI document.

No input gives a 500 or an undocumented status, and each response has the type and the schema of the document.

Each operation is called by a stranger with random ids, and with existing ids by a stranger and by a permitted user.
A commit has half of them.
FUZZ_EXAMPLES: examples each. FUZZ_SEED: another seed gives other examples.
"""

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

from services.shared.http.problems import PROBLEM_TYPE
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import document, new_idempotency_key
from simulation.api.operations import Operation, operations
from tests.app.permitted import permitted_user
from tests.support.sampling import is_due
from tests.support.wsgi import WsgiGateway

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
    config = Config.from_dict({"generation": {"with-security-parameters": False}})  # each call has its token
    schema = openapi.from_dict(document(service), config=config)
    schema.app = WsgiGateway(service)
    return schema


def cases(api: ApiFixture, operation: Operation, there: bool) -> st.SearchStrategy[Case[Any]]:
    """Valid and invalid input by the document, with existing ids and a valid key, or with random ones."""
    schema = described(operation.service)[operation.template][operation.method]
    fixed: dict[str, Any] = {}
    if there and operation.ids:
        fixed["path_parameters"] = {name: api.path_ids(operation)[name] for name in operation.ids}
    made = [schema.as_strategy(generation_mode=GenerationMode.POSITIVE, **fixed)]
    if operation.takes_body or operation.is_paged:
        made.append(schema.as_strategy(generation_mode=GenerationMode.NEGATIVE, **fixed))
    return st.one_of(made)


def require_declared(operation: Operation, response: Any) -> None:
    """The document has one schema for all problems; which ones an operation can return is in the description."""
    if response.status_code >= 400:
        code = response.json()["type"].removeprefix(PROBLEM_TYPE)
        item = document(operation.service)["paths"][operation.template][operation.method.lower()]
        assert f"`{code}`" in item["responses"][str(response.status_code)]["description"]


ALL = [(operation, run) for operation in operations() for run in RUNS]
DUE = [(operation, run) for operation, run in ALL if is_due(f"{operation.service}-{operation.name}-{run}", shares=2)]


@pytest.mark.parametrize(
    ("operation", "run"), DUE, ids=[f"{operation.service}-{operation.name}-{run}" for operation, run in DUE]
)
def test_each_operation_conforms_to_its_document(api: ApiFixture, operation: Operation, run: str) -> None:
    who, _, where = run.partition("-")
    app = described(operation.service).app
    app.gateway, app.users = api.gateway, {"token": api.users[permitted_user(operation) if who == "served" else who]}
    statuses: set[int] = set()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(cases(api, operation, where == "there"))
    def attempt(case: Case[Any]) -> None:
        headers = {"Authorization": "Bearer token"}
        if where == "there" and operation.is_keyed:
            headers["Idempotency-Key"] = new_idempotency_key()
        with api.gateway.cloud.reverted():
            response = case.call_and_validate(headers=headers, checks=CHECKS)
        statuses.add(response.status_code)
        require_declared(operation, response)

    attempt()
    assert 401 not in statuses, "the token must be accepted, otherwise nothing was tested"
