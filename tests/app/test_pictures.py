"""Pictures over the real bucket calls: used forms, forged uploads, postponed uploads, and the evidence of a report."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from demo.pictures import dawn
from services.circles import picture_worker, wiring
from services.shared.kernel.clock import utc_now
from services.shared.pictures.checks import add_worker_time
from services.shared.pictures.upload import MAX_TRIES
from services.shared.pictures.urls import PresignedUrls
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import new_idempotency_key
from simulation.api.moto_cloud import EVIDENCE, PICTURES, PICTURES_DOMAIN
from simulation.api.operations import operations
from tests.unit.shared.pictures.test_metadata import DAMAGED, with_exif

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
    folder = f"shown/{api.ids['circle_id']}/"
    shown = next(data for name, data in files(api, PICTURES).items() if name.startswith(folder))
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
    assert (body["state"], body["picture"], body["reason"]["code"]) == ("rejected", None, "picture-type-wrong")
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
            assert (body["state"], body["reason"]) == ("ready", None)
            assert (body["picture"]["width"], body["picture"]["height"]) == (32, 16)


def test_c13_an_upload_that_ends_the_function_each_time_is_rejected(api: ApiFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    picture_id, object_key = create_and_upload(api, OTHER_PNG)
    failing = mock.Mock(side_effect=OSError("no process can be started"))
    monkeypatch.setattr(picture_worker, "clean_in_child", failing)
    for _ in range(MAX_TRIES):
        assert run_worker(object_key) == {"batchItemFailures": [{"itemIdentifier": "upload"}]}
    assert run_worker(object_key) == {"batchItemFailures": []}
    assert get_picture(api, picture_id).body["reason"]["code"] == "picture-not-processed"


def addresses_in(body: Any) -> set[str]:
    """Return every address of a picture in a response."""
    return set(re.findall(r"https://pictures\.example/[^\"]+", json.dumps(body)))


def get(api: ApiFixture, by: str, path: str) -> Any:
    return api.gateway.call("circles", "GET", f"/circles/{api.ids['circle_id']}{path}", by=api.users[by])


def test_c13_a_note_has_the_size_and_the_addresses_of_its_pictures(api: ApiFixture) -> None:
    (picture,) = get(api, "member", f"/notes/{api.ids['note_id']}").body["pictures"]
    assert (picture["id"], picture["type"], picture["width"], picture["height"]) == (api.ids["picture_id"], "image/png", 96, 64)
    object_key = f"{api.ids['circle_id']}/{api.users['target'].user_id}/{api.ids['picture_id']}"
    for name, folder in [("url", "shown"), ("thumbnail_url", "thumb")]:
        address = urlsplit(picture[name])
        assert (address.netloc, address.path) == (PICTURES_DOMAIN, f"/{folder}/{object_key}")
        assert set(parse_qs(address.query)) == {"Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"}
        assert address.path.removeprefix("/") in files(api, PICTURES)
    ends_in = datetime.fromisoformat(picture["expires_at"]) - utc_now()
    assert timedelta(minutes=5) <= ends_in + timedelta(seconds=5) and ends_in <= timedelta(minutes=10)


@pytest.mark.parametrize("path", ["/notes", "/pins", "/highlights", "/recap"])
def test_c13_lists_of_notes_have_thumbnails_that_all_members_share(api: ApiFixture, path: str) -> None:
    note = f"/circles/{api.ids['circle_id']}/notes/{api.ids['note_id']}"
    for mark in ("pin", "highlight"):
        api.call_path("circles", "moderator", "PUT", f"{note}/{mark}")
    api.gateway.run_streams()
    found = [addresses_in(get(api, by, path).body) for by in ("member", "owner", "moderator")]
    assert found[0] == found[1] == found[2]
    assert {urlsplit(one).path.split("/")[1] for one in found[0]} == {"thumb"}


def test_c13_an_author_previews_an_upload_and_the_pictures_of_a_draft(api: ApiFixture) -> None:
    picture_id, object_key = create_and_upload(api, OTHER_PNG)
    assert get_picture(api, picture_id).body["picture"] is None
    run_worker(object_key)
    picture = get_picture(api, picture_id).body["picture"]
    assert (picture["width"], picture["height"]) == (120, 80)
    assert "/shown/" in picture["url"] and "/thumb/" in picture["thumbnail_url"]
    path, draft = f"/circles/{api.ids['circle_id']}/drafts", {"text": "江边。", "pictures": [picture_id]}
    created = api.call_path("circles", "target", "POST", path, body=draft)
    (listed,) = get(api, "target", "/drafts").body["items"]
    assert created["pictures"] == listed["pictures"]
    assert (listed["pictures"][0]["thumbnail_url"], listed["pictures"][0]["url"]) == (picture["thumbnail_url"], None)


# Every response of these users, to every GET of the circle, is searched for addresses.
OUTSIDE = ("stranger", "pending", "kicked", "banned", "operator")


@pytest.mark.parametrize("by", OUTSIDE)
def test_c13_no_user_outside_the_circle_gets_an_address(api: ApiFixture, by: str) -> None:
    for operation in operations():
        if operation.service == "circles" and operation.method == "GET" and "circle_id" in operation.ids:
            assert not addresses_in(api.call(operation, api.users[by]).body), operation.name
    assert addresses_in(get(api, "member", "/notes").body), "the search finds addresses"


def test_c13_the_pictures_of_a_removed_note_get_no_address_and_a_kicked_member_gets_none(api: ApiFixture) -> None:
    note, paths = f"/notes/{api.ids['note_id']}", ("/notes", "/pins", "/highlights", "/recap")
    removal = f"/circles/{api.ids['circle_id']}{note}/removal"
    api.call_path("circles", "moderator", "POST", removal, body={"reason": "公布了巢址。"})
    for by in ("member", "owner", "target"):
        assert not addresses_in([get(api, by, path).body for path in (note, *paths)])


def test_c13_an_edge_function_of_a_laptop_gives_presigned_addresses(api: ApiFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same response with the other adapter, and the bytes are those of the worker."""
    presigned = PresignedUrls(PICTURES, wiring.s3)
    monkeypatch.setattr(wiring, "picture_addresses", lambda: presigned)
    (picture,) = get(api, "member", f"/notes/{api.ids['note_id']}").body["pictures"]
    browser = {"Origin": "https://app.example", "Referer": "https://app.example/circle"}
    response = requests.get(picture["url"], headers=browser, timeout=5)
    assert response.content == files(api, PICTURES)[urlsplit(picture["url"]).path.removeprefix("/")]
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == "private, max-age=900, immutable"
