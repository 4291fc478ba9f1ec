"""The settings, clients and ports of the review service, built once per cold start."""

from __future__ import annotations

from functools import cache

from services.review.adapters import archive as archives
from services.review.adapters import vault
from services.review.usecases import Ports
from services.shared.http.ports import HttpPorts
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.kernel.settings import NonEmpty, Settings
from services.shared.messaging.relay import Bus
from services.shared.security.keys import KeyRing, get_key_rings
from services.shared.table import dynamo


class ReviewSettings(Settings):
    """The settings of the review service.

    cohort: the launch group that approvals fill now. `quota` is its number of seats.
    vault_key: the KMS key that encrypts personal data.
    archive_bucket: the locked bucket that the audit heads are anchored in.
    """

    cohort: str = "first-100"
    quota: int = 100
    vault_key: NonEmpty
    archive_bucket: NonEmpty


@cache
def settings() -> ReviewSettings:
    return ReviewSettings.from_environment()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(settings().table, dynamo.client())


@cache
def encryption_vault() -> vault.KmsVault:
    return vault.KmsVault(settings().vault_key, aws.client("kms"))


@cache
def archive() -> archives.BucketArchive:
    return archives.BucketArchive(settings().archive_bucket, aws.client("s3", signature_version="s3v4"))


def key_rings() -> dict[str, KeyRing]:
    return get_key_rings(settings().secrets)


def http_ports() -> HttpPorts:
    keys = key_rings()
    return HttpPorts(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"])


def ports() -> Ports:
    keys = key_rings()
    return Ports(
        table=table(),
        clock=utc_now,
        new_id=new_id,
        identity_keys=keys["identity"],
        verifier_keys=keys["verifier"],
        vault=encryption_vault(),
        archive=archive(),
        cohort=settings().cohort,
        quota=settings().quota,
    )


@cache
def bus() -> Bus:
    return Bus(settings().bus, aws.client("events"))
