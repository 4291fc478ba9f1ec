"""The environment, clients and ports of the chat service, built once per cold start."""

from __future__ import annotations

import os
import secrets
from functools import cache, partial
from typing import TYPE_CHECKING

import boto3

from services.chat.adapters.kept_sockets import Endpoint
from services.chat.adapters.push_parts import LambdaPushParts
from services.chat.adapters.sockets import GatewaySockets
from services.chat.adapters.web_push import HttpWebPush
from services.chat.settings import settings
from services.chat.usecases import Ports
from services.shared.http.ports import HttpPorts
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.environment import NonEmpty
from services.shared.kernel.ids import new_id
from services.shared.messaging.failures import FailureQueue
from services.shared.messaging.relay import Bus
from services.shared.pictures.bucket import Bucket
from services.shared.pictures.environment import PictureEnvironment
from services.shared.pictures.upload_queue import UploadQueue
from services.shared.pictures.urls import PictureUrls
from services.shared.security.archive import BucketArchive
from services.shared.security.keys import KeyRing, StoredKeyRing
from services.shared.security.tokens import TokenRules
from services.shared.table import dynamo
from services.shared.table.settings import refresh

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ChatEnvironment(PictureEnvironment):
    """The environment of the chat service.

    socket_endpoint: the address of the WebSocket API that pushes are posted to.
    push_function: the function that a part of a push is handed to; empty in a function that pushes to no room.
    push_contact: where a push service writes to the operator; empty in a function that sends no web push.
    """

    socket_endpoint: NonEmpty
    push_contact: str = ""
    push_function: str = ""


@cache
def environment() -> ChatEnvironment:
    return ChatEnvironment.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(environment().table, dynamo.client())


@cache
def sockets() -> GatewaySockets:
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise RuntimeError("this function has no AWS credentials to sign pushes with")
    return GatewaySockets(Endpoint(environment().socket_endpoint), os.environ["AWS_REGION"], credentials)


def key_ring(name: str) -> KeyRing:
    return StoredKeyRing(f"{environment().secrets}/{name}")


def attribution_keys() -> KeyRing:
    """Return the key ring of commerce that signs where a reader saw a product card."""
    return StoredKeyRing(environment().attribution_keys)


@cache
def token_rules() -> TokenRules:
    at = environment()
    return TokenRules.parse(at.token_claims, at.groups_claim, at.staff_claims)


def http_ports() -> HttpPorts:
    refresh(settings, table(), utc_now())
    change_rate = settings().rate("change")
    return HttpPorts(table(), utc_now, key_ring("cursor"), key_ring("id"), change_rate, token_rules())


def new_secret(prefix: str) -> str:
    """Return a random secret of 160 bits."""
    return f"{prefix}_{secrets.token_urlsafe(20)}"


def ports() -> Ports:
    """Return the ports. Every entry calls this once per invocation, so it also reads the settings again if they are old."""
    refresh(settings, table(), utc_now())
    stores = (pictures(), picture_addresses(), evidence(), attribution_keys())
    return Ports(
        table(), utc_now, new_id, new_secret, key_ring("ticket"), sockets(), exports(), web_push(), push_parts(), *stores
    )


@cache
def push_parts() -> LambdaPushParts:
    return LambdaPushParts(environment().push_function, cache(partial(aws.client, "lambda")))


@cache
def web_push() -> HttpWebPush:
    return HttpWebPush(key_ring("push"), environment().push_contact)


@cache
def s3() -> S3Client:
    client: S3Client = aws.client("s3", signature_version="s3v4")
    return client


@cache
def exports() -> Bucket:
    return Bucket(environment().exports_bucket, environment().account, s3)


@cache
def pictures() -> Bucket:
    return Bucket(environment().pictures_bucket, environment().account, s3)


@cache
def evidence() -> Bucket:
    return Bucket(environment().evidence_bucket, environment().account, s3)


@cache
def picture_addresses() -> PictureUrls:
    return environment().picture_urls(key_ring("pictures"), s3)


@cache
def upload_queue() -> UploadQueue:
    return UploadQueue(environment().picture_queue, aws.client("sqs"))


@cache
def archive() -> BucketArchive:
    at = environment()
    return BucketArchive(at.archive_bucket, at.account, s3())


@cache
def bus() -> Bus:
    return Bus(environment().bus, aws.client("events"))


@cache
def failures() -> FailureQueue:
    at = environment()
    return FailureQueue(at.failure_queue, at.aws_lambda_function_name, cache(partial(aws.client, "sqs")))
