"""Settings, clients and ports, built once per cold start."""

from __future__ import annotations

from functools import cache

from services.review.adapters import anchors, vault
from services.review.usecases import Ports
from services.shared.http.edge import Edge
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.kernel.settings import Filled, Settings
from services.shared.messaging.relay import Bus
from services.shared.security.keys import KeyRing, get_key_rings
from services.shared.table import dynamo


class ReviewSettings(Settings):
    """`cohort` names the launch group that approvals fill, `quota` its seats; `vault_key` is the managed key of personal data,
    `archive_bucket` where the audit is anchored."""

    cohort: str = "first-100"
    quota: int = 100
    vault_key: Filled
    archive_bucket: Filled


@cache
def settings() -> ReviewSettings:
    return ReviewSettings.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(settings().table, dynamo.client())


@cache
def safe() -> vault.KmsVault:
    return vault.KmsVault(settings().vault_key, aws.client("kms"))


@cache
def archive() -> anchors.BucketArchive:
    return anchors.BucketArchive(settings().archive_bucket, aws.client("s3", signature_version="s3v4"))


def rings() -> dict[str, KeyRing]:
    return get_key_rings(settings().secrets)


def edge() -> Edge:
    keys = rings()
    return Edge(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"])


def ports() -> Ports:
    keys, told = rings(), settings()
    return Ports(
        table=table(),
        clock=utc_now,
        new_id=new_id,
        person_keys=keys["person"],
        verifier_keys=keys["verifier"],
        vault=safe(),
        archive=archive(),
        cohort=told.cohort,
        quota=told.quota,
    )


@cache
def bus() -> Bus:
    return Bus(settings().bus, aws.client("events"))
