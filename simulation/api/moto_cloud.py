"""The surroundings of the services over moto: tables and rules from the templates, keys, buckets, bus and inbox queues."""

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

from infra.key_rings import KEY_RINGS, parameter_name
from infra.templates import resources
from services import SERVICES
from simulation.payments import FakePayments
from simulation.sockets import FakeSockets

BUS = "coterie-test-bus"
PICTURES = "coterie-test-pictures"
ARCHIVE = "coterie-test-archive"
EVIDENCE = "coterie-test-evidence"
EXPORTS = "coterie-test-exports"
LOCK: Any = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
MAX_HISTORY = 200  # stream records; moto copies a table with its whole stream at every transaction
Items = dict[tuple[str, str], dict[str, Any]]


@dataclass
class Cloud:
    """A table, a parameter of keys and a failure queue per service, and an inbox queue for each whose template has rules.

    A bus joins them.
    uploads: the queue of uploads that the picture worker postpones.
    shards: where each table's stream is read.
    history: the stream records of each table, since it was created.
    touched: the tables with an attempted write since their stream was last read.
    """

    queues: dict[str, str] = field(default_factory=dict)
    uploads: str = ""
    failures: dict[str, str] = field(default_factory=dict)
    shards: dict[str, dict[str, str]] = field(default_factory=dict)
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

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

    def items(self, service: str) -> Items:
        """Return every item of a service's table in wire format, by key."""
        items: Items = {}
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=table_name(service)):
            items |= {(item["pk"]["S"], item["sk"]["S"]): item for item in page["Items"]}
        return items

    def records(self, service: str) -> list[dict[str, Any]]:
        """Return the stream records since the last call, as Lambda receives them.

        Each call gets a new iterator: moto's iterators lose their stream when a transaction is cancelled.
        """
        if table_name(service) not in self.touched:
            return []
        history = self.history[service]
        position = {"ShardIteratorType": "TRIM_HORIZON"}
        if history:
            last = history[-1]["dynamodb"]["SequenceNumber"]
            position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        iterator = self.streams.get_shard_iterator(**self.shards[service], **position)["ShardIterator"]
        records = self.streams.get_records(ShardIterator=iterator)["Records"]
        self.touched.discard(table_name(service))
        history.extend(records)
        return list(records)

    def revert(self, service: str, since: int) -> None:
        """Undo all writes to a table after its first `since` stream records."""
        self.records(service)
        for record in reversed(self.history[service][since:]):
            change = record["dynamodb"]
            if old := change.get("OldImage"):
                self.dynamodb.put_item(TableName=table_name(service), Item=old)
            else:
                self.dynamodb.delete_item(TableName=table_name(service), Key=change["Keys"])
        self.records(service)
        if len(self.history[service]) > MAX_HISTORY:
            items = self.items(service)
            self.dynamodb.delete_table(TableName=table_name(service))
            self.create_table(service, items)

    @contextmanager
    def reverted(self) -> Iterator[None]:
        """Undo at the end all writes made inside the block."""
        for service in SERVICES:
            self.records(service)
        before = {service: len(self.history[service]) for service in SERVICES}
        yield
        for service, since in before.items():
            self.revert(service, since)

    def create_table(self, service: str, items: Items) -> None:
        """Create a table as the template declares it, with a stream that begins after these items."""
        name, (declared,) = table_name(service), resources(service, "DynamoDB::Table").values()
        wanted = {
            part: declared[part] for part in ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes") if part in declared
        }
        self.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **wanted)
        for item in items.values():
            self.dynamodb.put_item(TableName=name, Item=item)
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        table = self.dynamodb.update_table(TableName=name, StreamSpecification=stream)
        arn = table["TableDescription"]["LatestStreamArn"]
        (shard,) = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self.shards[service] = {"StreamArn": arn, "ShardId": shard["ShardId"]}
        self.history[service] = []
        self.touched.discard(name)

    def watch(self) -> None:
        """Record the table of every attempted write, for all clients that are created from now on."""
        boto3.setup_default_session()
        assert boto3.DEFAULT_SESSION
        for operation in WRITES:
            boto3.DEFAULT_SESSION.events.register(f"provide-client-params.dynamodb.{operation}", self._note)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        parts = [part for item in params.get("TransactItems", []) for part in item.values()] or [params]
        self.touched |= {part["TableName"] for part in parts}

    def queue_messages(self, service: str) -> list[dict[str, Any]]:
        """Receive all messages of a service's inbox queue, as Lambda receives them."""
        return [
            {"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs"}
            for message in self._receive(self.queues[service])
        ]

    def failed_messages(self, service: str) -> list[dict[str, Any]]:
        """Receive all that the functions of a service have set aside."""
        return list(self._receive(self.failures[service]))

    def _receive(self, queue: str) -> Iterator[dict[str, Any]]:
        request = {"QueueUrl": queue, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        while batch := self.sqs.receive_message(**request).get("Messages"):
            for message in batch:
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                yield message


def secret_of(service: str, name: str) -> bytes:
    """Return the key of a ring: the same in every run."""
    return f"{service} {name}".encode() * 3


def service_module(name: str, service: str) -> Any:
    return importlib.import_module(f"services.{service}.{name}")


def table_name(service: str) -> str:
    return f"coterie-test-{service}"


@contextmanager
def open_cloud(sockets: FakeSockets) -> Iterator[Cloud]:
    """Open a new cloud and wire the services to it; posts to sockets and payments go to stand-ins in process."""
    with mock_aws():
        cloud = Cloud()
        cloud.watch()
        cloud.s3.create_bucket(Bucket=PICTURES)
        boto3.client("events").create_event_bus(Name=BUS)
        cloud.s3.create_bucket(Bucket=ARCHIVE, ObjectLockEnabledForBucket=True)
        cloud.s3.put_object_lock_configuration(Bucket=ARCHIVE, ObjectLockConfiguration=LOCK)
        cloud.s3.create_bucket(Bucket=EVIDENCE)
        cloud.s3.create_bucket(Bucket=EXPORTS)
        vault_key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        cloud.uploads = cloud.sqs.create_queue(QueueName="picture-inbox")["QueueUrl"]
        for service in SERVICES:
            cloud.create_table(service, {})
            _create_keys(service)
            _create_inbox(cloud, service)
            cloud.failures[service] = cloud.sqs.create_queue(QueueName=f"{service}-failed")["QueueUrl"]
            _wire(service, vault_key, cloud)
        payments = FakePayments()
        posts = mock.patch.object(service_module("wiring", "chat"), "sockets", lambda: sockets)
        provider = mock.patch.object(service_module("wiring", "commerce"), "payments", lambda: payments)
        with posts, provider:
            yield cloud
    boto3.setup_default_session()


def _create_keys(service: str) -> None:
    for name in KEY_RINGS[service]:
        ring = {"current": "k1", "keys": {"k1": base64.b64encode(secret_of(service, name)).decode()}}
        parameter = parameter_name("test", service, name)
        boto3.client("ssm").put_parameter(Name=parameter, Type="SecureString", Value=json.dumps(ring), Overwrite=True)


def _create_inbox(cloud: Cloud, service: str) -> None:
    events = boto3.client("events")
    for name, rule in resources(service, "Events::Rule").items():
        queue = cloud.queues.setdefault(service, cloud.sqs.create_queue(QueueName=f"{service}-inbox")["QueueUrl"])
        arn = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=f"{service}-{name}", EventBusName=BUS, EventPattern=json.dumps(rule["EventPattern"]))
        events.put_targets(Rule=f"{service}-{name}", EventBusName=BUS, Targets=[{"Id": "inbox", "Arn": arn}])


def _wire(service: str, vault_key: str, cloud: Cloud) -> None:
    """Let a service read its environment, as at a cold start, without what an earlier cloud left in its caches."""
    wiring = service_module("wiring", service)
    for part in vars(wiring).values():
        if hasattr(part, "cache_clear"):
            part.cache_clear()
    parameters.clear_caches()  # type: ignore[no-untyped-call]
    environment = {
        "TABLE": table_name(service),
        "SECRETS": f"/coterie/test/{service}/keys",
        "ACCOUNT": "123456789012",  # that moto simulates
        "BUS": BUS,
        "FAILURE_QUEUE": cloud.failures[service],
        "PICTURE_QUEUE": cloud.uploads,
        "AWS_LAMBDA_FUNCTION_NAME": f"coterie-test-{service}",
        "PICTURES_BUCKET": PICTURES,
        "ARCHIVE_BUCKET": ARCHIVE,
        "EVIDENCE_BUCKET": EVIDENCE,
        "EXPORTS_BUCKET": EXPORTS,
        "VAULT_KEY": vault_key,
        "SOCKET_ENDPOINT": "https://sockets.example/live",
        "PROVIDER_URL": "https://provider.example",
    }
    with mock.patch.dict(os.environ, environment):
        wiring.environment()
