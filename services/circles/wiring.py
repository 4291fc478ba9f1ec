"""The environment, clients and ports of the circles service, built once per cold start."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from services.circles.adapters import user_pool as pools
from services.circles.settings import settings
from services.circles.usecases import Ports
from services.shared.http.ports import HttpPorts
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.environment import NonEmpty
from services.shared.kernel.ids import new_id
from services.shared.messaging.failures import FailureQueue
from services.shared.messaging.relay import Bus
from services.shared.pictures import bucket
from services.shared.pictures import upload_queue as uploads
from services.shared.pictures import urls as picture_urls
from services.shared.pictures.environment import PictureEnvironment
from services.shared.security.archive import BucketArchive
from services.shared.security.keys import KeyRing, StoredKeyRing
from services.shared.security.tokens import TokenRules
from services.shared.table import dynamo
from services.shared.table.settings import refresh

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class CirclesEnvironment(PictureEnvironment):
    """The environment of the circles service.

    evidence_bucket: name of the platform's bucket of reported pictures.
    sign_in_pool: the user pool of the sign-ins; `none` with another issuer and in functions that neither end nor delete one.
    """

    evidence_bucket: NonEmpty
    sign_in_pool: str = pools.NO_POOL


@cache
def environment() -> CirclesEnvironment:
    return CirclesEnvironment.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(environment().table, dynamo.client())


@cache
def s3() -> S3Client:
    client: S3Client = aws.client("s3", signature_version="s3v4")
    return client


@cache
def pictures() -> bucket.Bucket:
    return bucket.Bucket(environment().pictures_bucket, environment().account, s3)


@cache
def picture_addresses() -> picture_urls.PictureUrls:
    return environment().picture_urls(key_ring("pictures"), s3)


@cache
def evidence() -> bucket.Bucket:
    return bucket.Bucket(environment().evidence_bucket, environment().account, s3)


@cache
def exports() -> bucket.Bucket:
    return bucket.Bucket(environment().exports_bucket, environment().account, s3)


@cache
def upload_queue() -> uploads.UploadQueue:
    return uploads.UploadQueue(environment().picture_queue, aws.client("sqs"))


@cache
def user_pool() -> pools.UserPool:
    return pools.UserPool(environment().sign_in_pool, cache(partial(aws.client, "cognito-idp")))


def key_ring(name: str) -> KeyRing:
    return StoredKeyRing(f"{environment().secrets}/{name}")


def grant_keys() -> KeyRing:
    """Return the key ring of review by which read grants are verified."""
    return StoredKeyRing(environment().grant_keys)


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


def ports() -> Ports:
    """Return the ports. Every entry calls this once per invocation, so it also reads the settings again if they are old."""
    refresh(settings, table(), utc_now())
    adapters = (pictures(), picture_addresses(), evidence(), exports(), user_pool(), grant_keys(), attribution_keys())
    return Ports(table(), utc_now, new_id, key_ring("passcode"), key_ring("alias"), *adapters)


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
