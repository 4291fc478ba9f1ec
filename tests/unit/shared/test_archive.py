"""The locked bucket of the audit (R12): only the first version of an anchor is believed, whatever was put on top of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from moto import mock_aws

from services.shared.security.archive import DELETED, REPLACED, UNLOCKED, UNREADABLE, BucketArchive

BUCKET, OWNER = "audit", "123456789012"
NAME = "review/2026-03-05T04:00+00:00.json"
LOCK: Any = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        client.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=LOCK)
        yield client


@pytest.fixture
def archive(s3: Any) -> BucketArchive:
    return BucketArchive(BUCKET, OWNER, s3)


def test_r12_a_stored_text_is_returned_and_never_replaced(archive: BucketArchive, s3: Any) -> None:
    assert archive.put(NAME, "first") == "first"
    assert archive.put(NAME, "second") == "first"
    (stored,) = archive.iter_texts("review")
    assert (stored.name, stored.text, stored.flaws) == (NAME, "first", ())
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 1


def test_r12_a_newer_version_is_named_and_the_first_one_is_read(archive: BucketArchive, s3: Any) -> None:
    archive.put(NAME, "first")
    for text in (b"second", b"third"):
        s3.put_object(Bucket=BUCKET, Key=NAME, Body=text)
    (stored,) = archive.iter_texts("review")
    assert (stored.text, stored.flaws) == ("first", (REPLACED,))
    assert archive.put(NAME, "fourth") == "first"


def test_r12_a_delete_marker_is_named_and_hides_nothing(archive: BucketArchive, s3: Any) -> None:
    archive.put(NAME, "first")
    s3.delete_object(Bucket=BUCKET, Key=NAME)
    (stored,) = archive.iter_texts("review")
    assert (stored.text, stored.flaws) == ("first", (DELETED,))
    s3.put_object(Bucket=BUCKET, Key=NAME, Body=b"on top of the marker")
    (stored,) = archive.iter_texts("review")
    assert (stored.text, set(stored.flaws)) == ("first", {DELETED, REPLACED})


def test_r12_a_name_with_only_a_delete_marker_is_named(s3: Any) -> None:
    s3.create_bucket(Bucket="unlocked")
    s3.put_bucket_versioning(Bucket="unlocked", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="unlocked", Key=NAME, Body=b"first")["VersionId"]
    s3.delete_object(Bucket="unlocked", Key=NAME)
    s3.delete_object(Bucket="unlocked", Key=NAME, VersionId=version)
    stored = list(BucketArchive("unlocked", OWNER, s3).iter_texts("review"))
    assert [(one.text, one.flaws) for one in stored] == [("", (DELETED,))]


def test_r12_a_text_without_a_lock_is_named(archive: BucketArchive, s3: Any) -> None:
    s3.create_bucket(Bucket="unlocked")
    s3.put_object(Bucket="unlocked", Key=NAME, Body=b"first")
    for is_locked, flaws in ((True, (UNLOCKED,)), (False, ())):
        (stored,) = BucketArchive("unlocked", OWNER, s3, is_locked).iter_texts("review")
        assert stored.flaws == flaws


def test_r12_a_folder_has_only_its_own_texts_and_names_that_begin_alike_are_others(archive: BucketArchive) -> None:
    for name in (NAME, f"{NAME}-b", "review2/a.json", "chat/a.json"):
        archive.put(name, name)
    assert [stored.name for stored in archive.iter_texts("review")] == [NAME, f"{NAME}-b"]
    assert archive.put(NAME, "again") == NAME


def test_r12_a_text_that_is_not_utf_8_stops_no_verification(archive: BucketArchive, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=NAME, Body=b"\xff\xfe")
    assert [stored.name for stored in archive.iter_texts("review")] == [NAME]


@pytest.mark.parametrize("seconds", [(2, 1, 0), (0, 0, 0)])
def test_r12_the_first_version_is_the_oldest_and_of_one_second_the_last_one_listed(seconds: tuple[int, ...]) -> None:
    """S3 lists the newest version first."""
    client = boto3.client("s3")
    listed = [
        {"Key": NAME, "VersionId": f"v{2 - index}", "LastModified": datetime(2026, 3, 5, 4, 0, second, tzinfo=UTC)}
        for index, second in enumerate(seconds)
    ]
    with Stubber(client) as stubber:
        stubber.add_response("list_object_versions", {"Versions": listed})
        expected = {"Bucket": BUCKET, "ExpectedBucketOwner": OWNER, "Key": NAME, "VersionId": "v0"}
        body = StreamingBody(io.BytesIO(b"first"), 5)
        stubber.add_response("get_object", {"Body": body, "ObjectLockMode": "COMPLIANCE"}, expected)
        (stored,) = BucketArchive(BUCKET, OWNER, client).iter_texts("review")
    assert (stored.text, stored.flaws) == ("first", (REPLACED,))


def test_r12_a_denied_write_is_an_error_and_not_an_earlier_text() -> None:
    client = boto3.client("s3")
    with Stubber(client) as stubber:
        stubber.add_client_error("put_object", "AccessDenied")
        with pytest.raises(ClientError, match="AccessDenied"):
            BucketArchive(BUCKET, OWNER, client).put(NAME, "first")


def test_r12_a_text_that_cannot_be_read_is_named_and_hides_no_other(archive: BucketArchive, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="review/2026-01.json", Body=b"first", StorageClass="GLACIER")
    archive.put(NAME, "second")
    stored = list(archive.iter_texts("review"))
    assert [(one.text, one.flaws) for one in stored] == [("", (UNREADABLE,)), ("second", ())]


def test_r12_a_lock_that_some_roles_can_remove_is_named(archive: BucketArchive, s3: Any) -> None:
    until = datetime(2999, 1, 1, tzinfo=UTC)
    s3.put_object(Bucket=BUCKET, Key=NAME, Body=b"first", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    (stored,) = archive.iter_texts("review")
    assert stored.flaws == (UNLOCKED,)
