"""What an operator does after an alarm: `redrive` dead letters, `republish` facts, `audit` every chain,
`recount` the counters of tags.

Works on the laptop cloud; with `--stage NAME` on AWS.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws import client
from infra.build import SERVICES
from infra.cloud import current
from infra.process import LocalFailed
from infra.stacks import Outputs, outputs_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Place:
    """Where to work: a laptop cloud's endpoint (None is AWS), and the outputs of each service's stack."""

    endpoint: str | None
    outputs: Mapping[str, Mapping[str, str]]

    def client(self, name: str) -> Any:
        return client(name, self.endpoint)

    @classmethod
    def laptop(cls) -> Place:
        cloud = current()
        return cls(cloud.endpoint, cloud.outputs)

    @classmethod
    def aws(cls, stage: str) -> Place:
        outputs: dict[str, Outputs] = {
            name: outputs_of(client("cloudformation"), f"coterie-{stage}-{name}") for name in ("platform", *SERVICES)
        }
        return cls(None, outputs)


def redrive(place: Place) -> dict[str, int]:
    """Send every dead letter back to its inbox; how many, by service.

    Only as many as lay there at the start: one that dies again meanwhile is not chased in a circle.
    """
    sqs: SQSClient = place.client("sqs")
    moved = {}
    for service in SERVICES:
        out = place.outputs[service]
        if "InboxDeadUrl" in out:
            moved[service] = _move(sqs, out["InboxDeadUrl"], out["InboxUrl"], _waiting(sqs, out["InboxDeadUrl"]))
    return moved


def _move(sqs: SQSClient, dead: str, inbox: str, most: int) -> int:
    moved = 0
    while moved < most:
        messages = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=min(10, most - moved), WaitTimeSeconds=1)
        for message in messages.get("Messages", []):
            sqs.send_message(QueueUrl=inbox, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
        if not messages.get("Messages"):
            break
    return moved


def republish(place: Place) -> dict[str, int]:
    """Emit again every fact that items carry now; how many, by service. Safe at any time: consumers take what is newer.

    A stream record that was given up is gone, but what it told is still on its item. So afterwards the notes of what
    the relay gave up have no more use, and go.
    """
    from services.shared.messaging.relay import Bus
    from services.shared.messaging.relay import republish as emit

    sqs: SQSClient = place.client("sqs")
    bus = Bus(place.outputs["platform"]["BusName"], place.client("events"))
    emitted = {}
    for service in SERVICES:
        out = place.outputs[service]
        if "RelayFailedUrl" not in out:
            continue
        given_up = _waiting(sqs, out["RelayFailedUrl"])
        publications = importlib.import_module(f"services.{service}.publications").PUBLICATIONS
        pages = _pages(place.client("dynamodb"), out["TableName"], "outbox")
        emitted[service] = sum(emit(page, publications, bus) for page in pages)
        _forget(sqs, out["RelayFailedUrl"], given_up)
    return emitted


def _forget(sqs: SQSClient, queue: str, most: int) -> None:
    gone = 0
    while gone < most:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        if not messages:
            return
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        gone += len(messages)


def audit(place: Place) -> list[Any]:
    """The verdict on every audit chain of every service, and whatever differs from an anchor."""
    from services.review.adapters.anchors import BucketArchive, verify_anchors
    from services.shared.security.audit import verify
    from services.shared.table.dynamo import DynamoTable

    dynamodb: DynamoDBClient = place.client("dynamodb")
    names = [place.outputs[service]["TableName"] for service in SERVICES]
    review = place.outputs["review"]
    archive = BucketArchive(review["ArchiveName"], place.client("s3"))
    chains = [
        verify(DynamoTable(name, dynamodb), image)
        for name in names
        for page in _pages(dynamodb, name, "audit_head")
        for image in page
    ]
    return chains + verify_anchors(DynamoTable(review["TableName"], dynamodb), archive)


def recount(place: Place) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """Each tag whose counters differ from the record of everything that was counted: what they are, and what they should be."""
    from services.circles.repository.tags import add_up, get_counts, list_records
    from services.shared.table.dynamo import DynamoTable

    table = DynamoTable(place.outputs["circles"]["TableName"], place.client("dynamodb"))
    counted = add_up(list(list_records(table)))
    nothing = {"notes": 0, "views": 0}
    pairs = {slug: (get_counts(table, slug), {**nothing, **moved}) for slug, moved in counted.items()}
    return {slug: pair for slug, pair in pairs.items() if pair[0] != pair[1]}


def _tell_recount(place: Place) -> bool:
    wrong = recount(place)
    for slug, (kept, counted) in wrong.items():
        print(f"DIFFERS  {slug}: {kept} is kept, {counted} was counted")
    print("tag counters: " + (f"{len(wrong)} differ from their record" if wrong else "all as their record says"))
    return not wrong


def _pages(dynamodb: DynamoDBClient, table: str, attribute: str) -> Iterator[list[dict[str, Any]]]:
    """Every item that has the attribute, page by page: the one place that may Scan, since it wants the whole table."""
    from services.shared.table.dynamo import from_wire

    scan = dynamodb.get_paginator("scan")
    for page in scan.paginate(TableName=table, FilterExpression=f"attribute_exists({attribute})", ConsistentRead=True):
        yield [from_wire(item) for item in page["Items"]]


def _waiting(sqs: SQSClient, queue: str) -> int:
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def _tell_audit(place: Place) -> bool:
    verdicts = audit(place)
    broken = [verdict for verdict in verdicts if verdict.state != "intact"]
    for verdict in broken:
        print(f"BROKEN  {verdict.chain} at {verdict.index}: {verdict.reason}")
    print(f"{len(verdicts)} audit chains: {len(verdicts) - len(broken)} intact, {len(broken)} broken")
    return not broken


def _tell_given_up(place: Place) -> None:
    """What no command brings back: stream records the audit's keeper could not write in 23 hours."""
    sqs: SQSClient = place.client("sqs")
    for service in SERVICES:
        queue = place.outputs[service].get("ChangeFailedUrl")
        if queue and (count := _waiting(sqs, queue)):
            print(f"{service}: {count} notes of changes given up in {queue}: read them, they name stream and sequence numbers")


def _run(command: str, place: Place) -> bool:
    if command == "audit":
        return _tell_audit(place)
    if command == "recount":
        return _tell_recount(place)
    done = redrive(place) if command == "redrive" else republish(place)
    verb = "dead letters sent back" if command == "redrive" else "facts emitted again"
    for service, count in done.items():
        print(f"{service}: {count} {verb}")
    _tell_given_up(place)
    return True


def main() -> None:
    """`python -m infra.operate redrive|republish|audit|recount [--stage NAME]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["redrive", "republish", "audit", "recount"])
    parser.add_argument("--stage", default="", help="a stage on AWS; without it, the laptop cloud")
    given = parser.parse_args()
    try:
        place = Place.aws(given.stage) if given.stage else Place.laptop()
        sys.exit(0 if _run(given.command, place) else 1)
    except (LocalFailed, BotoCoreError, ClientError) as failure:
        sys.exit(f"{given.command}: {failure}")


if __name__ == "__main__":
    main()
