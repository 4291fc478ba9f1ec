"""The operator's commands after an alarm: `redrive`, `republish`, `audit` and `recount`.

They work on the laptop cloud, or on AWS with `--stage NAME`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws import account_of
from infra.deployment import Deployment, scan_pages
from infra.process import LocalFailed
from infra.recount import print_recount
from infra.redrive import redrive
from services import SERVICES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STATES = ("intact", "awaiting redrive", "broken")  # of an audit chain


def republish(deployment: Deployment) -> tuple[dict[str, int], list[str]]:
    """Publish the pending events of every item again. Return how many, by service, and the items that could not be published.

    It is safe at any time, because consumers ignore events that are not newer. It repairs what the stream no longer has.
    """
    from services.shared.messaging.relay import Bus
    from services.shared.messaging.relay import republish as publish_again

    bus = Bus(deployment.outputs["platform"]["BusName"], deployment.client("events"))
    published: dict[str, int] = {}
    failed: list[str] = []
    for service in SERVICES:
        out = deployment.outputs[service]
        publications = importlib.import_module(f"services.{service}.publications").PUBLICATIONS
        pages = scan_pages(deployment.client("dynamodb"), out["TableName"], "outbox")

        def report(item: dict[str, Any], reason: str, service: str = service) -> None:
            failed.append(f"{service} {item['pk']}|{item['sk']}: {reason}")

        published[service] = sum(publish_again(page, publications, bus, report) for page in pages)
    return published, failed


def audit(deployment: Deployment) -> list[Any]:
    """Verify the audit chains and anchors of every service, by names that begin with the service."""
    from services.shared.kernel.clock import utc_now
    from services.shared.security.anchored import verify_anchors
    from services.shared.security.archive import BucketArchive
    from services.shared.security.audit import ChainVerification, verify_chain
    from services.shared.table.dynamo import DynamoTable

    dynamodb: DynamoDBClient = deployment.client("dynamodb")
    bucket, is_locked = deployment.outputs["platform"]["ArchiveName"], deployment.endpoint is None
    archive = BucketArchive(bucket, account_of(deployment.endpoint), deployment.client("s3"), is_locked)
    verifications: list[ChainVerification] = []
    for service in SERVICES:
        name = deployment.outputs[service]["TableName"]
        table = DynamoTable(name, dynamodb)
        chains = [verify_chain(table, image) for page in scan_pages(dynamodb, name, "audit_head") for image in page]
        found = chains + verify_anchors(table, archive, service, chains, utc_now())
        verifications += [replace(one, chain=f"{service} {one.chain}") for one in found]
    return verifications


def _print_audit(deployment: Deployment) -> bool:
    verifications = audit(deployment)
    states = Counter(verification.state for verification in verifications)
    for verification in verifications:
        if verification.state != "intact":
            print(f"{verification.state.upper()}  {verification.chain} at {verification.index}: {verification.reason}")
    print(f"{len(verifications)} audit chains: " + ", ".join(f"{states[state]} {state}" for state in STATES))
    return states["intact"] == len(verifications)


def print_redrive(deployment: Deployment) -> bool:
    results = redrive(deployment)
    width = max(len(result.queue) for result in results)
    print(f"{'queue':{width}}  processed  left  reason")
    for result in results:
        reasons = "; ".join(f"{count} x {reason}" for reason, count in result.left.items())
        print(f"{result.queue:{width}}  {result.processed:9}  {result.left.total():4}  {reasons}")
    return not any(result.left for result in results)


def _print_republish(deployment: Deployment) -> bool:
    published, failed = republish(deployment)
    for line in failed:
        print(f"NOT PUBLISHED  {line}")
    for service, count in published.items():
        print(f"{service}: {count} events published again")
    return not failed


def main() -> None:
    """`python -m infra.operate redrive|republish|audit|recount [--stage NAME] [--correct]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = {"redrive": print_redrive, "republish": _print_republish, "audit": _print_audit}
    parser.add_argument("command", choices=[*commands, "recount"])
    parser.add_argument("--stage", default="", help="a stage on AWS; the laptop cloud by default")
    parser.add_argument("--correct", action="store_true", help="recount: correct the counters that are shown; never money")
    given = parser.parse_args()
    commands["recount"] = partial(print_recount, correct=given.correct)
    try:
        deployment = Deployment.aws(given.stage) if given.stage else Deployment.laptop()
        sys.exit(0 if commands[given.command](deployment) else 1)
    except (LocalFailed, BotoCoreError, ClientError) as failure:
        sys.exit(f"{given.command}: {failure}")


if __name__ == "__main__":
    main()
