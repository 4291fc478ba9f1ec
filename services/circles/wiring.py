"""The environment, clients and ports of the circles service, built once per cold start."""

from __future__ import annotations

from functools import cache, partial

from services.circles.adapters import bucket
from services.circles.settings import settings
from services.circles.usecases import Ports
from services.shared.http.ports import HttpPorts
from services.shared.kernel import aws
from services.shared.kernel.clock import utc_now
from services.shared.kernel.environment import Environment, NonEmpty
from services.shared.kernel.ids import new_id
from services.shared.messaging.failures import FailureQueue
from services.shared.messaging.relay import Bus
from services.shared.security.keys import KeyRing, get_key_rings
from services.shared.table import dynamo
from services.shared.table.settings import refresh


class CirclesEnvironment(Environment):
    """The environment of the circles service. pictures_bucket: name of the bucket of pictures and data exports."""

    pictures_bucket: NonEmpty


@cache
def environment() -> CirclesEnvironment:
    return CirclesEnvironment.read()


@cache
def table() -> dynamo.DynamoTable:
    return dynamo.DynamoTable(environment().table, dynamo.client())


@cache
def pictures() -> bucket.Bucket:
    return bucket.Bucket(environment().pictures_bucket, aws.client("s3", signature_version="s3v4"))


def key_rings() -> dict[str, KeyRing]:
    return get_key_rings(environment().secrets)


def http_ports() -> HttpPorts:
    refresh(settings, table(), utc_now())
    keys = key_rings()
    change_rate = settings().rate("change")
    return HttpPorts(table(), utc_now, cursor_keys=keys["cursor"], id_keys=keys["id"], change_rate=change_rate)


def ports() -> Ports:
    """Return the ports. Every entry calls this once per invocation, so it also reads the settings again if they are old."""
    refresh(settings, table(), utc_now())
    return Ports(table(), utc_now, new_id, key_rings()["passcode"], pictures())


@cache
def bus() -> Bus:
    return Bus(environment().bus, aws.client("events"))


@cache
def failures() -> FailureQueue:
    at = environment()
    return FailureQueue(at.failure_queue, at.aws_lambda_function_name, cache(partial(aws.client, "sqs")))
