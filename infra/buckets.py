"""The bucket of the code packages, which must belong to the account that deploys.

Bucket names are global: another account can create a bucket under a name that it guesses, to receive or deliver the code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.stacks import DeployFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOT_FOUND = {"404", "NoSuchBucket", "NoSuchKey"}
FOREIGN = {"403", "AccessDenied", "BucketAlreadyExists"}
NO_PUBLIC_ACCESS: Any = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
)


@dataclass(frozen=True, slots=True)
class CodeBucket:
    """The bucket. owner: the AWS account that must own it, checked by every call."""

    name: str
    owner: str
    s3: S3Client

    @classmethod
    def of(cls, stage: str, account: str, s3: S3Client) -> CodeBucket:
        return cls(f"coterie-{stage}-code-{account}-{s3.meta.region_name}", account, s3)

    def ensure(self) -> None:
        """Create the bucket if it does not exist. It has no public access, and answers over TLS only.

        Raises: DeployFailed (the name belongs to another account).
        """
        try:
            if not self._exists():
                self._create()
        except ClientError as error:
            if error.response["Error"]["Code"] not in FOREIGN:
                raise
            raise DeployFailed(
                f"the bucket {self.name} belongs to another account, or you may not use it. Nothing was uploaded. "
                "Check your credentials, or choose another stage name"
            ) from error
        self.s3.put_public_access_block(**self._bucket, PublicAccessBlockConfiguration=NO_PUBLIC_ACCESS)
        if self.s3.meta.endpoint_url.startswith("https"):  # a laptop cloud has no TLS
            self.s3.put_bucket_policy(**self._bucket, Policy=json.dumps(self._policy()))

    def has(self, key: str) -> bool:
        try:
            self.s3.head_object(**self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return False
            raise
        return True

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(**self._bucket, Key=key, Body=body)

    @property
    def _bucket(self) -> Any:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.owner}

    def _exists(self) -> bool:
        try:
            self.s3.head_bucket(**self._bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_FOUND:
                return False
            raise
        return True

    def _create(self) -> None:
        region = self.s3.meta.region_name
        if region == "us-east-1":  # S3 rejects a LocationConstraint that names us-east-1
            self.s3.create_bucket(Bucket=self.name)
        else:
            self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]

    def _policy(self) -> dict[str, Any]:
        arn = f"arn:{_partition(self.s3.meta.region_name)}:s3:::{self.name}"
        only_tls = {
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return {"Version": "2012-10-17", "Statement": [only_tls]}


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
