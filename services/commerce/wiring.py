"""The environment, clients and ports of the commerce service, built once per cold start."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

import urllib3

from services.commerce.adapters.payments import GuardedPaymentProvider, HttpPaymentProvider
from services.commerce.repository.provider_calls import ProviderCalls
from services.commerce.settings import settings
from services.commerce.usecases import Ports
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
from services.shared.security.vault import KmsVault
from services.shared.table import dynamo
from services.shared.table.settings import refresh

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class CommerceEnvironment(PictureEnvironment):
    """The environment of the commerce service.

    provider_url: the address of the payment provider's API.
    vault_key: the KMS key that encrypts addresses.
    """

    provider_url: NonEmpty
    vault_key: NonEmpty


@cache
def environment() -> CommerceEnvironment:
    return CommerceEnvironment.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(environment().table, dynamo.client())


@cache
def payments() -> GuardedPaymentProvider:
    provider = HttpPaymentProvider(environment().provider_url, urllib3.PoolManager())
    return GuardedPaymentProvider(provider, ProviderCalls(table()))


@cache
def encryption_vault() -> KmsVault:
    return KmsVault(environment().vault_key, cache(partial(aws.client, "kms")))


def key_ring(name: str) -> KeyRing:
    return StoredKeyRing(f"{environment().secrets}/{name}")


def grant_keys() -> KeyRing:
    """Return the key ring of review by which read grants are verified."""
    return StoredKeyRing(environment().grant_keys)


@cache
def token_rules() -> TokenRules:
    at = environment()
    return TokenRules.parse(at.token_claims, at.groups_claim, at.staff_claims)


def http_ports() -> HttpPorts:
    refresh(settings, table(), utc_now())
    change_rate = settings().rate("change")
    return HttpPorts(table(), utc_now, key_ring("cursor"), key_ring("id"), change_rate, token_rules())


def ports() -> Ports:
    """Return the ports. Every entry calls this once per invocation, so it also reads the settings again if they are old."""
    refresh(settings, table(), utc_now())
    stores = (exports(), grant_keys(), pictures(), picture_addresses(), evidence(), encryption_vault())
    payment, webhook_keys = payments(), key_ring("webhook")
    return Ports(
        table(),
        utc_now,
        new_id,
        payment,
        webhook_keys,
        key_ring("coupon"),
        key_ring("traces"),
        key_ring("attribution"),
        *stores,
    )


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
