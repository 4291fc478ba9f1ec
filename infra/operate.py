"""The operator's commands after an alarm: `redrive`, `republish`, `audit` and `recount`.

They work on the laptop cloud, or on AWS with `--stage NAME`.
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
from infra.cloud import current
from infra.process import LocalFailed
from infra.stacks import Outputs, outputs_of
from services import SERVICES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Deployment:
    """A deployed stage.

    endpoint: the address of a laptop cloud; None means AWS.
    outputs: the outputs of each stack, by its name.
    """

    endpoint: str | None
    outputs: Mapping[str, Mapping[str, str]]

    def client(self, name: str) -> Any:
        return client(name, self.endpoint)

    @classmethod
    def laptop(cls) -> Deployment:
        cloud = current()
        return cls(cloud.endpoint, cloud.outputs)

    @classmethod
    def aws(cls, stage: str) -> Deployment:
        outputs: dict[str, Outputs] = {
            name: outputs_of(client("cloudformation"), f"coterie-{stage}-{name}") for name in ("platform", *SERVICES)
        }
        return cls(None, outputs)


def redrive(deployment: Deployment) -> dict[str, int]:
    """Move every dead letter of an inbox queue back to that queue, and return how many, by service.

    At most as many as there were at the start are moved, so a message that fails again is not moved in a loop.
    """
    sqs: SQSClient = deployment.client("sqs")
    moved = {}
    for service in SERVICES:
        out = deployment.outputs[service]
        if "InboxDeadUrl" in out:
            moved[service] = _move(sqs, out["InboxDeadUrl"], out["InboxUrl"], _count_messages(sqs, out["InboxDeadUrl"]))
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


def republish(deployment: Deployment) -> dict[str, int]:
    """Publish the pending events of every item again, and return how many, by service.

    It is safe at any time, because consumers ignore events that are not newer. It also repairs what the relay could not
    publish: the events are still on their items. So the messages of the relay's failure queue are deleted afterwards.
    """
    from services.shared.messaging.relay import Bus
    from services.shared.messaging.relay import republish as publish_again

    sqs: SQSClient = deployment.client("sqs")
    bus = Bus(deployment.outputs["platform"]["BusName"], deployment.client("events"))
    published = {}
    for service in SERVICES:
        out = deployment.outputs[service]
        if "RelayFailedUrl" not in out:
            continue
        failed = _count_messages(sqs, out["RelayFailedUrl"])
        publications = importlib.import_module(f"services.{service}.publications").PUBLICATIONS
        pages = _pages(deployment.client("dynamodb"), out["TableName"], "outbox")
        published[service] = sum(publish_again(page, publications, bus) for page in pages)
        _delete_messages(sqs, out["RelayFailedUrl"], failed)
    return published


def _delete_messages(sqs: SQSClient, queue: str, most: int) -> None:
    deleted = 0
    while deleted < most:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        if not messages:
            return
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        deleted += len(messages)


def audit(deployment: Deployment) -> list[Any]:
    """Verify every audit chain of every service, and compare the chains with their anchors."""
    from services.review.adapters.archive import BucketArchive
    from services.review.usecases.anchors import verify_anchors
    from services.shared.security.audit import verify_chain
    from services.shared.table.dynamo import DynamoTable

    dynamodb: DynamoDBClient = deployment.client("dynamodb")
    names = [deployment.outputs[service]["TableName"] for service in SERVICES]
    review = deployment.outputs["review"]
    archive = BucketArchive(review["ArchiveName"], deployment.client("s3"))
    chains = [
        verify_chain(DynamoTable(name, dynamodb), image)
        for name in names
        for page in _pages(dynamodb, name, "audit_head")
        for image in page
    ]
    return chains + verify_anchors(DynamoTable(review["TableName"], dynamodb), archive)


def recount(deployment: Deployment) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """Return the tags whose counters differ from the record of all counted changes: (stored, recomputed) by slug."""
    from services.circles.repository.tags import get_counts, iter_count_records, sum_counts
    from services.shared.table.dynamo import DynamoTable

    table = DynamoTable(deployment.outputs["circles"]["TableName"], deployment.client("dynamodb"))
    counted = sum_counts(list(iter_count_records(table)))
    nothing = {"notes": 0, "views": 0}
    pairs = {slug: (get_counts(table, slug), {**nothing, **moved}) for slug, moved in counted.items()}
    return {slug: pair for slug, pair in pairs.items() if pair[0] != pair[1]}


def _print_recount(deployment: Deployment) -> bool:
    wrong = recount(deployment)
    for slug, (stored, recomputed) in wrong.items():
        print(f"DIFFERS  {slug}: {stored} is stored, {recomputed} was counted")
    print("tag counters: " + (f"{len(wrong)} differ from their record" if wrong else "all match their record"))
    return not wrong


def _pages(dynamodb: DynamoDBClient, table: str, attribute: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the items that have the attribute, in pages. Only these commands Scan, because they need the whole table."""
    from services.shared.table.dynamo import from_wire

    scan = dynamodb.get_paginator("scan")
    for page in scan.paginate(TableName=table, FilterExpression=f"attribute_exists({attribute})", ConsistentRead=True):
        yield [from_wire(item) for item in page["Items"]]


def _count_messages(sqs: SQSClient, queue: str) -> int:
    response = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(response["Attributes"]["ApproximateNumberOfMessages"])


def _print_audit(deployment: Deployment) -> bool:
    verifications = audit(deployment)
    broken = [verification for verification in verifications if verification.state != "intact"]
    for verification in broken:
        print(f"BROKEN  {verification.chain} at {verification.index}: {verification.reason}")
    print(f"{len(verifications)} audit chains: {len(verifications) - len(broken)} intact, {len(broken)} broken")
    return not broken


def _print_failed_changes(deployment: Deployment) -> None:
    """Print the failure queues of `on_change`. They name stream records that were not processed in 23 hours."""
    sqs: SQSClient = deployment.client("sqs")
    for service in SERVICES:
        queue = deployment.outputs[service].get("ChangeFailedUrl")
        if queue and (count := _count_messages(sqs, queue)):
            print(f"{service}: {count} failed stream records in {queue}; the messages name stream and sequence numbers")


def _run(command: str, deployment: Deployment) -> bool:
    if command == "audit":
        return _print_audit(deployment)
    if command == "recount":
        return _print_recount(deployment)
    done = redrive(deployment) if command == "redrive" else republish(deployment)
    verb = "dead letters moved back" if command == "redrive" else "events published again"
    for service, count in done.items():
        print(f"{service}: {count} {verb}")
    _print_failed_changes(deployment)
    return True


def main() -> None:
    """`python -m infra.operate redrive|republish|audit|recount [--stage NAME]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["redrive", "republish", "audit", "recount"])
    parser.add_argument("--stage", default="", help="a stage on AWS; the laptop cloud by default")
    given = parser.parse_args()
    try:
        deployment = Deployment.aws(given.stage) if given.stage else Deployment.laptop()
        sys.exit(0 if _run(given.command, deployment) else 1)
    except (LocalFailed, BotoCoreError, ClientError) as failure:
        sys.exit(f"{given.command}: {failure}")


if __name__ == "__main__":
    main()
