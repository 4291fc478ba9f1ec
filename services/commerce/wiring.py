"""Settings, clients and ports, built once per cold start."""

from __future__ import annotations

from functools import cache

import boto3
import urllib3

from services.commerce.usecases import Ports
from services.shared import dynamo
from services.shared.clock import utc_now
from services.shared.edge import Edge
from services.shared.ids import new_id
from services.shared.keys import KeyRing, load_rings
from services.shared.payments import HttpPayments
from services.shared.relay import Bus
from services.shared.settings import Filled, Settings


class CommerceSettings(Settings):
    """`provider_url` is the payment provider's API."""

    provider_url: Filled


@cache
def settings() -> CommerceSettings:
    return CommerceSettings.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(settings().table, dynamo.client())


@cache
def payments() -> HttpPayments:
    return HttpPayments(settings().provider_url, urllib3.PoolManager())


def rings() -> dict[str, KeyRing]:
    return load_rings(settings().secrets)


def edge() -> Edge:
    keys = rings()
    return Edge(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"])


def ports() -> Ports:
    return Ports(table(), utc_now, new_id, payments(), rings()["webhook"])


@cache
def bus() -> Bus:
    return Bus(settings().bus, boto3.client("events"))
