"""The settings, clients and ports of the circles service, built once per cold start."""

from __future__ import annotations

from functools import cache

from services.circles.adapters import bucket
from services.circles.usecases import Ports
from services.shared.http.ports import HttpPorts
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import new_id
from services.shared.kernel.settings import NonEmpty, Settings
from services.shared.messaging.relay import Bus
from services.shared.security.keys import KeyRing, get_key_rings
from services.shared.table import dynamo


class CirclesSettings(Settings):
    """The settings of the circles service. pictures_bucket: name of the bucket of pictures and data exports."""

    pictures_bucket: NonEmpty


@cache
def settings() -> CirclesSettings:
    return CirclesSettings.from_environment()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(settings().table, dynamo.client())


@cache
def pictures() -> bucket.Bucket:
    return bucket.Bucket(settings().pictures_bucket, aws.client("s3", signature_version="s3v4"))


def key_rings() -> dict[str, KeyRing]:
    return get_key_rings(settings().secrets)


def http_ports() -> HttpPorts:
    keys = key_rings()
    return HttpPorts(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"])


def ports() -> Ports:
    return Ports(table(), utc_now, new_id, key_rings()["passcode"], pictures())


@cache
def bus() -> Bus:
    return Bus(settings().bus, aws.client("events"))
