"""The functions without routes: inbox, relay, and the stream handler that derives items."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from services.shared.kernel.ids import derive_id, new_id
from services.shared.table.dynamo import wire_item
from services.shared.table.items import Key
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import ApiUser, Context, Gateway, LambdaEvent
from simulation.api.moto_cloud import service_module
from simulation.api.operations import named

# inboxes


def sqs_message(number: int, name: str, data: LambdaEvent, entity_id: str = "x", **other: Any) -> LambdaEvent:
    """A message of the inbox queue, as the event bus sends it."""
    envelope = {"id": new_id("evt"), "name": name, "source": "coterie.review", "schema_version": 1, "data": data, **other}
    times = {"entity_version": 10**13, "occurred_at": "2026-03-05T04:00:00.125Z", "correlation_id": "trace-inbox"}
    body = {"detail-type": name, "source": "coterie.review", "detail": {**times, "entity_id": entity_id, **envelope}}
    return {"messageId": f"message-{number}", "body": json.dumps(body), "eventSource": "aws:sqs"}


def seat(number: int) -> LambdaEvent:
    owner = ApiUser().user_id
    about = {"cohort": "first-100", "seat": number, "circle_name": "观鸟", "circle_tags": ["观鸟"]}
    application = new_id("app")
    return sqs_message(number, "SeatGranted", {"application_id": application, "applicant_id": owner, **about}, application)


def failed_messages(service: str, *messages: LambdaEvent) -> list[str]:
    """Process the messages and return those that go back to the queue."""
    response = service_module("inbox", service).on_inbox({"Records": list(messages)}, Context())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def _circle(one: LambdaEvent) -> tuple[str, str]:
    application = json.loads(one["body"])["detail"]["data"]["application_id"]
    return f"CIRCLE#{derive_id('cir', application)}", "CIRCLE"


POISON = {
    "no JSON": {"body": "{"},
    "no envelope": {"body": "{}"},
    "deep JSON": {"body": "[" * 100_000},
    "unknown event": sqs_message(0, "CircleExploded", {}),
    "event without a subscription": sqs_message(
        0, "ApplicationSubmitted", {"application_id": "a", "applicant_id": "b", "state": "submitted"}
    ),
    "broken data": sqs_message(0, "SeatGranted", {"application_id": 7}),
    "no version": {"body": sqs_message(0, "AccountStatusChanged", {})["body"].replace("entity_version", "other")},
}


@pytest.mark.parametrize("kind", POISON)
def test_a_message_that_no_retry_can_process_is_set_aside_and_the_others_are_processed(gateway: Gateway, kind: str) -> None:
    good = [seat(1), seat(2)]
    bad = {"messageId": "message-0", "eventSource": "aws:sqs", "body": POISON[kind]["body"]}
    assert failed_messages("circles", good[0], bad, good[1]) == []
    assert gateway.cloud.items("circles").keys() >= {_circle(one) for one in good}
    (aside,) = gateway.cloud.failed_messages("circles")
    assert aside["Body"] == bad["body"]
    assert aside["MessageAttributes"]["reason"]["StringValue"]


def test_a_message_whose_use_case_fails_returns_alone(gateway: Gateway) -> None:
    good, bad = [seat(1), seat(3)], seat(2)
    key = Key(*_circle(bad))
    gateway.cloud.tables["circles"].put(key.attributes(), when=None)  # an item without attributes
    assert failed_messages("circles", good[0], bad, good[1]) == ["message-2"]
    assert gateway.cloud.items("circles").keys() >= {_circle(one) for one in good}
    assert gateway.cloud.failed_messages("circles") == []


def test_a_batch_of_failing_messages_returns_completely_if_the_dead_letter_queue_cannot_be_reached(gateway: Gateway) -> None:
    bad = [{"messageId": f"message-{n}", "eventSource": "aws:sqs", "body": "{"} for n in range(3)]
    unreachable = mock.Mock(put_message=mock.Mock(side_effect=ConnectionError))
    with mock.patch.object(service_module("wiring", "circles"), "failures", lambda: unreachable):
        assert failed_messages("circles", *bad) == ["message-0", "message-1", "message-2"]


def test_c1_a_repeated_seat_granted_creates_one_circle(gateway: Gateway) -> None:
    one = seat(1)
    gateway.cloud.records("circles")
    assert failed_messages("circles", one, one) == []
    assert failed_messages("circles", one) == []
    assert len(gateway.cloud.records("circles")) == 2  # the circle and its owner


def test_an_older_account_status_changes_nothing(api: ApiFixture) -> None:
    member = api.users["member"]

    def status_changed(version: int, suspended: bool) -> LambdaEvent:
        level = "suspended" if suspended else "none"
        data = {"user_id": member.user_id, "level": level, "until": None, "valid_after": 0}
        return sqs_message(1, "AccountStatusChanged", data, member.user_id, entity_version=version)

    for service, name in (("circles", "list_circles"), ("chat", "list_own_rooms")):
        assert failed_messages(service, status_changed(20, True), status_changed(10, False), status_changed(20, False)) == []
        assert api.call(named(name), member).status == 403
        assert failed_messages(service, status_changed(30, False)) == []
        assert api.call(named(name), member).status == 200


def test_unknown_fields_are_ignored_and_an_unknown_schema_version_is_set_aside(gateway: Gateway) -> None:
    one, two = seat(1), seat(2)
    for message, version in ((one, 1), (two, 2)):
        body = json.loads(message["body"])
        body["detail"] |= {"schema_version": version, "added": True}
        body["detail"]["data"]["added"] = "later"
        assert failed_messages("circles", {**message, "body": json.dumps(body)}) == []
    circles = gateway.cloud.items("circles")
    assert (_circle(one) in circles, _circle(two) in circles) == (True, False)
    (aside,) = gateway.cloud.failed_messages("circles")
    assert aside["MessageAttributes"]["reason"]["StringValue"] == "unknown schema version of SeatGranted"


# relays


class RecordingBus:
    """A client of EventBridge that records the entries, at most 10 per call, and fails those in `failing`."""

    def __init__(self) -> None:
        self.calls: list[list[LambdaEvent]] = []
        self.failing: set[str] = set()

    def put_events(self, Entries: list[LambdaEvent]) -> LambdaEvent:
        assert 0 < len(Entries) <= 10
        self.calls.append(Entries)
        details = [json.loads(entry["Detail"]) for entry in Entries]
        responses = [{"ErrorCode": "MalformedDetail"} if one["id"] in self.failing else {"EventId": "1"} for one in details]
        return {"FailedEntryCount": sum("ErrorCode" in one for one in responses), "Entries": responses}

    @property
    def ids(self) -> list[str]:
        return [json.loads(entry["Detail"])["id"] for call in self.calls for entry in call]


@pytest.fixture
def bus(gateway: Gateway) -> Iterator[RecordingBus]:
    recording = RecordingBus()
    wiring = service_module("wiring", "circles")
    real = wiring.bus()
    with mock.patch.object(wiring, "bus", lambda: type(real)(real.name, recording)):
        yield recording


def member_change(number: int, pending_events: str, before: str | None = None) -> LambdaEvent:
    """A stream record of a membership with these pending events, and with those of `before` earlier."""
    item = {"pk": "CIRCLE#c", "sk": f"MEMBER#{number}", "circle_id": "c", "user_id": str(number), "role": "member"}
    image = {
        **item,
        "state": "member",
        "joined_at": 1_772_683_200_125,
        "version": 1_772_683_200_125,
        "event_time": 1_772_683_200_125,
        "correlation_id": "trace-relay",
    }
    change = {"Keys": wire_item({name: item[name] for name in ("pk", "sk")}), "SequenceNumber": f"sequence-{number}"}
    change["NewImage"] = wire_item({**image, "outbox": pending_events})
    if before is not None:
        change["OldImage"] = wire_item({**image, "outbox": before} if before else image)
    return {"eventSource": "aws:dynamodb", "dynamodb": change}


def failed_records(*records: LambdaEvent) -> list[str]:
    response = service_module("workers", "circles").relay({"Records": list(records)}, Context())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_only_the_pending_events_that_a_write_added_are_published(bus: RecordingBus) -> None:
    one, two = "MembershipChanged:evt_1", "MembershipChanged:evt_2"
    assert (
        failed_records(member_change(1, one), member_change(2, one, one), member_change(3, two, one), member_change(4, two, ""))
        == []
    )
    assert bus.ids == ["evt_1", "evt_2", "evt_2"]
    assert failed_records(member_change(5, "MembershipChanged:evt_3 MembershipChanged:evt_4", "MembershipChanged:evt_3")) == []
    assert bus.ids[3:] == ["evt_4"]


def test_an_event_is_published_with_its_whole_envelope(bus: RecordingBus) -> None:
    failed_records(member_change(1, "MembershipChanged:evt_1"))
    ((entry,),) = bus.calls
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == (
        "coterie.circles",
        "MembershipChanged",
        "coterie-test-bus",
    )
    assert json.loads(entry["Detail"]) == {
        "id": "evt_1",
        "name": "MembershipChanged",
        "source": "coterie.circles",
        "schema_version": 1,
        "entity_id": "c/1",
        "entity_version": 1_772_683_200_125,
        "occurred_at": "2026-03-05T04:00:00.125Z",
        "correlation_id": "trace-relay",
        "data": {
            "circle_id": "c",
            "user_id": "1",
            "role": "newcomer",
            "state": "member",
            "member_since": "2026-03-05T04:00:00.125Z",
            "invited_by": "",
            "needs_approval": False,
            **dict.fromkeys(("approved_at", "excluded_at", "muted_until")),
        },
    }


def test_events_are_published_in_batches_of_ten(bus: RecordingBus) -> None:
    assert failed_records(*(member_change(n, f"MembershipChanged:evt_{n}") for n in range(23))) == []
    assert [len(call) for call in bus.calls] == [10, 10, 3]
    assert bus.ids == [f"evt_{n}" for n in range(23)]


@pytest.mark.parametrize("failing", [{3}, {13}, {17, 12}, {22}])
def test_an_event_that_the_bus_rejects_three_times_is_set_aside_with_its_record(
    gateway: Gateway, bus: RecordingBus, failing: set[int]
) -> None:
    records = [member_change(n, f"MembershipChanged:evt_{n}") for n in range(23)]
    bus.failing = {f"evt_{n}" for n in failing}
    assert failed_records(*records) == []
    assert [bus.ids.count(f"evt_{n}") for n in range(23)] == [3 if n in failing else 1 for n in range(23)]
    aside = [json.loads(message["Body"]) for message in gateway.cloud.failed_messages("circles")]
    expected = {"function": "coterie-test-circles", "reason": "MalformedDetail"}
    assert aside == [{**expected, "record": records[n]} for n in sorted(failing)]


def test_an_event_that_cannot_be_built_is_set_aside(gateway: Gateway, bus: RecordingBus) -> None:
    records = [member_change(n, f"MembershipChanged:evt_{n}") for n in range(5)]
    del records[2]["dynamodb"]["NewImage"]["state"]
    assert failed_records(*records) == []
    assert bus.ids == ["evt_0", "evt_1", "evt_3", "evt_4"]
    assert len(gateway.cloud.failed_messages("circles")) == 1


# what is derived from the stream


def test_c14_counters_are_aggregated_from_the_stream_once(api: ApiFixture) -> None:
    gateway = api.gateway
    before = api.call(named("get_note"), api.users["owner"]).body
    for user in ("owner", "moderator", "member"):
        for _ in range(2):
            assert api.call(named("like_note"), api.users[user]).status == 204
    api.call(named("unlike_note"), api.users["member"])
    api.call(named("add_comment"), api.users["member"])
    records = gateway.cloud.records("circles")
    for batch in (records[:3], records[:3], records, records):  # a retry starts at the same record
        assert service_module("workers", "circles").on_change({"Records": batch}, Context()) == {"batchItemFailures": []}
    after = api.call(named("get_note"), api.users["owner"]).body
    assert (after["likes"] - before["likes"], after["comments"] - before["comments"]) == (2, 1)


@pytest.mark.parametrize("service", ["review", "circles"])
def test_a_failing_change_is_set_aside_and_all_others_are_stored(api: ApiFixture, service: str) -> None:
    entry = '[1, "2026-03-05T04:00:00.125Z", "a", "kicked", "d", "' + "0" * 64 + '"]'

    def change(number: int, audit: str) -> LambdaEvent:
        key = {"pk": f"THING#{number}", "sk": "REVIEWER"}  # no act of this kind counts in a report
        image = wire_item({**key, "audit": audit})
        return {"dynamodb": {"Keys": wire_item(key), "NewImage": image, "SequenceNumber": f"sequence-{number}"}}

    records = [change(n, "{" if n == 52 else entry) for n in range(60)]
    response = service_module("workers", service).on_change({"Records": records}, Context())
    assert response == {"batchItemFailures": []}
    stored = {key[0] for key in api.gateway.cloud.items(service) if key[0].startswith("AUDIT#THING")}
    assert stored >= {f"AUDIT#THING#{n}|REVIEWER" for n in range(60) if n != 52}
    (aside,) = api.gateway.cloud.failed_messages(service)
    assert json.loads(aside["Body"])["record"] == records[52]


def test_c7_a_thousand_wrong_passcodes_raise_one_alarm(api: ApiFixture) -> None:
    """The wrong guesses of all networks are aggregated; the alarm is an event of that counter."""

    def guesses(number: int, old: int, new: int) -> LambdaEvent:
        key = {"pk": f"NETWORK#203.0.{number}.0/24", "sk": "GUESSES#2026-03-05T04:00:00.000Z"}
        images = {"OldImage": wire_item({**key, "wrong_guesses": old}), "NewImage": wire_item({**key, "wrong_guesses": new})}
        return {"dynamodb": {"Keys": wire_item(key), "SequenceNumber": f"guess-{number}-{new}", **images}}

    workers = service_module("workers", "circles")
    assert workers.on_change({"Records": [guesses(n, 0, 99) for n in range(10)]}, Context()) == {"batchItemFailures": []}
    alarm = ("ALARM", "2026-03-05T04:00:00.000Z")
    assert alarm not in api.gateway.cloud.items("circles")
    for n in (1, 2):
        workers.on_change({"Records": [guesses(n, 99, 109)]}, Context())
    item = api.gateway.cloud.items("circles")[alarm]
    assert item["wrong_guesses"] == 1000
    assert item["outbox"].startswith("GuessingAlarmRaised:evt_")
    api.gateway.run_streams()
