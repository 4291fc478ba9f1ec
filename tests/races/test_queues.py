"""Inboxes and bus as they are deployed: poison, redrive, news twice and out of order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

from demo.client import until
from infra.cloud import Cloud
from infra.operate import Place, redrive
from services.chat.domain import AccountStatus, Participant
from services.chat.repository import rooms
from services.shared.kernel.clock import millis, utc_now
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import MembershipChanged, MembershipChangedData
from services.shared.table.dynamo import DynamoTable
from simulation.simulation import user_id

pytestmark = pytest.mark.cloud

SOON = 30
COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


@dataclass
class Inbox:
    """Chat's inbox on the deployed cloud, with what is behind it: its dead-letter queue, its function's table."""

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

    def news(self, name: str, state: str, version: int = 0) -> MembershipChanged:
        """What circles would say of a person, the `version`th time."""
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

    def drop(self, queue: str, *details: Any) -> None:
        """Put letters into a queue by hand, as the bus would: in one batch."""
        entries = [
            {"Id": str(number), "MessageBody": detail if isinstance(detail, str) else json.dumps({"detail": detail})}
            for number, detail in enumerate(details)
        ]
        assert not self.sqs.send_message_batch(QueueUrl=queue, Entries=entries).get("Failed")

    def lying(self, queue: str) -> int:
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=COUNTS)["Attributes"]
        return sum(int(found[name]) for name in COUNTS)

    def standing(self, name: str) -> Participant | None:
        """What chat keeps of a person."""
        table = DynamoTable(self.cloud.outputs["chat"]["TableName"], self.cloud.client("dynamodb"))
        row = table.get(rooms.participant_key(self.circle_id, user_id(name)), consistent_read=True)
        return rooms.participant_from_item(row) if row else None

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """A letter that fails comes again after a second instead of ten."""
        inbox, name = self.urls[0], "VisibilityTimeout"
        before = self.sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=[name])["Attributes"]
        self.sqs.set_queue_attributes(QueueUrl=inbox, Attributes={name: "1"})
        try:
            yield
        finally:
            self.sqs.set_queue_attributes(QueueUrl=inbox, Attributes={name: before[name]})


@pytest.fixture
def inbox(deployed: Cloud) -> Iterator[Inbox]:
    """With both queues empty before and after."""
    found = Inbox(deployed)
    assert [found.lying(url) for url in found.urls] == [0, 0]
    yield found
    for url in found.urls:
        found.sqs.purge_queue(QueueUrl=url)


def test_all_poison_ends_in_the_dead_letters_while_its_neighbours_pass_and_redrive_brings_it_back(inbox: Inbox) -> None:
    live, dead = inbox.urls
    place = Place(inbox.cloud.endpoint, inbox.cloud.outputs)
    poison = ["not json", {"name": "NobodyKnowsThis"}, {"name": "MembershipChanged", "data": {}}]
    with inbox.hurried():
        inbox.drop(live, *poison, *(inbox.news(f"guest-{number}", "member").detail() for number in range(5)))
        for number in range(5):
            until(lambda number=number: inbox.standing(f"guest-{number}"), SOON, "a neighbour")
        assert inbox.lying(dead) == 0
        until(lambda: (inbox.lying(live), inbox.lying(dead)) == (0, 3) or None, SOON, "the dead letters")
        inbox.drop(dead, inbox.news("late", "member").detail())
        assert redrive(place)["chat"] == 4
        until(lambda: inbox.standing("late"), SOON, "what was redriven")
        until(lambda: (inbox.lying(live), inbox.lying(dead)) == (0, 3) or None, SOON, "the poison once more")


def test_h15_news_over_the_bus_twice_and_out_of_order_leaves_the_last(inbox: Inbox) -> None:
    """Three people, five states each, every one twice, shuffled, through the real rule, queue and function."""
    names = [f"guest-{number}" for number in range(3)]
    states = ("member", "kicked", "member", "banned")
    last = {name: ("member", "left", "kicked")[number] for number, name in enumerate(names)}
    letters = [inbox.news(name, state, version) for name in names for version, state in enumerate((*states, last[name]))] * 2
    random.shuffle(letters)
    events = inbox.cloud.client("events")
    bus = inbox.cloud.outputs["platform"]["BusName"]
    for start in range(0, len(letters), 10):
        entries = [
            {
                "EventBusName": bus,
                "Source": letter.SOURCE,
                "DetailType": letter.name(),
                "Detail": json.dumps(letter.detail()),
            }
            for letter in letters[start : start + 10]
        ]
        assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
    until(lambda: inbox.lying(inbox.urls[0]) == 0 or None, SOON, "an empty inbox")
    kept = {name: inbox.standing(name) for name in names}
    assert {name: (row.standing, row.version) for name, row in kept.items() if row} == {
        name: (AccountStatus(last[name]), inbox.now + 4) for name in names
    }
    assert inbox.lying(inbox.urls[1]) == 0
