"""The functions that no person calls: inboxes, relays and the keepers of what is derived from a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from services.shared.kernel.ids import derive_id, new_id
from services.shared.table.dynamo import wire_item
from simulation.api.fixture import Stage
from simulation.api.gateway import (
    Context,
    Gateway,
    Handed,
    Person,
)
from simulation.api.moto_cloud import module
from simulation.api.operations import named

# inboxes


def letter(number: int, name: str, data: Handed, entity_id: str = "x", **other: Any) -> Handed:
    """A message as the bus puts it into a queue."""
    envelope = {"id": new_id("evt"), "name": name, "source": "coterie.review", "schema_version": 1, "data": data, **other}
    times = {"entity_version": 10**13, "occurred_at": "2026-03-05T04:00:00.125Z", "correlation_id": "trace-inbox"}
    body = {"detail-type": name, "source": "coterie.review", "detail": {**times, "entity_id": entity_id, **envelope}}
    return {"messageId": f"message-{number}", "body": json.dumps(body), "eventSource": "aws:sqs"}


def seat(number: int) -> Handed:
    owner = Person().user_id
    about = {"cohort": "first-100", "seat": number, "circle_name": "观鸟", "circle_tags": ["观鸟"]}
    application = new_id("app")
    return letter(number, "SeatGranted", {"application_id": application, "applicant_id": owner, **about}, application)


def receive(service: str, *letters: Handed) -> list[str]:
    """The messages that go back to the queue."""
    answer = module("inbox", service).on_inbox({"Records": list(letters)}, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def _circle(one: Handed) -> tuple[str, str]:
    application = json.loads(one["body"])["detail"]["data"]["application_id"]
    return f"CIRCLE#{derive_id('cir', application)}", "CIRCLE"


POISON = {
    "no JSON": {"body": "{"},
    "no envelope": {"body": "{}"},
    "unknown event": letter(0, "CircleExploded", {}),
    "event nobody here takes": letter(
        0, "ApplicationSubmitted", {"application_id": "a", "applicant_id": "b", "state": "submitted"}
    ),
    "broken data": letter(0, "SeatGranted", {"application_id": 7}),
    "no version": {"body": letter(0, "AccountStatusChanged", {})["body"].replace("entity_version", "other")},
}


@pytest.mark.parametrize("kind", POISON)
def test_a_poison_message_goes_back_alone_and_its_neighbours_pass(gateway: Gateway, kind: str) -> None:
    good = [seat(1), seat(2)]
    bad = {"messageId": "message-0", "eventSource": "aws:sqs", "body": POISON[kind]["body"]}
    assert receive("circles", good[0], bad, good[1]) == ["message-0"]
    assert gateway.cloud.dump("circles").keys() >= {_circle(one) for one in good}


def test_a_batch_of_poison_goes_back_whole_and_is_no_crash(gateway: Gateway) -> None:
    bad = [{"messageId": f"message-{n}", "eventSource": "aws:sqs", "body": "{"} for n in range(3)]
    assert receive("circles", *bad) == ["message-0", "message-1", "message-2"]


def test_c1_a_seat_granted_twice_is_one_circle(gateway: Gateway) -> None:
    one = seat(1)
    gateway.cloud.records("circles")
    assert receive("circles", one, one) == []
    assert receive("circles", one) == []
    assert len(gateway.cloud.records("circles")) == 2  # the circle and its owner


def test_an_older_standing_changes_nothing(stage: Stage) -> None:
    member = stage.people["member"]

    def told(version: int, suspended: bool) -> Handed:
        level = "suspended" if suspended else "none"
        data = {"user_id": member.user_id, "level": level, "until": None, "valid_after": 0}
        return letter(1, "AccountStatusChanged", data, member.user_id, entity_version=version)

    for service, name in (("circles", "list_circles"), ("chat", "list_own_rooms")):
        assert receive(service, told(20, True), told(10, False), told(20, False)) == []
        assert stage.ask(named(name), member).status == 401
        assert receive(service, told(30, False)) == []
        assert stage.ask(named(name), member).status == 200


def test_a_newer_publisher_may_add_what_we_do_not_know(gateway: Gateway) -> None:
    one = seat(1)
    body = json.loads(one["body"])
    body["detail"] |= {"schema_version": 2, "added": True}
    body["detail"]["data"]["added"] = "later"
    assert receive("circles", {**one, "body": json.dumps(body)}) == []
    assert _circle(one) in gateway.cloud.dump("circles")


# relays


class RecordingBus:
    """EventBridge's client: keeps what it is sent, ten at most, and refuses what it is told to."""

    def __init__(self) -> None:
        self.calls: list[list[Handed]] = []
        self.refused: set[str] = set()

    def put_events(self, Entries: list[Handed]) -> Handed:
        assert 0 < len(Entries) <= 10
        self.calls.append(Entries)
        details = [json.loads(entry["Detail"]) for entry in Entries]
        answers = [{"ErrorCode": "Busy"} if one["id"] in self.refused else {"EventId": "1"} for one in details]
        return {"FailedEntryCount": sum("ErrorCode" in one for one in answers), "Entries": answers}

    @property
    def ids(self) -> list[str]:
        return [json.loads(entry["Detail"])["id"] for call in self.calls for entry in call]


