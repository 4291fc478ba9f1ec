"""`make redrive`: every kind of failure is processed again, and what fails again stays with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from infra.operate import print_redrive
from services import SERVICES
from tests.support.redrives import ALARM, Failures, Queues, Streams, record


@pytest.mark.parametrize(
    ("dead", "source"),
    [(f"{service}/InboxDeadUrl", f"{service}/InboxUrl") for service in SERVICES]
    + [("circles/PictureDeadUrl", "circles/PictureInboxUrl"), ("review/FactsDeadUrl", "review/FactsInboxUrl")],
)
def test_a_dead_letter_moves_back_to_its_inbox_queue(dead: str, source: str) -> None:
    failures = Failures()
    for number in range(23):
        failures.queues.send_message(dead, f"message {number}")
    failures.redrive()
    assert failures.queues.messages[dead] == []
    assert [one["Body"] for one in failures.queues.messages[source]] == [f"message {number}" for number in range(23)]


def test_a_stream_record_is_given_again_to_its_function_and_deleted() -> None:
    failures = Failures()
    for number in (100, 9, 30):
        failures.fail(record(number))
    assert failures.redrive() == {"FailedUrl": (3, {})}
    expected = [("relay", {"Records": [record(number)["record"]], "redrive": True}) for number in (9, 30, 100)]
    assert failures.functions.calls == expected
    assert failures.left == 0


def test_a_record_that_fails_again_stays_with_its_reason() -> None:
    def handle(name: str, payload: Any) -> Any:
        if payload["Records"][0]["dynamodb"]["SequenceNumber"] == "2":
            raise ValueError("KeyError")
        return {"batchItemFailures": [{"itemIdentifier": "3"}] if "3" in json.dumps(payload) else []}

    failures = Failures(handle)
    for number in (1, 2, 3):
        failures.fail(record(number))
    expected = {"KeyError": 1, "the table or the bus was not available": 1}
    assert failures.redrive() == {"FailedUrl": (1, expected)}
    assert failures.left == len(failures.queues.visible_again) == 2


def test_a_record_of_which_only_the_keys_were_stored_is_named() -> None:
    failures = Failures()
    body = record(1)
    del body["record"]["dynamodb"]["NewImage"]
    failures.fail(body)
    assert failures.redrive() == {"FailedUrl": (0, {'only its keys were stored: {"pk": {"S": "x"}}': 1})}
    assert failures.functions.calls == []


def batch() -> dict[str, Any]:
    info = {"streamArn": "stream", "shardId": "shard", "startSequenceNumber": "3", "endSequenceNumber": "6", "batchSize": 4}
    return {"requestContext": {"functionArn": ALARM}, "DDBStreamBatchInfo": info}


def test_the_records_of_a_batch_that_lambda_gave_up_on_are_read_from_the_stream() -> None:
    failures = Failures()
    failures.fail(batch())
    assert failures.redrive() == {"FailedUrl": (1, {})}
    ((name, payload),) = failures.functions.calls
    assert name == ALARM
    assert payload.keys() == {"Records"}
    assert [one["dynamodb"]["SequenceNumber"] for one in payload["Records"]] == ["3", "4", "5", "6"]
    assert payload["Records"][0]["dynamodb"]["NewImage"] == {"hash": {"B": "AQ=="}}


@pytest.mark.parametrize("empty", [1, 3])
def test_an_empty_page_of_the_stream_does_not_end_a_batch(empty: int) -> None:
    failures = Failures(streams=Streams(empty=empty))
    failures.fail(batch())
    assert failures.redrive() == {"FailedUrl": (1, {})}
    ((_, payload),) = failures.functions.calls
    assert [one["dynamodb"]["SequenceNumber"] for one in payload["Records"]] == ["3", "4", "5", "6"]


@pytest.mark.parametrize("streams", [Streams(length=5), Streams(empty=10**6)])
def test_a_part_of_a_batch_does_not_pass_as_the_whole(streams: Streams) -> None:
    failures = Failures(streams=streams)
    failures.fail(batch())
    ((_, (processed, left)),) = failures.redrive().items()
    assert (processed, failures.left, failures.functions.calls) == (0, 1, [])
    assert "make republish" in next(iter(left))


def test_a_function_gets_at_most_100_records_at_once() -> None:
    failures = Failures(streams=Streams(length=300))
    info = {"streamArn": "stream", "shardId": "shard", "startSequenceNumber": "1", "endSequenceNumber": "250", "batchSize": 100}
    failures.fail({**batch(), "DDBStreamBatchInfo": info})
    assert failures.redrive() == {"FailedUrl": (1, {})}
    sizes = [len(payload["Records"]) for _, payload in failures.functions.calls]
    assert sizes == [100, 100, 50]


def test_batches_are_processed_in_the_order_of_the_stream() -> None:
    failures = Failures(streams=Streams(length=300))
    for first in (120, 20, 3):
        info = {**batch()["DDBStreamBatchInfo"], "startSequenceNumber": str(first), "endSequenceNumber": str(first)}
        failures.fail({**batch(), "DDBStreamBatchInfo": info})
    failures.redrive()
    order = [payload["Records"][0]["dynamodb"]["SequenceNumber"] for _, payload in failures.functions.calls]
    assert order == ["3", "20", "120"]


def test_a_batch_that_the_stream_no_longer_has_stays_and_names_the_next_step() -> None:
    failures = Failures(streams=Streams(is_trimmed=True))
    failures.fail(batch())
    ((_, (moved, left)),) = failures.redrive().items()
    assert (moved, failures.left) == (0, 1)
    assert "make republish" in next(iter(left))


def test_a_failed_run_of_a_schedule_is_run_again() -> None:
    failures = Failures()
    failures.fail({"requestContext": {"functionArn": ALARM, "condition": "RetriesExhausted"}, "requestPayload": {"a": 1}})
    failures.fail({"b": 2}, MessageAttributes={"TARGET_ARN": {"StringValue": ALARM, "DataType": "String"}})
    assert failures.redrive() == {"FailedUrl": (2, {})}
    assert failures.functions.calls == [(ALARM, {"a": 1}), (ALARM, {"b": 2})]


@pytest.mark.parametrize("body", ["not JSON", "[]", "{}"])
def test_a_message_of_unknown_form_stays(body: str) -> None:
    failures = Failures()
    failures.queues.send_message("circles/FailedUrl", body)
    assert failures.redrive() == {"FailedUrl": (0, {"a message of unknown form": 1})}


POISON: list[Any] = [
    {"record": None},
    {"record": "x"},
    {"record": {}},
    {"record": {"dynamodb": None}},
    {"record": {"dynamodb": {"SequenceNumber": None, "NewImage": {}}}},
    {"record": {"dynamodb": {"Keys": 1}}},
    {"DDBStreamBatchInfo": {}},
    {"DDBStreamBatchInfo": None, "requestContext": 1},
    {"requestPayload": {}},
]


@pytest.mark.parametrize("poison", POISON)
def test_a_message_that_cannot_be_processed_does_not_stop_those_behind_it(poison: Any) -> None:
    failures = Failures()
    for body in (record(1), poison, record(2)):
        failures.fail(body)
    assert failures.redrive()["FailedUrl"][0] == 2
    assert failures.left == len(failures.queues.visible_again) == 1


def test_a_function_that_does_not_respond_does_not_stop_the_messages_behind_it() -> None:
    def handle(name: str, payload: Any) -> Any:
        if payload["Records"][0]["dynamodb"]["SequenceNumber"] == "1":
            raise ReadTimeoutError(endpoint_url="lambda")

    failures = Failures(handle)
    for number in (1, 2):
        failures.fail(record(number))
    assert failures.redrive() == {"FailedUrl": (1, {"ReadTimeoutError": 1})}


def test_a_dead_letter_that_cannot_be_sent_does_not_stop_those_behind_it() -> None:
    class Strict(Queues):
        def send_message(self, QueueUrl: str, MessageBody: str, **attributes: Any) -> None:
            if QueueUrl.endswith("/InboxUrl") and MessageBody == "bad":
                raise ClientError({"Error": {"Code": "InvalidMessageContents", "Message": ""}}, "SendMessage")
            super().send_message(QueueUrl, MessageBody, **attributes)

    failures = Failures(queues=Strict())
    for body in ("good", "bad", "better"):
        failures.queues.send_message("chat/InboxDeadUrl", body)
    assert failures.redrive() == {"InboxDeadUrl": (2, {"InvalidMessageContents": 1})}
    assert [one["Body"] for one in failures.queues.messages["chat/InboxDeadUrl"]] == ["bad"]


def test_messages_that_an_aborted_run_received_are_left() -> None:
    failures = Failures()
    for number in (1, 2):
        failures.fail(record(number))
    failures.queues.messages["circles/FailedUrl"][0]["received"] = True
    ((_, (processed, left)),) = failures.redrive().items()
    assert (processed, list(left.values())) == (1, [1])
    assert "another run" in next(iter(left))


def test_the_command_shows_a_row_per_queue_with_what_is_left_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    failures = Failures()
    failures.queues.send_message("circles/InboxDeadUrl", "message")
    failures.fail({})
    assert not print_redrive(failures.deployment)
    rows = [line.split(maxsplit=3) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["queue", "processed", "left", "reason"]
    assert len(rows) == 1 + 2 * len(SERVICES) + 2
    assert ["InboxDeadUrl", "1", "0"] in rows
    assert ["FailedUrl", "0", "1", "1 x a message of unknown form"] in rows
