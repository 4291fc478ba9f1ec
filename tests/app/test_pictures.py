"""Pictures over the real bucket calls: used forms, forged uploads, postponed uploads, and the evidence of a report."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest

from demo.pictures import dawn
from services.circles import picture_worker, wiring
from services.circles.domain.upload import MAX_TRIES
from services.circles.repository.pictures import add_worker_time
from services.shared.kernel.clock import utc_now
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import new_idempotency_key
from simulation.api.moto_cloud import EVIDENCE, PICTURES
from tests.unit.circles.test_metadata import DAMAGED, with_exif

OTHER_PNG = dawn(120, 80)
REPORT = {"reason": "fraud"}


def upload_again(api: ApiFixture, data: bytes, type: str = "image/png") -> str:
    """Upload to the form of the posted picture, run the worker, and return the object's name."""
    object_key = f"raw/{api.ids['circle_id']}/{api.users['target'].user_id}/{api.ids['picture_id']}"
    api.gateway.cloud.s3.put_object(Bucket=PICTURES, Key=object_key, Body=data, ContentType=type)
    assert run_worker(object_key) == {"batchItemFailures": []}
    return object_key


def run_worker(object_key: str, **body: Any) -> Any:
    record = {"s3": {"object": {"key": object_key}}}
    message = {"messageId": "upload", "eventSource": "aws:sqs", "body": json.dumps({"Records": [record], **body})}
    return picture_worker.on_picture({"Records": [message]}, None)


def files(api: ApiFixture, bucket: str) -> dict[str, bytes]:
    s3 = api.gateway.cloud.s3
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {entry["Key"]: s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed}


@pytest.mark.parametrize("data", [OTHER_PNG, b"<svg onload=alert(1)>", b""], ids=["another picture", "svg", "empty"])
def test_c13_the_form_of_a_posted_picture_replaces_nothing(api: ApiFixture, data: bytes) -> None:
    before = files(api, PICTURES)
    upload_again(api, data)
    assert files(api, PICTURES) == before


def test_c13_the_bucket_itself_denies_a_second_picture_under_a_name(api: ApiFixture) -> None:
    """Also if the table had lost the check of the first one."""
    before = files(api, PICTURES)
    name = next(name for name in before if name.startswith("shown/"))
    wiring.pictures().put_if_absent(name, "image/png", OTHER_PNG)
    assert files(api, PICTURES) == before


def test_c27_reviewers_alone_download_the_pictures_of_a_report(api: ApiFixture) -> None:
    note = f"/circles/{api.ids['circle_id']}/notes/{api.ids['note_id']}"
    shown = next(data for name, data in files(api, PICTURES).items() if name.startswith("shown/"))
    upload_again(api, OTHER_PNG)
    api.call_path("circles", "target", "DELETE", note)
    case = f"/cases/{api.ids['case_id']}"
    (picture,) = api.call_path("review", "reviewer", "GET", f"{case}/pictures")["items"]
    address = urlsplit(picture["url"])
    assert parse_qs(address.query)["X-Amz-Expires"] == ["60"]
    name = address.path.removeprefix("/").removeprefix(f"{EVIDENCE}/")
    assert files(api, EVIDENCE)[name] == shown
    for user in ("target", "owner", "moderator", "member", "operator"):
        assert api.gateway.call("review", "GET", f"{case}/pictures", by=api.users[user]).status == 403


