"""Settings, clients and ports, built once per cold start."""

from __future__ import annotations

from functools import cache

import boto3

from services.review.usecases import Ports
from services.shared import dynamo
from services.shared.clock import utc_now
from services.shared.edge import Edge
from services.shared.ids import new_id
from services.shared.keys import KeyRing, load_rings
from services.shared.relay import Bus
from services.shared.settings import Settings


class ReviewSettings(Settings):
    """`cohort` names the launch group that approvals fill, `quota` its seats."""

    cohort: str = "first-100"
    quota: int = 100


@cache
def settings() -> ReviewSettings:
    return ReviewSettings.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(settings().table, dynamo.client())


def rings() -> dict[str, KeyRing]:
    return load_rings(settings().secrets)


def edge() -> Edge:
    keys = rings()
    return Edge(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"])


def ports() -> Ports:
    return Ports(table(), utc_now, new_id, rings()["person"], settings().cohort, settings().quota)


@cache
def bus() -> Bus:
    return Bus(settings().bus, boto3.client("events"))
