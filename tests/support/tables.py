"""Tables on a running cloud, with the keys and indexes of the templates, and simulations over them."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from infra import process
from infra.templates import resources
from services import SERVICES
from services.shared.table import dynamo
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
        dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **shape)
    try:
        tables: dict[str, Any] = {f"{service}_table": dynamo.DynamoTable(name, dynamodb) for service, name in names.items()}
        yield Simulation(**tables)
    finally:
        for name in names.values():
            dynamodb.delete_table(TableName=name)