def test_c13_a_postponed_upload_returns_to_the_queue_and_is_processed_later(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs, target = api.gateway.cloud.sqs, api.users["target"]
    path, body = f"/circles/{api.ids['circle_id']}/pictures", {"type": "image/png", "size": len(OTHER_PNG)}
    form = api.call_path("circles", "target", "POST", path, body=body)["fields"]
    api.gateway.cloud.s3.put_object(Bucket=PICTURES, Key=form["key"], Body=OTHER_PNG, ContentType="image/png")
    shown = form["key"].replace("raw/", "shown/")
    now, share = utc_now(), timedelta(seconds=15)
    add_worker_time(wiring.table(), target.user_id, now, share)
    monkeypatch.setattr(wiring, "utc_now", lambda: now)
    sent = mock.Mock(wraps=sqs.send_message)
    monkeypatch.setattr(wiring.upload_queue().sqs, "send_message", sent)
    assert run_worker(form["key"], postponements=9) == {"batchItemFailures": []}
    assert shown not in files(api, PICTURES)
    (call,) = sent.call_args_list
    assert 256 <= call.kwargs["DelaySeconds"] <= 900
    postponed = json.loads(call.kwargs["MessageBody"])
    assert postponed["postponements"] == 10
    monkeypatch.setattr(wiring, "utc_now", lambda: now + timedelta(minutes=1))
    message = {"messageId": "later", "eventSource": "aws:sqs", "body": json.dumps(postponed)}
    assert picture_worker.on_picture({"Records": [message]}, None) == {"batchItemFailures": []}
    assert shown in files(api, PICTURES)


def create_and_upload(api: ApiFixture, data: bytes, type: str = "image/png") -> tuple[str, str]:
    """Upload a picture of the target, and return its id and the object's name. It is not processed yet."""
    path, body = f"/circles/{api.ids['circle_id']}/pictures", {"type": type, "size": len(data)}
    form = api.call_path("circles", "target", "POST", path, body=body)
    api.gateway.cloud.s3.put_object(Bucket=PICTURES, Key=form["fields"]["key"], Body=data, ContentType=type)
    return form["picture_id"], form["fields"]["key"]


def get_picture(api: ApiFixture, picture_id: str, by: str = "target") -> Any:
    path = f"/circles/{api.ids['circle_id']}/pictures/{picture_id}"
    return api.gateway.call("circles", "GET", path, by=api.users[by])


def test_c13_a_client_asks_why_a_picture_was_rejected(api: ApiFixture) -> None:
    picture_id, object_key = create_and_upload(api, b"no picture")
    assert get_picture(api, picture_id).body["state"] == "processing"
    assert run_worker(object_key) == {"batchItemFailures": []}
    body = get_picture(api, picture_id).body
    assert (body["state"], body["type"], body["reason"]["code"]) == ("rejected", None, "picture-type-wrong")
    assert body["reason"]["zh_cn"] == "图片已损坏或格式不符，请换一张"
    note = {"text": "江边。", "pictures": [picture_id]}
    path = f"/circles/{api.ids['circle_id']}/notes"
    key = new_idempotency_key()
    response = api.gateway.call("circles", "POST", path, by=api.users["target"], body=note, key=key)
    assert response.status == 422
    assert [(field["at"], field["code"]) for field in response.body["errors"]] == [("/pictures/0", "picture-type-wrong")]
    assert get_picture(api, picture_id, by="member").status == get_picture(api, picture_id, by="owner").status == 404


def test_c13_a_picture_with_damaged_exif_data_is_ready(api: ApiFixture) -> None:
    for kind, data in DAMAGED.items():
        if kind in ("garbage", "entries that are cut off"):
            picture_id, object_key = create_and_upload(api, with_exif("WEBP", data), "image/webp")
            assert run_worker(object_key) == {"batchItemFailures": []}
            body = get_picture(api, picture_id).body
            assert (body["state"], body["reason"], body["width"], body["height"]) == ("ready", None, 32, 16)


def test_c13_an_upload_that_ends_the_function_each_time_is_rejected(api: ApiFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    picture_id, object_key = create_and_upload(api, OTHER_PNG)
    failing = mock.Mock(side_effect=OSError("no process can be started"))
    monkeypatch.setattr(picture_worker, "clean_in_child", failing)
    for _ in range(MAX_TRIES):
        assert run_worker(object_key) == {"batchItemFailures": [{"itemIdentifier": "upload"}]}
    assert run_worker(object_key) == {"batchItemFailures": []}
    assert get_picture(api, picture_id).body["reason"]["code"] == "picture-not-processed"
