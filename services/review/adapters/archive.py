"""The archive of audit anchors: a bucket with object lock, in which nothing can be changed or deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class AuditArchive(Protocol):
    """Stores each text once under its name."""

    def put(self, name: str, text: str) -> str:
        """Store a text, and return the stored one: an earlier text with this name, if there is one."""
        ...

    def all_items(self) -> Iterator[tuple[str, str]]:
        """Yield names and texts, in the order of the names."""
        ...


@dataclass(frozen=True, slots=True)
class BucketArchive:
    """A bucket with object lock in compliance mode. The template sets for how long."""

    name: str
    s3: S3Client

    def put(self, name: str, text: str) -> str:
        try:
            return self._get(name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                raise
        self.s3.put_object(Bucket=self.name, Key=name, Body=text.encode(), ContentType="application/json", IfNoneMatch="*")
        return text

    def all_items(self) -> Iterator[tuple[str, str]]:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix="anchors/"):
            for entry in page.get("Contents", []):
                yield entry["Key"], self._get(entry["Key"])

    def _get(self, name: str) -> str:
        return self.s3.get_object(Bucket=self.name, Key=name)["Body"].read().decode()
