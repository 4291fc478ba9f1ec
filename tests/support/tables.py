"""Tables on a cloud that runs, with the keys and indexes that the templates say; and worlds over them."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any
from unittest import mock

from infra import process
from infra.templates import resources
from services.shared.table import dynamo
from simulation.simulation import World

SERVICES = tuple(part.name.removesuffix("_table") for part in fields(World) if part.name.endswith("_table"))
SHAPE = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")


@contextmanager
def running_endpoint() -> Iterator[str]:
    """`COTERIE_ENDPOINT` names a cloud that runs; without it an empty one is started, and stopped."""
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
    """The services' own client, with its pool, time limits and retries."""
    with mock.patch.dict(os.environ, {"AWS_ENDPOINT_URL_DYNAMODB": endpoint}):
        return dynamo.client()


@contextmanager
def world_on(dynamodb: Any) -> Iterator[World]:
    """A world whose three tables are new, and gone afterwards."""
    names = {service: f"race-{service}-{uuid.uuid4().hex[:12]}" for service in SERVICES}
    for service, name in names.items():
        (declared,) = resources(service, "DynamoDB::Table").values()
        shape = {part: declared[part] for part in SHAPE if part in declared}
        dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **shape)
    try:
        yield World(**{f"{service}_table": dynamo.DynamoTable(name, dynamodb) for service, name in names.items()})
    finally:
        for name in names.values():
            dynamodb.delete_table(TableName=name)
