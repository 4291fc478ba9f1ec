"""The code bucket and the region of a deploy: nothing is uploaded to a bucket of another account."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoRegionError
from botocore.stub import Stubber
from moto import mock_aws

from infra import deploy, operate
from infra.aws import require_region
from infra.buckets import CodeBucket
from infra.stacks import DeployFailed
from services.shared.pictures.bucket import Bucket

OWNER = "123456789012"
NAME = f"coterie-prod-code-{OWNER}-us-east-1"


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("s3")


def test_the_code_bucket_has_account_and_region_in_its_name_no_public_access_and_tls_only(s3: Any) -> None:
    bucket = CodeBucket.of("prod", OWNER, s3)
    for _ in range(2):
        bucket.ensure()
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == [NAME]
    blocked = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert statement["Resource"] == [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"]
    s3.delete_bucket_policy(Bucket=NAME)  # moto denies what it has a condition for
    bucket.put("code/a.zip", b"code")
    assert (bucket.has("code/a.zip"), bucket.has("code/b.zip")) == (True, False)


def test_a_bucket_of_another_region_has_its_region_in_name_and_constraint() -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name="ap-southeast-1")
        bucket = CodeBucket.of("prod", OWNER, s3)
        bucket.ensure()
        assert bucket.name.endswith("-ap-southeast-1")
        assert s3.get_bucket_location(Bucket=bucket.name)["LocationConstraint"] == "ap-southeast-1"


@pytest.mark.parametrize(("operation", "code"), [("head_bucket", "403"), ("create_bucket", "BucketAlreadyExists")])
def test_a_bucket_of_another_account_stops_the_deploy_before_any_upload(operation: str, code: str) -> None:
    s3 = boto3.client("s3")
    with Stubber(s3) as stubber:
        if operation == "create_bucket":
            stubber.add_client_error("head_bucket", "404", expected_params={"Bucket": NAME, "ExpectedBucketOwner": OWNER})
        stubber.add_client_error(operation, code)
        with pytest.raises(DeployFailed, match="belongs to another account"):
            CodeBucket.of("prod", OWNER, s3).ensure()
        stubber.assert_no_pending_responses()


class Recorded:
    """A client that records the parameters of every call and returns nothing."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.meta = boto3.client("s3").meta

    def __getattr__(self, name: str) -> Any:
        def call(**given: Any) -> dict[str, Any]:
            self.calls.append((name, given))
            if given.get("StartAfter"):
                return {}
            return {"Contents": [{"Key": "a"}], "ContentType": "", "Body": Body()}

        return call


class Body:
    def read(self) -> bytes:
        return b""


CALLS: dict[str, tuple[Any, ...]] = {
    "exists": ("a",),
    "find": ("a",),
    "put": ("a", "image/png", b""),
    "put_if_absent": ("a", "image/png", b""),
    "copy": ("a", "b"),
    "delete": ("a",),
    "delete_page": ("a",),
    "iter_keys": ("a",),
}
SIGNED = {"create_upload", "get_url"}  # requests that users send


def test_every_call_on_a_bucket_names_its_owner() -> None:
    s3 = Recorded()
    code, pictures = CodeBucket.of("prod", OWNER, s3), Bucket("pictures", OWNER, lambda: s3)  # type: ignore[arg-type, return-value]
    assert {name for name in vars(Bucket) if inspect.isfunction(getattr(Bucket, name)) and name[0] != "_"} == {*CALLS, *SIGNED}
    code.ensure()
    code.has("a")
    code.put("a", b"")
    for name, arguments in CALLS.items():
        result = getattr(pictures, name)(*arguments)
        if isinstance(result, Iterator):
            assert list(result) == ["a"]
    assert [name for name, given in s3.calls if given.get("ExpectedBucketOwner") != OWNER] == []
    assert {name for name, given in s3.calls if given.get("ExpectedSourceBucketOwner") == OWNER} == {"copy_object"}


@pytest.fixture
def without_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("without_region")
@pytest.mark.parametrize(
    ("command", "main"), [(["deploy", "--stage", "prod"], deploy.main), (["operate", "audit", "--stage", "prod"], operate.main)]
)
def test_a_command_without_a_region_ends_before_its_first_call(
    monkeypatch: pytest.MonkeyPatch, command: list[str], main: Any
) -> None:
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit, match="region"):
        main()
    with pytest.raises(NoRegionError):
        require_region()
