"""When the table fails at any call of any route: a plain answer that says whether to try again, and a retry that succeeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from services.shared.table.port import Conflict, Throttled
from simulation.api.fixture import Stage
from simulation.api.gateway import fresh_key
from simulation.api.moto_cloud import module, table_of
from simulation.api.operations import (
    Operation,
    label,
    named,
    operations,
)
from simulation.api.tracing import traced
from tests.app.matrix import expected
from tests.app.refusals import INSIDE, assert_refused

GUARDED = [operation for operation in operations() if not operation.is_public]
SECRET = "coterie-test-circles arn:aws:dynamodb:us-east-1:1:table/x 白鹭"


class Failing:
    """A table whose nth call fails; a method that failed has done nothing."""

    def __init__(self, real: Any, nth: int, failure: Exception) -> None:
        self._real, self._left, self._failure = real, nth, failure

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._real, name)

        def counted(*given: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                raise self._failure
            return method(*given, **named)

        return counted


def failing(service: str, nth: int, failure: Exception) -> Any:
    wiring = module("wiring", service)
    table = Failing(wiring.table(), nth, failure)
    return mock.patch.object(wiring, "table", lambda: table)


def actor(operation: Operation) -> str:
    """Somebody whom the route serves."""
    row = expected()[operation.service, str(operation)]
    return next(persona for persona in ("member", "moderator", "owner", "reviewer", "operator") if row[persona] < 400)


SHUT_TO_ALL = {"get_teaser", "request_to_join"}  # the stage's circle shows itself to nobody


@pytest.mark.parametrize("operation", [one for one in GUARDED if one.name not in SHUT_TO_ALL], ids=label)
def test_a_busy_table_is_told_as_503_and_the_retry_succeeds(stage: Stage, operation: Operation) -> None:
    person, key, nth = stage.people[actor(operation)], fresh_key(), 1
    while True:
        with failing(operation.service, nth, (Conflict, Throttled)[nth % 2]()):
            answer = stage.ask(operation, person, key=key)
        if answer.status < 400:
            break
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "unavailable", "1"), (nth, answer)
        _wait_out(stage, person.user_id)
        nth += 1
    assert nth > 1
    assert answer.status == expected()[operation.service, str(operation)][actor(operation)]


def _wait_out(stage: Stage, user_id: str) -> None:
    """An attempt to join that broke off stays counted as a guess, which is the safe side: let its ten minutes pass."""
    key = {"pk": {"S": f"GUESSER#{user_id}"}, "sk": {"S": "ATTEMPTS"}}
    stage.gateway.cloud.dynamodb.delete_item(TableName=table_of("circles"), Key=key)


@pytest.mark.parametrize("operation", GUARDED, ids=label)
def test_a_defect_is_told_as_a_plain_500(stage: Stage, operation: Operation, capsys: pytest.CaptureFixture[str]) -> None:
    with traced(operation.service, {}) as trace:
        stage.ask(operation, stage.people["stranger"])
    stage.gateway.cloud.records(operation.service)
    with failing(operation.service, min(len(trace.calls), 2), RuntimeError(SECRET)):
        answer = stage.ask(operation, stage.people["stranger"])
    assert answer.status == 500, answer
    assert answer.body.keys() == {"type", "title", "status", "correlation_id"}
    assert not [word for word in (*INSIDE, "白鹭", "RuntimeError") if word in answer.text]


def test_a_missing_table_is_told_without_its_name(stage: Stage) -> None:
    with mock.patch.object(module("wiring", "circles").table(), "_name", "coterie-test-gone"):
        answer = stage.ask(named("list_notes"), stage.people["member"])
    assert_refused(stage.gateway, "circles", answer, 500, "internal")


def test_a_defect_is_logged_by_type_and_place_and_never_by_its_words(
    stage: Stage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with failing("circles", 2, RuntimeError(SECRET)):
        answer = stage.ask(named("get_circle"), stage.people["member"], headers={"x-correlation-id": "trace-of-defect"})
    (broke,) = [record for record in caplog.records if record.message == "broke"]
    assert broke.error_type == "RuntimeError"  # type: ignore[attr-defined]
    assert any("circles" in place for place in broke.frames)  # type: ignore[attr-defined]
    assert "白鹭" not in json.dumps([vars(record) for record in caplog.records], default=str, ensure_ascii=False)
    assert answer.body["correlation_id"] == "trace-of-defect"