@pytest.fixture
def bus(gateway: Gateway) -> Iterator[RecordingBus]:
    recording = RecordingBus()
    wiring = module("wiring", "circles")
    real = wiring.bus()
    with mock.patch.object(wiring, "bus", lambda: type(real)(real.name, recording)):
        yield recording


def member_change(number: int, pending_events: str, before: str | None = None) -> Handed:
    """A stream record of a membership that carries these facts, and carried those before."""
    row = {"pk": "CIRCLE#c", "sk": f"MEMBER#{number}", "circle_id": "c", "user_id": str(number), "role": "member"}
    image = {**row, "state": "member", "version": 1_772_683_200_125, "correlation_id": "trace-relay"}
    change = {"Keys": wire_item({name: row[name] for name in ("pk", "sk")}), "SequenceNumber": f"sequence-{number}"}
    change["NewImage"] = wire_item({**image, "outbox": pending_events})
    if before is not None:
        change["OldImage"] = wire_item({**image, "outbox": before} if before else image)
    return {"eventSource": "aws:dynamodb", "dynamodb": change}


def relayed(*records: Handed) -> list[str]:
    answer = module("workers", "circles").relay({"Records": list(records)}, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_only_facts_that_a_write_brought_are_published(bus: RecordingBus) -> None:
    one, two = "MembershipChanged:evt_1", "MembershipChanged:evt_2"
    assert (
        relayed(member_change(1, one), member_change(2, one, one), member_change(3, two, one), member_change(4, two, "")) == []
    )
    assert bus.ids == ["evt_1", "evt_2", "evt_2"]
    assert relayed(member_change(5, "MembershipChanged:evt_3 MembershipChanged:evt_4", "MembershipChanged:evt_3")) == []
    assert bus.ids[3:] == ["evt_4"]


def test_an_event_leaves_with_its_whole_envelope(bus: RecordingBus) -> None:
    relayed(member_change(1, "MembershipChanged:evt_1"))
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
        "occurred_at": "2026-03-05T04:00:00.125000Z",
        "correlation_id": "trace-relay",
        "data": {
            "circle_id": "c",
            "user_id": "1",
            "role": "newcomer",
            "state": "member",
            "invited_by": "",
            "muted_until": None,
        },
    }


def test_events_go_in_tens(bus: RecordingBus) -> None:
    assert relayed(*(member_change(n, f"MembershipChanged:evt_{n}") for n in range(23))) == []
    assert [len(call) for call in bus.calls] == [10, 10, 3]
    assert bus.ids == [f"evt_{n}" for n in range(23)]


