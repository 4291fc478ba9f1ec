"""Settings, clients and ports, built once per cold start."""

from __future__ import annotations

from functools import cache

import boto3

from services.review.usecases import Ports
from services.shared import anchors, bucket, dynamo, vault
from services.shared.clock import utc_now
from services.shared.edge import Edge
from services.shared.ids import new_id
from services.shared.keys import KeyRing, load_rings
from services.shared.relay import Bus
from services.shared.settings import Filled, Settings


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
    return vault.KmsVault(settings().vault_key, vault.client())


@cache
def archive() -> anchors.BucketArchive:
    return anchors.BucketArchive(settings().archive_bucket, bucket.client())


def rings() -> dict[str, KeyRing]:
    return load_rings(settings().secrets)


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
    return Bus(settings().bus, boto3.client("events"))
