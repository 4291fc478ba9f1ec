"""Deployed inbox queues and the bus: poison, redrive, events twice and out of order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import pytest

from demo.client import wait_until
from infra.cloud import Cloud
from infra.deployment import Deployment
from infra.redrive import redrive
from services.chat.domain import MemberState, Participant
from services.chat.repository import participants
from services.shared.kernel.clock import millis, utc_now
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import MembershipChanged, MembershipChangedData
from services.shared.table.dynamo import DynamoTable
from services.shared.table.items import Key
from simulation.users import user_id

pytestmark = pytest.mark.cloud

SOON = 30
COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


@dataclass
class InboxQueue:
    """Chat's inbox queue on the deployed cloud, with its dead-letter queue and the table behind it."""

    cloud: Cloud
    circle_id: str = field(default_factory=lambda: new_id("cir"))
    now: int = field(default_factory=lambda: millis(utc_now()))

    @cached_property
    def sqs(self) -> Any:
        return self.cloud.client("sqs")

    @property
    def urls(self) -> tuple[str, str]:
        out = self.cloud.outputs["chat"]
        return out["InboxUrl"], out["InboxDeadUrl"]

    def event(self, name: str, state: str, version: int = 0) -> MembershipChanged:
        """Return an event of circles about a user. version: its offset from now."""
        data = MembershipChangedData.model_validate(
            {"circle_id": self.circle_id, "user_id": user_id(name), "role": "member", "state": state}
        )
        return MembershipChanged(
            id=new_id("evt"),
            entity_id=f"{self.circle_id}/{user_id(name)}",
            entity_version=self.now + version,
            occurred_at=utc_now(),
            correlation_id="test-queues",
            data=data,
        )

    def send(self, queue: str, *details: Any) -> None:
        """Send messages to a queue in one batch, as the bus does."""
        entries = [
            {"Id": str(number), "MessageBody": detail if isinstance(detail, str) else json.dumps({"detail": detail})}
            for number, detail in enumerate(details)
        ]
        assert not self.sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")

    def count(self, queue: str) -> int:
        attributes = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=COUNTS)["Attributes"]
        return sum(int(attributes[name]) for name in COUNTS)

    def find_participant(self, name: str) -> Participant | None:
        """Return chat's projection of a member."""
        table = DynamoTable(self.cloud.outputs["chat"]["TableName"], self.cloud.client("dynamodb"))
        return participants.find_participant(table, self.circle_id, user_id(name), consistent_read=True)

    @contextmanager
    def retrying_quickly(self) -> Iterator[None]:
        """Let a failed message be delivered again after 1 s instead of 10."""
        inbox, name = self.urls[0], "VisibilityTimeout"
        before = self.sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=[name])["Attributes"]
        self.sqs.set_queue_attributes(QueueUrl=inbox, Attributes={name: "1"})
        try:
            yield
        finally:
            self.sqs.set_queue_attributes(QueueUrl=inbox, Attributes={name: before[name]})


@pytest.fixture
def inbox(deployed: Cloud) -> Iterator[InboxQueue]:
    """The inbox queue; both queues are empty before and after."""
    inbox = InboxQueue(deployed)
    assert [inbox.count(url) for url in inbox.urls] == [0, 0]
    yield inbox
    for url in inbox.urls:
        inbox.sqs.purge_queue(QueueUrl=url)


def test_a_poison_message_is_set_aside_at_once_while_other_messages_pass(inbox: InboxQueue) -> None:
    live, dead = inbox.urls
    event = inbox.event("guest", "member").detail()
    poison = ["not json", {"name": "UnknownEvent"}, {"name": "MembershipChanged", "data": {}}, {**event, "schema_version": 2}]
    inbox.send(live, *poison[:2], *(inbox.event(f"guest-{number}", "member").detail() for number in range(5)), *poison[2:])
    for number in range(5):
        wait_until(partial(inbox.find_participant, f"guest-{number}"), SOON, "another message")
    wait_until(lambda: (inbox.count(live), inbox.count(dead)) == (0, 4) or None, SOON, "the messages in the dead-letter queue")
    reasons = inbox.sqs.receive_message(
        QueueUrl=dead, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
    )
    assert all(message["MessageAttributes"]["reason"]["StringValue"] for message in reasons["Messages"])


def test_a_message_that_fails_five_times_is_a_dead_letter_and_redrive_processes_it_after_its_cause_is_mended(
    inbox: InboxQueue,
) -> None:
    """The member that chat has stored is newer and has lost its state; the item is the cause, not the message."""
    live, dead = inbox.urls
    table = DynamoTable(inbox.cloud.outputs["chat"]["TableName"], inbox.cloud.client("dynamodb"))
    broken = {**participants.participant_key(inbox.circle_id, user_id("poison")).attributes(), "version": 10**14}
    table.put(broken, when=None)
    with inbox.retrying_quickly():
        names = ["guest-0", "guest-1", "poison", "guest-2"]
        inbox.send(live, *(inbox.event(name, "member").detail() for name in names))
        for name in ("guest-0", "guest-1", "guest-2"):
            wait_until(partial(inbox.find_participant, name), SOON, "another message")
        wait_until(lambda: (inbox.count(live), inbox.count(dead)) == (0, 1) or None, 2 * SOON, "the dead letter")
        table.delete(Key.of(broken), when=None)
        moved = {result.queue: result.processed for result in redrive(Deployment(inbox.cloud.endpoint, inbox.cloud.outputs))}
        assert moved[dead.rpartition("/")[2]] == 1
        wait_until(lambda: inbox.find_participant("poison"), SOON, "the redriven message")
    assert inbox.count(dead) == 0


def test_h15_events_over_the_bus_twice_and_out_of_order_leave_the_last_state(inbox: InboxQueue) -> None:
    """3 members, 5 states each, every event twice, shuffled, through the real rule, queue and function."""
    names = [f"guest-{number}" for number in range(3)]
    states = ("member", "kicked", "member", "banned")
    last = {name: ("member", "left", "kicked")[number] for number, name in enumerate(names)}
    events_sent = [
        inbox.event(name, state, version) for name in names for version, state in enumerate((*states, last[name]))
    ] * 2
    random.shuffle(events_sent)
    events = inbox.cloud.client("events")
    bus = inbox.cloud.outputs["platform"]["BusName"]
    for start in range(0, len(events_sent), 10):
        entries = [
            {"EventBusName": bus, "Source": event.SOURCE, "DetailType": event.name(), "Detail": json.dumps(event.detail())}
            for event in events_sent[start : start + 10]
        ]
        assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
    wait_until(lambda: inbox.count(inbox.urls[0]) == 0 or None, SOON, "an empty inbox queue")
    stored = {name: inbox.find_participant(name) for name in names}
    assert {name: (participant.state, participant.version) for name, participant in stored.items() if participant} == {
        name: (MemberState(last[name]), inbox.now + 4) for name in names
    }
    assert inbox.count(inbox.urls[1]) == 0