@pytest.mark.parametrize(("refused", "first"), [({"evt_3"}, 3), ({"evt_13"}, 13), ({"evt_17", "evt_12"}, 12), ({"evt_22"}, 22)])
def test_a_refused_event_names_its_record_and_stops_there(bus: RecordingBus, refused: set[str], first: int) -> None:
    records = [member_change(n, f"MembershipChanged:evt_{n}") for n in range(23)]
    bus.refused = refused
    assert relayed(*records) == [f"sequence-{first}"]
    assert len(bus.calls) == first // 10 + 1, "what comes after it waits, so that the order stays"
    bus.refused = set()
    assert relayed(*records[first:]) == []
    assert set(bus.ids) == {f"evt_{n}" for n in range(23)}


# what is derived from the stream


def test_c14_counters_are_folded_from_the_stream_once(stage: Stage) -> None:
    gateway = stage.gateway
    before = stage.ask(named("get_note"), stage.people["owner"]).body
    for person in ("owner", "moderator", "member"):
        for _ in range(2):
            assert stage.ask(named("like_note"), stage.people[person]).status == 204
    stage.ask(named("unlike_note"), stage.people["member"])
    stage.ask(named("add_comment"), stage.people["member"])
    records = gateway.cloud.records("circles")
    for batch in (records[:3], records[:3], records, records):  # a retry begins where it began before
        assert module("workers", "circles").on_change({"Records": batch}, Context()) == {"batchItemFailures": []}
    after = stage.ask(named("get_note"), stage.people["owner"]).body
    assert (after["likes"] - before["likes"], after["comments"] - before["comments"]) == (2, 1)


@pytest.mark.parametrize("service", ["review", "circles"])
def test_a_change_that_cannot_be_kept_is_named_and_what_came_before_is_kept(stage: Stage, service: str) -> None:
    """Groups of the stream go on from the first that failed; here the groups are one record, or forty-nine."""
    entry = '[1, "2026-03-05T04:00:00.125Z", "a", "kicked", "d", "' + "0" * 64 + '"]'

    def change(number: int, audit: str) -> Handed:
        key = {"pk": f"THING#{number}", "sk": "THING"}
        image = wire_item({**key, "audit": audit})
        return {"dynamodb": {"Keys": wire_item(key), "NewImage": image, "SequenceNumber": f"sequence-{number}"}}

    broken = [change(n, entry) for n in range(60)] + [change(60, "{")]
    answer = module("workers", service).on_change({"Records": broken}, Context())
    first = {"review": 60, "circles": 49}[service]
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"sequence-{first}"}]}
    kept = {place[0] for place in stage.gateway.cloud.dump(service) if place[0].startswith("AUDIT#THING")}
    assert kept >= {f"AUDIT#THING#{n}|THING" for n in range(first)}


def test_c7_a_thousand_wrong_codes_raise_one_alarm(stage: Stage) -> None:
    """The networks' rows are counted by the stream alone; the alarm is a fact on the platform's row."""

    def guesses(number: int, old: int, new: int) -> Handed:
        key = {"pk": f"NETWORK#203.0.{number}.0/24", "sk": "GUESSES#2026-03-05T04:00:00.000Z"}
        images = {"OldImage": wire_item({**key, "wrong": old}), "NewImage": wire_item({**key, "wrong": new})}
        return {"dynamodb": {"Keys": wire_item(key), "SequenceNumber": f"guess-{number}-{new}", **images}}

    workers = module("workers", "circles")
    assert workers.on_change({"Records": [guesses(n, 0, 99) for n in range(10)]}, Context()) == {"batchItemFailures": []}
    alarm = ("ALARM", "2026-03-05T04:00:00.000Z")
    assert "outbox" not in stage.gateway.cloud.dump("circles")[alarm]
    for n in (1, 2):
        workers.on_change({"Records": [guesses(n, 99, 109)]}, Context())
    row = stage.gateway.cloud.dump("circles")[alarm]
    assert row["wrong"] == {"N": "1010"}
    assert row["outbox"]["S"].startswith("GuessingAlarmRaised:evt_")
    stage.gateway.deliver()
