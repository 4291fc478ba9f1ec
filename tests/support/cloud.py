"""The services' own surroundings over moto: tables and rules as the templates have them, keys, bucket, bus and inboxes."""

from __future__ import annotations

import base64
import importlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from unittest import mock

import boto3
from aws_lambda_powertools.utilities import parameters
from moto import mock_aws

from services.shared.table import Item
from tests.infra.templates import resources
from tests.support.worlds import FakeSockets

BUS = "coterie-test-bus"
PICTURES = "coterie-test-pictures"
KEYS = {"review": ("cursor", "id", "person"), "circles": ("cursor", "id", "passcode"), "chat": ("cursor", "id", "ticket")}
Dump = dict[tuple[str, str], dict[str, Any]]


@dataclass
class Cloud:
    """One table, one parameter of keys and, where the template has rules, one inbox for each service; `bus` joins them."""

    queues: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    written: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @cached_property
    def dynamodb(self) -> Any:
        return boto3.client("dynamodb")

    @cached_property
    def streams(self) -> Any:
        return boto3.client("dynamodbstreams")

    @cached_property
    def sqs(self) -> Any:
        return boto3.client("sqs")

    @cached_property
    def s3(self) -> Any:
        return boto3.client("s3")

    def dump(self, service: str) -> Dump:
        """Every item of a service's table, as it lies on the wire."""
        found: Dump = {}
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=table_of(service)):
            found |= {(item["pk"]["S"], item["sk"]["S"]): item for item in page["Items"]}
        return found

    def records(self, service: str) -> list[dict[str, Any]]:
        """Stream records that came since the last call, as Lambda gets them: all that was written meanwhile."""
        answer = self.streams.get_records(ShardIterator=self.cursors[service])
        self.cursors[service] = answer["NextShardIterator"]
        self.written.setdefault(service, []).extend(answer["Records"])
        return list(answer["Records"])

    def undo(self, service: str, since: int) -> None:
        """Take back what was written since a table's history was `since` records long."""
        self.records(service)
        owed = self.written[service][since:]
        for record in reversed(owed):
            change = record["dynamodb"]
            if old := change.get("OldImage"):
                self.dynamodb.put_item(TableName=table_of(service), Item=old)
            else:
                self.dynamodb.delete_item(TableName=table_of(service), Key=change["Keys"])
        if owed:
            self.records(service)

    def put(self, service: str, item: Item) -> None:
        module("wiring", service).table().put(item, when=None)

    def letters(self, service: str) -> list[dict[str, Any]]:
        """Messages of a service's inbox, as Lambda gets them."""
        found = []
        while batch := self.sqs.receive_message(QueueUrl=self.queues[service], MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                self.sqs.delete_message(QueueUrl=self.queues[service], ReceiptHandle=message["ReceiptHandle"])
                found.append({"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs"})
        return found


def module(name: str, service: str) -> Any:
    return importlib.import_module(f"services.{service}.{name}")


def table_of(service: str) -> str:
    return f"coterie-test-{service}"


@contextmanager
def cloud(sockets: FakeSockets) -> Iterator[Cloud]:
    """A fresh cloud with the services wired to it for real; only posts to sockets go to `sockets`."""
    with mock_aws():
        made = Cloud()
        made.s3.create_bucket(Bucket=PICTURES)
        boto3.client("events").create_event_bus(Name=BUS)
        for service in KEYS:
            _make_table(made, service)
            _make_keys(service)
            _make_inbox(made, service)
            _wire(service)
        with mock.patch.object(module("wiring", "chat"), "sockets", lambda: sockets):
            yield made


def _make_table(made: Cloud, service: str) -> None:
    (declared,) = resources(service, "DynamoDB::Table").values()
    wanted = {
        name: declared[name] for name in ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes") if name in declared
    }
    stream = {"StreamEnabled": True, **declared.get("StreamSpecification", {"StreamViewType": "NEW_AND_OLD_IMAGES"})}
    table = made.dynamodb.create_table(
        TableName=table_of(service), BillingMode="PAY_PER_REQUEST", StreamSpecification=stream, **wanted
    )
    arn = table["TableDescription"]["LatestStreamArn"]
    (shard,) = made.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    made.cursors[service] = made.streams.get_shard_iterator(**place)["ShardIterator"]


def _make_keys(service: str) -> None:
    rings = {
        name: {"current": "k1", "keys": {"k1": base64.b64encode(f"{service} {name}".encode() * 3).decode()}}
        for name in KEYS[service]
    }
    name = f"/coterie/test/{service}/keys"
    boto3.client("ssm").put_parameter(Name=name, Type="SecureString", Value=json.dumps(rings), Overwrite=True)


def _make_inbox(made: Cloud, service: str) -> None:
    events = boto3.client("events")
    for name, rule in resources(service, "Events::Rule").items():
        queue = made.queues.setdefault(service, made.sqs.create_queue(QueueName=f"{service}-inbox")["QueueUrl"])
        arn = made.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=f"{service}-{name}", EventBusName=BUS, EventPattern=json.dumps(rule["EventPattern"]))
        events.put_targets(Rule=f"{service}-{name}", EventBusName=BUS, Targets=[{"Id": "inbox", "Arn": arn}])


def _wire(service: str) -> None:
    """Let a service read its environment, as at a cold start; what a former cloud left is forgotten."""
    wiring = module("wiring", service)
    for part in vars(wiring).values():
        if hasattr(part, "cache_clear"):
            part.cache_clear()
    parameters.clear_caches()
    told = {
        "TABLE": table_of(service),
        "SECRETS": f"/coterie/test/{service}/keys",
        "BUS": BUS,
        "PICTURES_BUCKET": PICTURES,
        "SOCKET_ENDPOINT": "https://sockets.example/live",
    }
    with mock.patch.dict(os.environ, told):
        wiring.settings()
