"""Deployed streams: a poison record delays no other record, and a redrive processes it after its cause is mended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import pytest

from demo.client import wait_until
from infra.cloud import Cloud
from infra.deployment import Deployment
from infra.recount import correct_counters, recount
from infra.redrive import redrive
from services.chat.repository.participants import find_participant
from services.circles.domain import Member, MemberState, Role
from services.circles.repository.circles import member_to_item
from services.circles.repository.comments import comment_key
from services.circles.repository.notes import note_key
from services.circles.repository.tags import counts_to_item, shard_key
from services.circles.taxonomy import taxonomy
from services.commerce.repository.balances import balance_key
from services.shared.kernel.clock import millis, utc_now
from services.shared.kernel.ids import new_id
from services.shared.security.audit import AuditTrail
from services.shared.table.dynamo import DynamoTable
from services.shared.table.items import Item

pytestmark = pytest.mark.cloud

SOON = 30
A_MINUTE = 60


@dataclass
class CirclesStream:
    """The stream of the circles table on the deployed cloud, and the failure queue of its functions."""

    cloud: Cloud
    circle_id: str = field(default_factory=lambda: new_id("cir"))

    @cached_property
    def table(self) -> DynamoTable:
        return DynamoTable(self.cloud.outputs["circles"]["TableName"], self.cloud.client("dynamodb"))

    @cached_property
    def sqs(self) -> Any:
        return self.cloud.client("sqs")

    @property
    def failed(self) -> str:
        return self.cloud.outputs["circles"]["FailedUrl"]

    def put_note(self, **counters: Any) -> str:
        note_id = new_id("note")
        item = {**note_key(self.circle_id, note_id).attributes(), "id": note_id, "circle_id": self.circle_id, **counters}
        about = {"author": "lin", "text": "x", "tags": [], "pictures": [], "state": "visible", "version": 1, "created_at": 1}
        self.table.put({**item, **about}, when=None)
        return note_id

    def put_comment(self, note_id: str) -> None:
        key = comment_key(self.circle_id, note_id, new_id("com"))
        self.table.put({**key.attributes(), "circle_id": self.circle_id, "note_id": note_id}, when=None)

    def comments(self, note_id: str) -> Any:
        return (self.table.get(note_key(self.circle_id, note_id), consistent_read=True) or {}).get("comments")

    def failures(self) -> list[dict[str, Any]]:
        """Return what is in the failure queue, without removing it."""
        response = self.sqs.receive_message(QueueUrl=self.failed, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [json.loads(message["Body"]) for message in response.get("Messages", [])]

    def reasons(self) -> list[tuple[str, str]]:
        return sorted((failure["function"].rpartition("-")[2], failure["reason"]) for failure in self.failures())

    def redrive(self) -> tuple[int, list[str]]:
        results = redrive(Deployment(self.cloud.endpoint, self.cloud.outputs))
        (result,) = (one for one in results if one.queue == self.failed.rpartition("/")[2])
        return result.processed, list(result.left)

    def wait_for(self, expected: Callable[[], bool], seconds: int, what: str) -> None:
        wait_until(lambda: expected() or None, seconds, what)


@pytest.fixture
def stream(deployed: Cloud) -> Iterator[CirclesStream]:
    stream = CirclesStream(deployed)
    stream.sqs.purge_queue(QueueUrl=stream.failed)
    yield stream
    stream.sqs.purge_queue(QueueUrl=stream.failed)


def test_a_poison_record_of_on_change_delays_no_other_and_is_processed_by_a_redrive(stream: CirclesStream) -> None:
    """The counter of one note is a text, so its comments cannot be counted. The notes beside it are counted."""
    before, poison, after = stream.put_note(), stream.put_note(comments="text"), stream.put_note()
    started = time.monotonic()
    for note_id in (before, before, poison, after, after, after):
        stream.put_comment(note_id)
    stream.wait_for(lambda: (stream.comments(before), stream.comments(after)) == (2, 3), A_MINUTE, "the other notes")
    assert time.monotonic() - started < A_MINUTE
    stream.wait_for(lambda: len(stream.failures()) == 1, SOON, "the poison in the failure queue")
    (failure,) = stream.failures()
    assert failure["function"].endswith("-circles-on-change")
    assert failure["record"]["dynamodb"]["NewImage"]["note_id"] == {"S": poison}
    assert stream.redrive() == (0, [failure["reason"]])
    stream.table.update(note_key(stream.circle_id, poison), remove=["comments"], when=None)
    assert stream.redrive() == (1, [])
    assert (stream.comments(before), stream.comments(poison), stream.comments(after)) == (2, 1, 3)
    assert stream.failures() == []


def test_a_poison_record_of_the_relay_delays_no_other_event(stream: CirclesStream) -> None:
    """A membership without a state: its event and its copies cannot be built. The event after it reaches chat."""
    chat = DynamoTable(stream.cloud.outputs["chat"]["TableName"], stream.cloud.client("dynamodb"))
    started = time.monotonic()
    for name in ("mei", "poison", "hao"):
        stream.table.put(membership(stream.circle_id, name), when=None)
    for name in ("mei", "hao"):
        find = partial(find_participant, chat, stream.circle_id, name, consistent_read=True)
        wait_until(find, A_MINUTE, "another event")
    assert time.monotonic() - started < A_MINUTE
    both = [("change", "KeyError"), ("relay", "KeyError")]  # the names that circles show are copied from the same record
    stream.wait_for(lambda: stream.reasons() == both, SOON, "the poison in the failure queue, from both functions")


def test_make_recount_finds_planted_differences_and_corrects_all_but_money(stream: CirclesStream) -> None:
    """A note, a tag whose counters were edited, a tag that was counted twice, and a balance."""
    deployment = Deployment(stream.cloud.endpoint, stream.cloud.outputs)
    edited, doubled = [tag.slug for tag in list(taxonomy().tags.values())[-2:]]
    ledger = DynamoTable(stream.cloud.outputs["commerce"]["TableName"], stream.cloud.client("dynamodb"))
    account = balance_key(f"planted:{stream.circle_id}", "CNY")
    note_id = stream.put_note(likes=3)
    stream.table.update(shard_key(edited, 1), add={"views": 2}, when=None)
    stream.table.put(counts_to_item({edited: {"views": 1}}, new_id("seq")), when=None)
    stream.table.update(shard_key(doubled, 1), add={"notes": 1}, when=None)
    stream.table.put(counts_to_item({doubled: {"notes": 1}}, new_id("seq")), when=None)
    ledger.update(account, set={"balance": 5}, when=None)
    try:
        found = recount(deployment, wait=lambda _: None)
        key = f"{stream.circle_id} {note_id}"
        assert found.notes[key].difference == {"likes": -3}
        assert (found.tags[edited].difference, found.records[doubled].difference) == ({"views": -1}, {"notes": -1})
        assert found.balances[account.sk].difference == {"balance": -5}
        correct_counters(deployment, found)
        left = recount(deployment, wait=lambda _: None)
        assert key not in left.notes
        assert not {edited, doubled} & (left.tags.keys() | left.records.keys())
        assert left.balances[account.sk] == found.balances[account.sk], "money is only reported"
    finally:
        ledger.delete(account, when=None)


def membership(circle_id: str, name: str) -> Item:
    """Return the item of a member; that of the poison has no state."""
    now = utc_now()
    member = Member(circle_id, name, Role.MEMBER, MemberState.MEMBER, now, millis(now), AuditTrail(salt="salt"))
    pending = {"outbox": f"MembershipChanged:{new_id('evt')}", "event_time": millis(now), "correlation_id": "test"}
    item = {**member_to_item(member), **pending}
    return {key: value for key, value in item.items() if name != "poison" or key != "state"}
