"""Files: offered for upload, shown for a moment. Their bytes pass through no function that people call, only workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

UPLOAD_FOR = 300  # seconds


@dataclass(frozen=True, slots=True)
class Upload:
    """Where to POST a file as multipart form data: `fields` first, then `file`."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class File:
    """A stored file and its type."""

    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    s3: S3Client

    def offer(self, place: str, type: str, size: int) -> Upload:
        """A form that takes one file of exactly this type and size, for five minutes."""
        conditions: list[Any] = [{"Content-Type": type}, ["content-length-range", size, size]]
        post = self.s3.generate_presigned_post(
            self.name, place, Fields={"Content-Type": type}, Conditions=conditions, ExpiresIn=UPLOAD_FOR
        )
        return Upload(post["url"], post["fields"])

    def has(self, place: str) -> bool:
        try:
            self.s3.head_object(Bucket=self.name, Key=place)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return False
            raise
        return True

    def read(self, place: str) -> File | None:
        """A whole file, for workers alone; None when it is not there."""
        try:
            answer = self.s3.get_object(Bucket=self.name, Key=place)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        return File(answer["ContentType"], answer["Body"].read())

    def put(self, place: str, type: str, data: bytes) -> None:
        self.s3.put_object(Bucket=self.name, Key=place, Body=data, ContentType=type)

    def delete(self, place: str) -> None:
        self.s3.delete_object(Bucket=self.name, Key=place)

    def copy(self, place: str, to: str) -> None:
        """Copy a file; one that is not there is passed over."""
        try:
            self.s3.copy_object(Bucket=self.name, Key=to, CopySource={"Bucket": self.name, "Key": place})
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                raise

    def delete_some(self, prefix: str) -> int:
        """Delete up to a thousand files under a prefix; answers how many there were."""
        found = self.s3.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents", [])
        if found:
            self.s3.delete_objects(Bucket=self.name, Delete={"Objects": [{"Key": one["Key"]} for one in found]})
        return len(found)

    def show(self, place: str, type: str, seconds: int) -> str:
        params = {"Bucket": self.name, "Key": place, "ResponseContentType": type, "ResponseContentDisposition": "inline"}
        return self.s3.generate_presigned_url("get_object", Params=params, ExpiresIn=seconds)
