"""Settings, clients and ports, built once per cold start."""

from __future__ import annotations

from functools import cache

import boto3

from services.circles.usecases import Ports
from services.shared import bucket, dynamo
from services.shared.clock import utc_now
from services.shared.edge import Edge
from services.shared.ids import new_id
from services.shared.keys import KeyRing, load_rings
from services.shared.relay import Bus
from services.shared.settings import Filled, Settings


class CirclesSettings(Settings):
    """`pictures_bucket` names the bucket of notes' pictures."""

    pictures_bucket: Filled


@cache
def settings() -> CirclesSettings:
    return CirclesSettings.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(settings().table, dynamo.client())


@cache
def pictures() -> bucket.Bucket:
    return bucket.Bucket(settings().pictures_bucket, bucket.client())


def rings() -> dict[str, KeyRing]:
    return load_rings(settings().secrets)


def edge() -> Edge:
    keys = rings()
    return Edge(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"])


def ports() -> Ports:
    return Ports(table(), utc_now, new_id, rings()["passcode"], pictures())


@cache
def bus() -> Bus:
    return Bus(settings().bus, boto3.client("events"))
