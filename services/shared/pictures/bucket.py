"""Buckets of files: of pictures, evidence and data exports.

Users upload and download with signed forms and URLs. Only workers read or write the bytes of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOT_FOUND = ("NoSuchKey", "404")
# No address lives longer, so no browser looks for a picture by the same address later. Shared caches of others store nothing.
IMMUTABLE = "private, max-age=900, immutable"


@dataclass(frozen=True, slots=True)
class Upload:
    """A form to POST as multipart form data: `fields` first, then `file`."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class File:
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket. owner: the AWS account that must own it, checked by every call but signed requests of users.

    new_client: returns the client, which most cold starts of some functions do not need.
    """

    name: str
    owner: str
    new_client: Callable[[], S3Client]

    @property
    def s3(self) -> S3Client:
        return self.new_client()

    @property
    def _bucket(self) -> Any:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.owner}

    def create_upload(self, object_key: str, type: str, size: int, lifetime: timedelta) -> Upload:
        """Return a form that uploads one file of exactly this type and size. It can be used for `lifetime`."""
        conditions: list[Any] = [{"Content-Type": type}, ["content-length-range", size, size]]
        seconds = int(lifetime.total_seconds())
        post = self.s3.generate_presigned_post(
            self.name, object_key, Fields={"Content-Type": type}, Conditions=conditions, ExpiresIn=seconds
        )
        return Upload(post["url"], post["fields"])

    def exists(self, object_key: str) -> bool:
        try:
            self.s3.head_object(**self._bucket, Key=object_key)
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return False
            raise
        return True

    def find(self, object_key: str) -> File | None:
        """Return a whole file, or None. For workers only."""
        try:
            response = self.s3.get_object(**self._bucket, Key=object_key)
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return None
            raise
        return File(response["ContentType"], response["Body"].read())

    def put(self, object_key: str, type: str, data: bytes) -> None:
        self.s3.put_object(**self._bucket, Key=object_key, Body=data, ContentType=type)

    def put_if_absent(self, object_key: str, type: str, data: bytes) -> None:
        """Store a file under a name that has none. Unchanged if it has one: S3 checks this in the same step.

        So a browser can reuse what it loaded.
        """
        given: Any = {"Body": data, "ContentType": type, "CacheControl": IMMUTABLE}
        try:
            self.s3.put_object(**self._bucket, Key=object_key, IfNoneMatch="*", **given)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise

    def delete(self, object_key: str) -> None:
        self.s3.delete_object(**self._bucket, Key=object_key)

    def copy(self, object_key: str, to: str, into: Bucket | None = None) -> None:
        """Copy a file, in this bucket or into another one. Unchanged if the file does not exist."""
        try:
            self.s3.copy_object(
                **(into or self)._bucket,
                Key=to,
                CopySource={"Bucket": self.name, "Key": object_key},
                ExpectedSourceBucketOwner=self.owner,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in NOT_FOUND:
                raise

    def delete_page(self, prefix: str) -> int:
        """Delete up to 1,000 files with a prefix, and return how many there were."""
        files = self.s3.list_objects_v2(**self._bucket, Prefix=prefix).get("Contents", [])
        if files:
            self.s3.delete_objects(**self._bucket, Delete={"Objects": [{"Key": file["Key"]} for file in files]})
        return len(files)

    def iter_keys(self, prefix: str) -> Iterator[str]:
        """Yield the names of all files with a prefix, in order. Those that are deleted meanwhile can be among them."""
        last = ""
        while files := self.s3.list_objects_v2(**self._bucket, Prefix=prefix, StartAfter=last).get("Contents", []):
            yield from (file["Key"] for file in files)
            last = files[-1]["Key"]

    def get_url(self, object_key: str, type: str, seconds: int) -> str:
        """Return a URL that downloads a file, valid for `seconds`. type: empty for the type that the file was stored with."""
        params = {"Bucket": self.name, "Key": object_key, "ResponseContentDisposition": "inline"}
        if type:
            params["ResponseContentType"] = type
        return self.s3.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)
