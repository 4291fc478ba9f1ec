"""The settings, clients and ports of the commerce service, built once per cold start."""

from __future__ import annotations

from functools import cache

import urllib3

from services.commerce.adapters.payments import HttpPaymentProvider
from services.commerce.usecases import Ports
from services.shared.http.ports import HttpPorts
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.kernel.settings import NonEmpty, Settings
from services.shared.messaging.relay import Bus
from services.shared.security.keys import KeyRing, get_key_rings
from services.shared.table import dynamo


class CommerceSettings(Settings):
    """The settings of the commerce service. provider_url: the address of the payment provider's API."""

    provider_url: NonEmpty


@cache
def settings() -> CommerceSettings:
    return CommerceSettings.from_environment()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(settings().table, dynamo.client())


@cache
def payments() -> HttpPaymentProvider:
    return HttpPaymentProvider(settings().provider_url, urllib3.PoolManager())


def key_rings() -> dict[str, KeyRing]:
    return get_key_rings(settings().secrets)


def http_ports() -> HttpPorts:
    keys = key_rings()
    return HttpPorts(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"])


def ports() -> Ports:
    return Ports(table(), utc_now, new_id, payments(), key_rings()["webhook"])


@cache
def bus() -> Bus:
    return Bus(settings().bus, aws.client("events"))
