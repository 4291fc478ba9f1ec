"""The environment, clients and ports of the commerce service, built once per cold start."""

from __future__ import annotations

from functools import cache, partial

import urllib3

from services.commerce.adapters.payments import GuardedPaymentProvider, HttpPaymentProvider
from services.commerce.repository.provider_calls import ProviderCalls
from services.commerce.settings import settings
from services.commerce.usecases import Ports
from services.shared.exports.bucket import PartBucket
from services.shared.http.ports import HttpPorts
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.environment import Environment, NonEmpty
from services.shared.kernel.ids import new_id
from services.shared.messaging.failures import FailureQueue
from services.shared.messaging.relay import Bus
from services.shared.security.archive import BucketArchive
from services.shared.security.keys import KeyRing, StoredKeyRing
from services.shared.security.tokens import TokenRules
from services.shared.table import dynamo
from services.shared.table.settings import refresh


class CommerceEnvironment(Environment):
    """The environment of the commerce service. provider_url: the address of the payment provider's API."""

    provider_url: NonEmpty


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
    return Ports(table(), utc_now, new_id, payments(), key_ring("webhook"), key_ring("coupon"), exports(), grant_keys())


@cache
def exports() -> PartBucket:
    at = environment()
    return PartBucket(at.exports_bucket, at.account, cache(partial(aws.client, "s3")))


@cache
def archive() -> BucketArchive:
    at = environment()
    return BucketArchive(at.archive_bucket, at.account, aws.client("s3", signature_version="s3v4"))


@cache
def bus() -> Bus:
    return Bus(environment().bus, aws.client("events"))


@cache
def failures() -> FailureQueue:
    at = environment()
    return FailureQueue(at.failure_queue, at.aws_lambda_function_name, cache(partial(aws.client, "sqs")))
