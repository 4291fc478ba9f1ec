"""A bucket in which services only write files: the platform's of data exports, and that of archived facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class PartBucket:
    """The bucket. owner: the AWS account that must own it.

    new_client: creates the client at the first part, because most cold starts write none.
    """

    name: str
    owner: str
    new_client: Callable[[], S3Client]

    def put(self, object_key: str, type: str, data: bytes) -> None:
        self.new_client().put_object(
            Bucket=self.name, ExpectedBucketOwner=self.owner, Key=object_key, Body=data, ContentType=type
        )
