"""The environment, clients and ports of the review service, built once per cold start."""

from __future__ import annotations

from functools import cache, partial

from services.review.adapters import evidence as evidence_buckets
from services.review.settings import settings
from services.review.usecases import Ports
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
from services.shared.security.vault import KmsVault
from services.shared.table import dynamo
from services.shared.table.settings import refresh


class ReviewEnvironment(Environment):
    """The environment of the review service.

    vault_key: the KMS key that encrypts personal data.
    evidence_bucket: the platform's bucket of reported pictures.
    facts_bucket: the archive of facts; empty in a function that does not write it.
    """

    vault_key: NonEmpty
    evidence_bucket: NonEmpty
    facts_bucket: str = ""


@cache
def environment() -> ReviewEnvironment:
    return ReviewEnvironment.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(environment().table, dynamo.client())


@cache
def encryption_vault() -> KmsVault:
    return KmsVault(environment().vault_key, cache(partial(aws.client, "kms")))


@cache
def evidence() -> evidence_buckets.EvidenceBucket:
    return evidence_buckets.EvidenceBucket(environment().evidence_bucket, aws.client("s3", signature_version="s3v4"))


def key_ring(name: str) -> KeyRing:
    return StoredKeyRing(f"{environment().secrets}/{name}")


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
    return Ports(
        table=table(),
        clock=utc_now,
        new_id=new_id,
        identity_keys=key_ring("identity"),
        verifier_keys=key_ring("verifier"),
        grant_keys=key_ring("grants"),
        metric_keys=key_ring("metrics"),
        vault=encryption_vault(),
        evidence=evidence(),
        exports=exports(),
    )


@cache
def exports() -> PartBucket:
    at = environment()
    return PartBucket(at.exports_bucket, at.account, cache(partial(aws.client, "s3")))


@cache
def facts() -> PartBucket:
    at = environment()
    return PartBucket(at.facts_bucket, at.account, cache(partial(aws.client, "s3")))


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
