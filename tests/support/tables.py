"""Tables for races: on a running cloud, or in memory with calls that wait. They have the keys and indexes of the templates."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

from infra import process
from infra.templates import resources
from services import SERVICES
from services.shared.table import dynamo
from simulation.memory import MemoryTable
from simulation.registry import projections_of
from simulation.simulation import Simulation

SHAPE = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")


@contextmanager
def running_endpoint() -> Iterator[str]:
    """Yield the endpoint in `COTERIE_ENDPOINT`, or that of an empty cloud, which is stopped afterwards."""
    if endpoint := os.environ.get("COTERIE_ENDPOINT"):
        yield endpoint
        return
    home, port = Path(tempfile.mkdtemp(prefix="coterie-")), process.free_port()
    pid = process.start(port, home)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop(pid)
        shutil.rmtree(home, ignore_errors=True)


def client_of(endpoint: str) -> Any:
    """Return the client of the services, with its pool, timeouts and retries."""
    with mock.patch.dict(os.environ, {"AWS_ENDPOINT_URL_DYNAMODB": endpoint}):
        return dynamo.client()


@contextmanager
def simulation_on(dynamodb: Any) -> Iterator[Simulation]:
    """Yield a simulation over new tables, which are deleted afterwards."""
    names = {service: f"race-{service}-{uuid.uuid4().hex[:12]}" for service in SERVICES}
    for service, name in names.items():
        (declared,) = resources(service, "DynamoDB::Table").values()
        shape = {part: declared[part] for part in SHAPE if part in declared}
        with suppress(dynamodb.exceptions.ResourceInUseException):  # a first try that took too long; the name is new
            dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **shape)
    try:
        tables: dict[str, Any] = {f"{service}_table": dynamo.DynamoTable(name, dynamodb) for service, name in names.items()}
        yield Simulation(**tables)
    finally:
        for name in names.values():
            dynamodb.delete_table(TableName=name)


MAX_WAIT_SECONDS = 0.0005
WAITS = 0.2  # the share of waits; with one at each call, 32 threads that change one item conflict longer than a function waits
CALLS = frozenset({"get", "get_many", "put", "update", "delete", "query", "transact", "reserve"})


def sometimes_wait() -> None:
    if random.random() < WAITS:
        time.sleep(random.uniform(0, MAX_WAIT_SECONDS))


class WaitingTable(MemoryTable):
    """A table in memory that sometimes waits before or after a call, so that threads take turns between calls."""

    def __getattribute__(self, name: str) -> Any:
        attribute = super().__getattribute__(name)
        if name not in CALLS:
            return attribute

        def call(*arguments: Any, **named: Any) -> Any:
            sometimes_wait()
            try:
                return attribute(*arguments, **named)
            finally:
                sometimes_wait()

        return call


def simulation_in_memory() -> Simulation:
    """Return a simulation over new tables whose calls wait."""
    tables: dict[str, Any] = {f"{service}_table": WaitingTable(projections_of(service)) for service in SERVICES}
    return Simulation(**tables)
