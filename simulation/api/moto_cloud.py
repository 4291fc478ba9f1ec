"""The surroundings of the services in process: tables in memory; keys, buckets, bus and inbox queues over moto.

Keys, indexes and rules are those of the templates.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any
from unittest import mock

import boto3
from aws_lambda_powertools.utilities import parameters
from jsonpath_ng.ext.parser import parse
from moto import mock_aws
from moto.sqs.models import sqs_backends

from infra.key_rings import KEY_RINGS, parameter_name
from infra.templates import resources
from services import SERVICES
from services.shared.table.items import Item
from simulation.memory import MemoryTable
from simulation.payments import FakePayments
from simulation.push_parts import FakePushParts
from simulation.registry import projections_of
from simulation.sockets import FakeSockets
from simulation.streams import Record, changes_from_images, record_from_change
from simulation.user_pool import TOKEN_CLAIMS, FakeUserPool
from simulation.web_push import FakeWebPush

ACCOUNT = "123456789012"  # that moto simulates
BUS = "coterie-test-bus"
PICTURES = "coterie-test-pictures"
CHAT_PICTURES = "coterie-test-messages"
LISTING_PICTURES = "coterie-test-listings"
BUCKETS = {"chat": CHAT_PICTURES, "commerce": LISTING_PICTURES}  # of pictures; that of circles for the others
PICTURES_DOMAIN = "pictures.example"
ARCHIVE = "coterie-test-archive"
EVIDENCE = "coterie-test-evidence"
EXPORTS = "coterie-test-exports"
LOCK: Any = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}


@dataclass
class Cloud:
    """A table, a parameter of keys and a failure queue per service, and an inbox queue for each whose template has rules.

    A bus joins them.
    tables: in memory, so that a test can undo its writes at once.
    positions: how many changes of each table's stream were read.
    uploads: the queue of uploads that the picture worker postpones. push_parts: the parts of pushes that wait.
    """

    tables: dict[str, MemoryTable] = field(default_factory=dict)
    positions: Counter[str] = field(default_factory=Counter)
    queues: dict[str, str] = field(default_factory=dict)
    uploads: str = ""
    failures: dict[str, str] = field(default_factory=dict)
    push_parts: FakePushParts = field(default_factory=FakePushParts)

    @cached_property
    def sqs(self) -> Any:
        return boto3.client("sqs")

    @cached_property
    def s3(self) -> Any:
        return boto3.client("s3")

    def items(self, service: str) -> dict[tuple[str, str], Item]:
        """Return every item of a service's table, by key."""
        return {(item["pk"], item["sk"]): item for item in self.tables[service].all_items()}

    def records(self, service: str) -> list[Record]:
        """Return the stream records since the last call, as Lambda receives them."""
        position, self.positions[service] = self.positions[service], len(self.tables[service].stream)
        return self.history(service, position)

    def history(self, service: str, since: int = 0) -> list[Record]:
        """Return the stream records after the first `since` ones."""
        changes = changes_from_images(self.tables[service].stream[since:], since)
        return [record_from_change(change) for change in changes]

    @contextmanager
    def reverted(self) -> Iterator[None]:
        """Undo at the end all writes made inside the block."""
        with ExitStack() as stack:
            for service, table in self.tables.items():
                self.records(service)
                stack.callback(self.records, service)
                stack.enter_context(table.reverted())
            yield

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
        while _has_messages(self.sqs, queue):
            for message in self.sqs.receive_message(**request)["Messages"]:
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                yield message


def _has_messages(sqs: Any, queue: str) -> bool:
    """Whether a queue of moto has a message to receive. Most have none: to learn it by a request takes 7 ms."""
    queues = sqs_backends[ACCOUNT][sqs.meta.region_name].queues
    return bool(queues[queue.rpartition("/")[2]].messages)


def secret_of(service: str, name: str) -> bytes:
    """Return the key of a ring: the same in every run."""
    return f"{service} {name}".encode() * 3


def service_module(name: str, service: str) -> Any:
    return importlib.import_module(f"services.{service}.{name}")


def table_name(service: str) -> str:
    return f"coterie-test-{service}"


@contextmanager
def open_cloud(sockets: FakeSockets) -> Iterator[Cloud]:
    """Open a new cloud and wire the services to it. Tables, posts to sockets and payments are stand-ins."""
    with mock_aws(), mock.patch("jsonpath_ng.ext.parse", cache(parse)):  # moto's bus parses per event and rule
        cloud = Cloud()
        cloud.s3.create_bucket(Bucket=PICTURES)
        for bucket in BUCKETS.values():
            cloud.s3.create_bucket(Bucket=bucket)
        boto3.client("events").create_event_bus(Name=BUS)
        cloud.s3.create_bucket(Bucket=ARCHIVE, ObjectLockEnabledForBucket=True)
        cloud.s3.put_object_lock_configuration(Bucket=ARCHIVE, ObjectLockConfiguration=LOCK)
        cloud.s3.create_bucket(Bucket=EVIDENCE)
        cloud.s3.create_bucket(Bucket=EXPORTS)
        vault_key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        cloud.uploads = cloud.sqs.create_queue(QueueName="picture-inbox")["QueueUrl"]
        for service in SERVICES:
            cloud.tables[service] = MemoryTable(projections_of(service))
            _create_keys(service)
            _create_inbox(cloud, service)
            cloud.failures[service] = cloud.sqs.create_queue(QueueName=f"{service}-failed")["QueueUrl"]
            _wire(service, vault_key, cloud)
        replaced = [
            ("chat", "sockets", sockets),
            ("chat", "web_push", FakeWebPush()),
            ("chat", "push_parts", cloud.push_parts),
            ("commerce", "payments", FakePayments()),
            ("circles", "user_pool", FakeUserPool()),
        ]
        replaced += [(service, "table", table) for service, table in cloud.tables.items()]
        with ExitStack() as stack:
            for service, port, stand_in in replaced:
                stack.enter_context(mock.patch.object(service_module("wiring", service), port, _factory_of(stand_in)))
            yield cloud


def _factory_of(stand_in: Any) -> Callable[[], Any]:
    """Return a stand-in for a cached function of the wiring. Each request calls some: a mock takes ten times as long."""
    return cache(lambda: stand_in)


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
        "GRANT_KEYS": parameter_name("test", "review", "grants"),
        "ATTRIBUTION_KEYS": parameter_name("test", "commerce", "attribution"),
        "ACCOUNT": ACCOUNT,
        "BUS": BUS,
        "FAILURE_QUEUE": cloud.failures[service],
        "PICTURE_QUEUE": cloud.uploads,
        "AWS_LAMBDA_FUNCTION_NAME": f"coterie-test-{service}",
        "PICTURES_BUCKET": BUCKETS.get(service, PICTURES),
        "PICTURES_DOMAIN": PICTURES_DOMAIN,
        "PICTURES_KEY_ID": "KTESTKEY",
        "ARCHIVE_BUCKET": ARCHIVE,
        "EVIDENCE_BUCKET": EVIDENCE,
        "EXPORTS_BUCKET": EXPORTS,
        "VAULT_KEY": vault_key,
        "SOCKET_ENDPOINT": "https://sockets.example/live",
        "PROVIDER_URL": "https://provider.example",
        **TOKEN_CLAIMS,
    }
    with mock.patch.dict(os.environ, environment):
        wiring.environment()
