"""The archive of audit anchors: a bucket with object lock, in which no stored text can be changed or deleted.

The lock protects versions. It does not prevent a newer version or a delete marker under the same name. So only the first
version of a name is ever read, and a name with anything else has a flaw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REPLACED = "it has a newer version; the first version was verified"
DELETED = "it was deleted"
UNREADABLE_CODES = frozenset({"InvalidObjectState", "InvalidRequest", "KMS.DisabledException", "KMS.NotFoundException"})
UNREADABLE = "its first version cannot be read"
UNLOCKED = "its first version is not under object lock, or s3:GetObjectRetention is not allowed"


@dataclass(frozen=True, slots=True)
class Archived:
    """A stored text. text: of the first version; empty if none is left. flaws: what was done to the name since."""

    name: str
    text: str
    flaws: tuple[str, ...] = ()


class AuditArchive(Protocol):
    """Stores each text once under its name."""

    def put(self, name: str, text: str) -> str:
        """Store a text, and return the stored one: the first text with this name, if there is one."""
        ...

    def iter_texts(self, folder: str) -> Iterator[Archived]:
        """Yield the texts of a folder, in the order of the names."""
        ...


@dataclass(frozen=True, slots=True)
class BucketArchive:
    """A bucket with object lock in compliance mode. The template sets for how long.

    owner: the AWS account that must own the bucket.
    is_locked: whether the bucket has a lock; a laptop cloud has none.
    """

    name: str
    owner: str
    s3: S3Client
    is_locked: bool = True

    def put(self, name: str, text: str) -> str:
        content: Any = {"Body": text.encode(), "ContentType": "application/json"}
        try:
            self.s3.put_object(**self._bucket, **content, Key=name, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            (stored,) = self._archived(name, exactly=True)
            return stored.text
        return text

    def iter_texts(self, folder: str) -> Iterator[Archived]:
        yield from self._archived(f"{folder}/")

    @property
    def _bucket(self) -> Any:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.owner}

    def _archived(self, prefix: str, *, exactly: bool = False) -> Iterator[Archived]:
        versions: dict[str, list[Any]] = {}
        deleted = set()
        for page in self.s3.get_paginator("list_object_versions").paginate(**self._bucket, Prefix=prefix):
            for version in page.get("Versions", []):
                versions.setdefault(version["Key"], []).append(version)
            deleted |= {marker["Key"] for marker in page.get("DeleteMarkers", [])}
        for name in sorted(versions.keys() | deleted):
            if not exactly or name == prefix:
                yield self._read(name, versions.get(name, []), DELETED if name in deleted else None)

    def _read(self, name: str, versions: list[Any], flaw: str | None) -> Archived:
        flaws = [flaw] if flaw else []
        if not versions:
            return Archived(name, "", (DELETED,))
        if len(versions) > 1:
            flaws.append(REPLACED)
        # S3 lists the newest version first, and its times are whole seconds.
        first = min(reversed(versions), key=lambda version: version["LastModified"])
        try:
            stored = self.s3.get_object(**self._bucket, Key=name, VersionId=first["VersionId"])
        except ClientError as error:
            # Another storage class or another key of encryption: it must not stop the verification of the other texts.
            if error.response["Error"]["Code"] not in UNREADABLE_CODES:
                raise
            return Archived(name, "", (*flaws, UNREADABLE))
        if self.is_locked and stored.get("ObjectLockMode") != "COMPLIANCE":
            flaws.append(UNLOCKED)
        return Archived(name, stored["Body"].read().decode(errors="replace"), tuple(flaws))
