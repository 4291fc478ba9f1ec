"""Failures of the table at each call of each route: a response that allows a retry, which succeeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from services.shared.table.dynamo import DynamoTable, client
from services.shared.table.items import Key
from services.shared.table.port import Throttled, TransactionConflict
from services.shared.table.rate_limits import limit_key
from services.shared.table.settings import KEY as SETTINGS_KEY
from simulation.access.roles import routes
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import ApiUser, new_idempotency_key
from simulation.api.moto_cloud import service_module
from simulation.api.operations import Operation, label, named, operations
from simulation.api.tracing import traced
from tests.app.problems import INTERNALS, assert_problem

GUARDED = [operation for operation in operations() if not operation.is_public]
SECRET = "coterie-test-circles arn:aws:dynamodb:us-east-1:1:table/x 白鹭"


class Failing:
    """A table whose nth call fails without an effect. The read of the settings is not counted: it fails no request."""

    def __init__(self, real: Any, nth: int, failure: Exception) -> None:
        self._real, self._left, self._failure = real, nth, failure

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._real, name)

        def counted(*given: Any, **named: Any) -> Any:
            self._left -= (name, given, named) != ("get", (SETTINGS_KEY,), {})
            if self._left == 0:
                raise self._failure
            return method(*given, **named)

        return counted


def failing(service: str, nth: int, failure: Exception) -> Any:
    wiring = service_module("wiring", service)
    table = Failing(wiring.table(), nth, failure)
    return mock.patch.object(wiring, "table", lambda: table)


def permitted_user(operation: Operation) -> str:
    """A kind of user with a successful status on this route."""
    statuses = routes()[operation.service, str(operation)].statuses
    return next(persona for persona in ("member", "moderator", "owner", "reviewer", "operator") if statuses[persona] < 400)


# The circle of the fixture has no teaser, and no user of a role has a sanction or leaves the platform.
DENIED_TO_ALL = {"get_teaser", "request_to_join", "create_campaign", "appeal_sanction", "get_deletion"}


@pytest.mark.parametrize("operation", [operation for operation in GUARDED if operation.name not in DENIED_TO_ALL], ids=label)
def test_a_busy_table_gives_503_and_the_retry_succeeds(api: ApiFixture, operation: Operation) -> None:
    user, key, nth = api.users[permitted_user(operation)], new_idempotency_key(), 1
    while True:
        with failing(operation.service, nth, (TransactionConflict, Throttled)[nth % 2]()):
            response = api.call(operation, user, key=key)
        if response.status < 400:
            break
        assert (response.status, response.code, response.headers["retry-after"]) == (503, "unavailable", "1"), (nth, response)
        _delete_attempts(api, user.user_id)
        nth += 1
    assert nth > 1
    assert response.status == routes()[operation.service, str(operation)].statuses[permitted_user(operation)]


def _delete_attempts(api: ApiFixture, user_id: str) -> None:
    """Expire the attempts with a code: an aborted attempt stays counted as a wrong guess."""
    attempts = {"circles": Key(f"GUESSER#{user_id}", "ATTEMPTS"), "commerce": limit_key(user_id, "coupon_code")}
    for service, key in attempts.items():
        api.gateway.cloud.tables[service].delete(key, when=None)


@pytest.mark.parametrize("operation", GUARDED, ids=label)
def test_a_defect_gives_a_500_without_details(
    api: ApiFixture, operation: Operation, capsys: pytest.CaptureFixture[str]
) -> None:
    with traced(operation.service, {}) as trace:
        api.call(operation, ApiUser("another-stranger"))
    api.gateway.cloud.records(operation.service)
    with failing(operation.service, min(len(trace.calls), 2), RuntimeError(SECRET)):
        response = api.call(operation, api.users["stranger"])
    assert response.status == 500, response
    assert response.body.keys() == {"type", "title", "next_step", "status", "correlation_id"}
    assert not [text for text in (*INTERNALS, "白鹭", "RuntimeError") if text in response.text]


def test_a_missing_table_gives_a_500_without_its_name(api: ApiFixture) -> None:
    table = DynamoTable("coterie-test-missing", client())
    with mock.patch.object(service_module("wiring", "circles"), "table", lambda: table):
        response = api.call(named("list_notes"), api.users["member"])
    assert_problem(api.gateway, "circles", response, 500, "internal-error")


def test_a_defect_is_logged_by_type_and_position_without_its_text(
    api: ApiFixture, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with failing("circles", 2, RuntimeError(SECRET)):
        response = api.call(named("get_circle"), api.users["member"], headers={"x-correlation-id": "trace-of-defect"})
    (line,) = [record for record in caplog.records if record.message == "unexpected error"]
    assert line.error_type == "RuntimeError"  # type: ignore[attr-defined]
    assert any("circles" in frame for frame in line.frames)  # type: ignore[attr-defined]
    assert "白鹭" not in json.dumps([vars(record) for record in caplog.records], default=str, ensure_ascii=False)
    assert response.body["correlation_id"] == "trace-of-defect"
