"""The three backends of the table port: memory, moto in process, MiniStack over a socket."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto import mock_aws

from infra.aws import client
from infra.templates import resources
from services.shared.table import dynamo
from services.shared.table.items import Item
from services.shared.table.port import Table
from simulation.memory import MemoryTable
from tests.support.tables import SHAPE, running_endpoint


@dataclass(frozen=True)
class Backend:
    """make: returns an empty table with both indexes. dump: returns all items of one, in key order."""

    name: str
    make: Callable[[], Table]
    dump: Callable[[Any], list[Item]]


class ScannedTable(dynamo.DynamoTable):
    """A DynamoDB table that returns all its items and does not wait between retries."""

    def __init__(self, name: str, dynamodb: Any) -> None:
        super().__init__(name, dynamodb, sleep=lambda seconds: None)
        self._pages = dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True)

    def all_items(self) -> list[Item]:
        items = [dynamo.from_wire(item) for page in self._pages for item in page["Items"]]
        return sorted(items, key=lambda item: (item["pk"], item["sk"]))


MEMORY = Backend("memory", MemoryTable, lambda table: table.all_items())


def _over(name: str, dynamodb: Any) -> Backend:
    (declared,) = resources("review", "DynamoDB::Table").values()  # the one template with both indexes

    def make() -> Table:
        table = f"port-{uuid.uuid4().hex}"
        dynamodb.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", **{part: declared[part] for part in SHAPE})
        return ScannedTable(table, dynamodb)

    return Backend(name, make, MEMORY.dump)


@contextmanager
def moto() -> Iterator[Backend]:
    with mock_aws():
        yield _over("moto", client("dynamodb"))


@contextmanager
def ministack() -> Iterator[Backend]:
    """Yield a backend on the cloud at `COTERIE_ENDPOINT`, or on one that is stopped afterwards."""
    with running_endpoint() as endpoint:
        yield _over("ministack", client("dynamodb", endpoint))


def canonical(value: Any) -> str:
    """Return JSON text, in which 1 differs from True, to compare the results of two tables."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
