"""The errors and retries of the DynamoDB adapter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from services.shared.table import dynamo
from services.shared.table.dynamo import MAX_ATTEMPTS, DynamoTable, from_wire
from services.shared.table.items import PRESENT, Check, Key, Put, Query
from services.shared.table.port import ConditionFailed, Throttled, TransactionConflict

KEY = Key("P", "A")
WRITES = [Put({"pk": "P", "sk": "A", "n": 1}, None), Check(Key("P", "B"), PRESENT)]
CALLS: dict[str, dict[str, Any]] = {
    "get_item": {"method": "get", "key": KEY},
    "batch_get_item": {"method": "get_many", "keys": [KEY, Key("P", "B")]},
    "put_item": {"method": "put", "item": {"pk": "P", "sk": "A"}, "when": None},
    "update_item": {"method": "update", "key": KEY, "when": None, "add": {"n": 1}},
    "delete_item": {"method": "delete", "key": KEY, "when": None},
    "transact_write_items": {"method": "transact", "writes": WRITES, "token": "token-1"},
}
STORED = {"pk": {"S": "P"}, "sk": {"S": "A"}, "n": {"N": "1"}}


def error(code: str, **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": code}, **more}
    return ClientError(response, "Any")


def cancelled(*codes: str, item: Any = None) -> ClientError:
    reasons = [{"Code": code, **({"Item": item} if item and code == "ConditionalCheckFailed" else {})} for code in codes]
    return error("TransactionCanceledException", CancellationReasons=reasons)


CONFLICTS = {
    name: error("TransactionConflictException")
    for name in CALLS
    if name not in {"get_item", "batch_get_item", "transact_write_items"}
}
CONFLICTS["transact_write_items"] = cancelled("None", "TransactionConflict")


class Wire:
    """A table whose client gives these responses, then succeeds; it records requests and pauses."""

    def __init__(self, operation: str, *responses: Any) -> None:
        self.pauses: list[float] = []
        self.client = mock.Mock()
        self.call: mock.Mock = getattr(self.client, operation)
        self.call.side_effect = [*responses, {"Attributes": STORED}]
        self.table = DynamoTable("t", self.client, sleep=self.pauses.append)
        self.arguments = CALLS[operation]

    def run(self) -> Any:
        method, arguments = self.arguments["method"], {k: v for k, v in self.arguments.items() if k != "method"}
        return getattr(self.table, method)(**arguments)

    @property
    def requests(self) -> list[Mapping[str, Any]]:
        return [call.kwargs for call in self.call.call_args_list]


@pytest.mark.parametrize("operation", CONFLICTS)
def test_a_conflict_is_retried_with_the_same_request(operation: str) -> None:
    wire = Wire(operation, *[CONFLICTS[operation]] * (MAX_ATTEMPTS - 1))
    wire.run()
    assert len(wire.requests) == MAX_ATTEMPTS == 8
    assert all(request == wire.requests[0] for request in wire.requests)
    if operation == "transact_write_items":
        assert {request["ClientRequestToken"] for request in wire.requests} == {"token-1"}


@pytest.mark.parametrize("operation", CONFLICTS)
def test_the_eighth_conflict_is_raised(operation: str) -> None:
    wire = Wire(operation, *[CONFLICTS[operation]] * 20)
    with pytest.raises(TransactionConflict):
        wire.run()
    assert len(wire.requests) == MAX_ATTEMPTS
    assert len(wire.pauses) == MAX_ATTEMPTS - 1


def test_pauses_have_full_jitter_and_double_up_to_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = mock.Mock(side_effect=lambda low, high: high)
    monkeypatch.setattr("services.shared.table.dynamo.random.uniform", drawn)
    wire = Wire("transact_write_items", *[CONFLICTS["transact_write_items"]] * (MAX_ATTEMPTS - 1))
    wire.run()
    assert {call.args[0] for call in drawn.call_args_list} == {0}
    assert wire.pauses == [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0]


def test_a_transaction_still_in_progress_is_a_conflict() -> None:
    wire = Wire("transact_write_items", error("TransactionInProgressException"))
    wire.run()
    assert len(wire.requests) == 2


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"])
def test_a_throttled_request_is_not_retried(operation: str, code: str) -> None:
    """boto3 has already retried it."""
    wire = Wire(operation, error(code))
    with pytest.raises(Throttled):
        wire.run()
    assert (len(wire.requests), wire.pauses) == (1, [])


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_transaction_is_not_retried(code: str) -> None:
    wire = Wire("transact_write_items", cancelled("None", code))
    with pytest.raises(Throttled):
        wire.run()
    assert len(wire.requests) == 1


def test_a_false_condition_takes_precedence_over_a_conflict() -> None:
    wire = Wire("transact_write_items", cancelled("TransactionConflict", "ConditionalCheckFailed", item=STORED))
    with pytest.raises(ConditionFailed) as failed:
        wire.run()
    assert (failed.value.index, failed.value.old) == (1, {"pk": "P", "sk": "A", "n": 1})
    assert len(wire.requests) == 1


@pytest.mark.parametrize("operation", ["put_item", "update_item", "delete_item"])
def test_a_false_condition_of_a_single_write(operation: str) -> None:
    wire = Wire(operation, error("ConditionalCheckFailedException", Item=STORED), error("ConditionalCheckFailedException"))
    with pytest.raises(ConditionFailed) as failed:
        wire.run()
    assert (failed.value.index, failed.value.old) == (0, {"pk": "P", "sk": "A", "n": 1})
    with pytest.raises(ConditionFailed) as failed:
        wire.run()
    assert failed.value.old is None


OTHERS = [
    *map(error, ("ValidationException", "ResourceNotFoundException", "InternalServerError", "AccessDeniedException")),
    ReadTimeoutError(endpoint_url="https://table.example"),
]


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("failure", OTHERS, ids=lambda failure: str(failure).split()[3])
def test_other_errors_are_raised_unchanged(operation: str, failure: Exception) -> None:
    wire = Wire(operation, failure)
    with pytest.raises(type(failure)) as raised:
        wire.run()
    assert raised.value is failure
    assert len(wire.requests) == 1


def test_a_transaction_cancelled_for_a_defect_is_raised_unchanged() -> None:
    failure = cancelled("None", "ValidationError")
    with pytest.raises(ClientError) as raised:
        Wire("transact_write_items", failure).run()
    assert raised.value is failure


def test_a_token_used_again_with_other_writes_is_a_defect() -> None:
    with pytest.raises(ValueError, match="other writes"):
        Wire("transact_write_items", error("IdempotentParameterMismatchException")).run()


def batch(*items: Any, left: Any = ()) -> dict[str, Any]:
    return {"Responses": {"t": [*items]}, "UnprocessedKeys": {"t": {"Keys": [*left]}} if left else {}}


def test_a_read_of_several_items_asks_again_for_what_was_not_processed() -> None:
    other = {"pk": {"S": "P"}, "sk": {"S": "B"}}
    wire = Wire("batch_get_item", batch(left=[other, STORED]), batch(STORED, left=[other]), batch(other))
    assert wire.run() == {KEY: {"pk": "P", "sk": "A", "n": 1}, Key("P", "B"): {"pk": "P", "sk": "B"}}
    assert [len(request["RequestItems"]["t"]["Keys"]) for request in wire.requests] == [2, 2, 1]
    assert len(wire.pauses) == 2


def test_a_read_of_several_items_that_stays_unprocessed_is_throttled() -> None:
    wire = Wire("batch_get_item", *[batch(left=[STORED])] * 20)
    with pytest.raises(Throttled):
        wire.run()
    assert (len(wire.requests), len(wire.pauses)) == (MAX_ATTEMPTS, MAX_ATTEMPTS - 1)


@pytest.mark.parametrize("consistent_read", [False, True])
def test_a_consistent_read_is_requested(consistent_read: bool) -> None:
    client = mock.Mock()
    client.get_item.return_value, client.query.return_value = {}, {"Items": []}
    table = DynamoTable("t", client)
    table.get(KEY, consistent_read=consistent_read)
    table.query(Query("P", 1, consistent_read=consistent_read))
    table.query(Query("P", 1, index="gsi1"))
    client.batch_get_item.return_value = {"Responses": {}}
    table.get_many([KEY], consistent_read=consistent_read)
    assert client.get_item.call_args.kwargs["ConsistentRead"] is consistent_read
    assert client.batch_get_item.call_args.kwargs["RequestItems"]["t"]["ConsistentRead"] is consistent_read
    asked = [call.kwargs for call in client.query.call_args_list]
    assert [request.get("ConsistentRead", False) for request in asked] == [consistent_read, False]


def test_a_call_to_a_dead_table_ends_within_10_seconds() -> None:
    config: Any = dynamo.client().meta.config  # its type lacks the options
    tries = config.retries["total_max_attempts"]
    waits = sum(2**attempt for attempt in range(tries - 1))  # the longest pauses of the standard retry mode
    assert tries * config.read_timeout + waits < 10
    assert config.connect_timeout <= config.read_timeout


@pytest.mark.parametrize("value", [{"N": "1.5"}, {"N": "1E-3"}, {"SS": ["a"]}, {"B": b"1"}, {"L": [{"N": "0.5"}]}])
def test_an_unsupported_stored_type_is_an_error(value: Any) -> None:
    with pytest.raises(TypeError):
        from_wire({"pk": {"S": "P"}, "odd": value})


def test_numbers_in_each_notation_of_dynamodb() -> None:
    assert from_wire({"n": {"N": "1E+3"}, "zero": {"N": "0"}, "whole": {"N": "2.0"}}) == {"n": 1000, "zero": 0, "whole": 2}
