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

from infra.templates import resources
from simulation.simulation import FakePayments, FakeSockets

BUS = "coterie-test-bus"
PICTURES = "coterie-test-pictures"
ARCHIVE = "coterie-test-archive"
KEYS = {
    "review": ("cursor", "id", "person", "verifier"),
    "circles": ("cursor", "id", "passcode"),
    "chat": ("cursor", "id", "ticket"),
    "commerce": ("cursor", "id", "webhook"),
}
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
LONG = 200  # stream records; moto copies a table with its whole stream at every transaction
Dump = dict[tuple[str, str], dict[str, Any]]


@dataclass
class Cloud:
    """One table, one parameter of keys and, where the template has rules, one inbox for each service; a bus joins them.

    `written` is what each table's stream told; `touched` are the tables that somebody has tried to write to since."""

    queues: dict[str, str] = field(default_factory=dict)
    shards: dict[str, dict[str, str]] = field(default_factory=dict)
    written: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
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

    def dump(self, service: str) -> Dump:
        """Every item of a service's table, as it lies on the wire."""
        found: Dump = {}
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=table_of(service)):
            found |= {(item["pk"]["S"], item["sk"]["S"]): item for item in page["Items"]}
        return found

    def records(self, service: str) -> list[dict[str, Any]]:
        """Stream records that came since the last call, as Lambda gets them: all that was written meanwhile.

        An iterator is asked for anew each time: moto's lose their stream when a transaction is cancelled."""
        if table_of(service) not in self.touched:
            return []
        known = self.written[service]
        place = {"ShardIteratorType": "TRIM_HORIZON"}
        if known:
            last = known[-1]["dynamodb"]["SequenceNumber"]
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        iterator = self.streams.get_shard_iterator(**self.shards[service], **place)["ShardIterator"]
        found = self.streams.get_records(ShardIterator=iterator)["Records"]
        self.touched.discard(table_of(service))
        known.extend(found)
        return list(found)

    def undo(self, service: str, since: int) -> None:
        """Take back what was written since a table's history was `since` records long."""
        self.records(service)
        for record in reversed(self.written[service][since:]):
            change = record["dynamodb"]
            if old := change.get("OldImage"):
                self.dynamodb.put_item(TableName=table_of(service), Item=old)
            else:
                self.dynamodb.delete_item(TableName=table_of(service), Key=change["Keys"])
        self.records(service)
        if len(self.written[service]) > LONG:
            kept = self.dump(service)
            self.dynamodb.delete_table(TableName=table_of(service))
            self.make_table(service, kept)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever is written inside is taken back at the end."""
        for service in KEYS:
            self.records(service)
        before = {service: len(self.written[service]) for service in KEYS}
        yield
        for service, since in before.items():
            self.undo(service, since)

    def make_table(self, service: str, items: Dump) -> None:
        """A table as the template declares it, with a stream that begins after these items."""
        name, (declared,) = table_of(service), resources(service, "DynamoDB::Table").values()
        wanted = {
            one: declared[one] for one in ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes") if one in declared
        }
        self.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **wanted)
        for item in items.values():
            self.dynamodb.put_item(TableName=name, Item=item)
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        table = self.dynamodb.update_table(TableName=name, StreamSpecification=stream)
        arn = table["TableDescription"]["LatestStreamArn"]
        (shard,) = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self.shards[service] = {"StreamArn": arn, "ShardId": shard["ShardId"]}
        self.written[service] = []
        self.touched.discard(name)

    def watch(self) -> None:
        """Note the table of every write that any client made from now on tries."""
        boto3.setup_default_session()
        for operation in WRITES:
            boto3.DEFAULT_SESSION.events.register(f"provide-client-params.dynamodb.{operation}", self._note)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        parts = [part for item in params.get("TransactItems", []) for part in item.values()] or [params]
        self.touched |= {part["TableName"] for part in parts}

    def letters(self, service: str) -> list[dict[str, Any]]:
        """Messages of a service's inbox, as Lambda gets them."""
        found = []
        while batch := self.sqs.receive_message(QueueUrl=self.queues[service], MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                self.sqs.delete_message(QueueUrl=self.queues[service], ReceiptHandle=message["ReceiptHandle"])
                found.append({"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs"})
        return found


def key_of(service: str, name: str) -> bytes:
    """The key of a ring, as these tests make it."""
    return f"{service} {name}".encode() * 3


def module(name: str, service: str) -> Any:
    return importlib.import_module(f"services.{service}.{name}")


def table_of(service: str) -> str:
    return f"coterie-test-{service}"


@contextmanager
def cloud(sockets: FakeSockets) -> Iterator[Cloud]:
    """A fresh cloud with the services wired to it for real; only posts to sockets go to `sockets`, and
    payments to a provider in process."""
    with mock_aws():
        made = Cloud()
        made.watch()
        made.s3.create_bucket(Bucket=PICTURES)
        boto3.client("events").create_event_bus(Name=BUS)
        made.s3.create_bucket(Bucket=ARCHIVE)
        vault_key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        for service in KEYS:
            made.make_table(service, {})
            _make_keys(service)
            _make_inbox(made, service)
            _wire(service, vault_key)
        payments = FakePayments()
        posts = mock.patch.object(module("wiring", "chat"), "sockets", lambda: sockets)
        provider = mock.patch.object(module("wiring", "commerce"), "payments", lambda: payments)
        with posts, provider:
            yield made
    boto3.setup_default_session()


def _make_keys(service: str) -> None:
    rings = {
        name: {"current": "k1", "keys": {"k1": base64.b64encode(key_of(service, name)).decode()}} for name in KEYS[service]
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


def _wire(service: str, vault_key: str) -> None:
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
        "ARCHIVE_BUCKET": ARCHIVE,
        "VAULT_KEY": vault_key,
        "SOCKET_ENDPOINT": "https://sockets.example/live",
        "PROVIDER_URL": "https://provider.example",
    }
    with mock.patch.dict(os.environ, told):
        wiring.settings()
