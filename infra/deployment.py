"""A deployed stage: the laptop cloud, or one on AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.aws import client, require_region
from infra.cloud import current
from infra.stacks import Outputs, outputs_of
from services import SERVICES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Deployment:
    """A deployed stage.

    endpoint: the address of a laptop cloud; None means AWS.
    outputs: the outputs of each stack, by its name.
    """

    endpoint: str | None
    outputs: Mapping[str, Mapping[str, str]]

    def client(self, name: str) -> Any:
        return client(name, self.endpoint)

    @classmethod
    def laptop(cls) -> Deployment:
        cloud = current()
        return cls(cloud.endpoint, cloud.outputs)

    @classmethod
    def aws(cls, stage: str) -> Deployment:
        """Return a stage on AWS. Raises: NoRegionError."""
        require_region()
        outputs: dict[str, Outputs] = {
            name: outputs_of(client("cloudformation"), f"coterie-{stage}-{name}") for name in ("platform", *SERVICES)
        }
        return cls(None, outputs)


def scan_pages(dynamodb: DynamoDBClient, table: str, attribute: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the items that have the attribute, in pages. Only the operator's commands Scan: they need the whole table."""
    from services.shared.table.dynamo import from_wire

    request: Any = {"FilterExpression": "attribute_exists(#name)", "ExpressionAttributeNames": {"#name": attribute}}
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True, **request):
        yield [from_wire(item) for item in page["Items"]]
