"""The platform's bucket of evidence: copies of reported pictures, stored by the service that showed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Evidence(Protocol):
    def get_url(self, object_key: str, seconds: int) -> str:
        """Return a URL that downloads a file, valid for `seconds`."""
        ...


@dataclass(frozen=True, slots=True)
class EvidenceBucket:
    name: str
    s3: S3Client

    def get_url(self, object_key: str, seconds: int) -> str:
        params = {"Bucket": self.name, "Key": object_key, "ResponseContentDisposition": "inline"}
        return self.s3.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)
