"""The settings, clients and ports of the chat service, built once per cold start."""

from __future__ import annotations

import os
import secrets
from functools import cache

import boto3

from services.chat.adapters.sockets import GatewaySockets
from services.chat.usecases import Ports
from services.shared.http.ports import HttpPorts
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.kernel.settings import NonEmpty, Settings
from services.shared.messaging.relay import Bus
from services.shared.security.keys import KeyRing, get_key_rings
from services.shared.table import dynamo


class ChatSettings(Settings):
    """The settings of the chat service. socket_endpoint: the address of the WebSocket API that pushes are posted to."""

    socket_endpoint: NonEmpty


@cache
def settings() -> ChatSettings:
    return ChatSettings.from_environment()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(settings().table, dynamo.client())


@cache
def sockets() -> GatewaySockets:
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise RuntimeError("this function has no AWS credentials to sign pushes with")
    return GatewaySockets(settings().socket_endpoint, os.environ["AWS_REGION"], credentials)


def key_rings() -> dict[str, KeyRing]:
    return get_key_rings(settings().secrets)


def http_ports() -> HttpPorts:
    keys = key_rings()
    return HttpPorts(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"])


def new_secret(prefix: str) -> str:
    """Return a random secret of 160 bits."""
    return f"{prefix}_{secrets.token_urlsafe(20)}"


def ports() -> Ports:
    return Ports(table(), utc_now, new_id, new_secret, key_rings()["ticket"], sockets())


@cache
def bus() -> Bus:
    return Bus(settings().bus, aws.client("events"))
