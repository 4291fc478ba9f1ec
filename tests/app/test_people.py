"""A2 over HTTP: the profile, an avatar from its upload to its address, the people of a screen, and bad input."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.shared.kernel.ids import new_id
from simulation.api.bodies import PNG
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Context, Response
from simulation.api.moto_cloud import service_module
from tests.app.problems import assert_problem

BAD_NAMES = ["官方小助手", "a\u202eb", "微信abc12345", "鸟" * 21, " ", 7, ["鸟"], {"a": 1}, "a" + "\u0301" * 41]


def get_people(api: ApiFixture, ids: str, by: str = "member", **headers: str) -> Response:
    path = f"/circles/{api.ids['circle_id']}/people"
    return api.gateway.call("circles", "GET", path, by=api.users[by], query=f"ids={ids}", headers=headers)


def patch(api: ApiFixture, by: str, body: Any, path: str = "/me") -> Response:
    etag = api.gateway.call("circles", "GET", path, by=api.users[by]).body["etag"]
    headers = {"if-match": f'"{etag}"'}
    response = api.gateway.call("circles", "PATCH", path, by=api.users[by], body=body, headers=headers)
    api.gateway.run_streams()
    return response


def upload_avatar(api: ApiFixture, by: str, data: bytes = PNG) -> str:
    upload = api.call_path("circles", by, "POST", "/me/avatars", body={"type": "image/png", "size": len(data)})
    key = upload["fields"]["key"]
    api.gateway.cloud.s3.put_object(Bucket="coterie-test-pictures", Key=key, Body=data, ContentType="image/png")
    notification = {"Records": [{"s3": {"object": {"key": key}}}]}
    message = {"messageId": "upload", "eventSource": "aws:sqs", "body": json.dumps(notification)}
    service_module("picture_worker", "circles").on_picture({"Records": [message]}, Context())
    return str(upload["picture_id"])


def test_a2_a_screen_resolves_its_authors_in_one_call_that_can_be_cached(api: ApiFixture) -> None:
    target, owner = api.users["target"].user_id, api.users["owner"].user_id
    assert patch(api, "target", {"nickname": "大山雀", "bio": "爱鸟。"}).body["nickname"] == "大山雀"
    ids = f"{target},{owner},{api.users['stranger'].user_id},{target}"
    first = get_people(api, ids)
    assert first.body["people"].keys() == {target, owner}
    shown = {"nickname": "大山雀", "avatar": None, "role": "member", "is_deleted": False}
    assert first.body["people"][target] == shown
    assert first.body["people"][owner]["role"] == "owner"
    assert first.headers["cache-control"] == "private, max-age=60"
    again = get_people(api, ids, **{"if-none-match": f'W/"x", {first.headers["etag"]}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, None, first.headers["etag"])
    assert again.headers["cache-control"] == "private, max-age=60"
    patch(api, "target", {"nickname": "小山雀"})
    changed = get_people(api, ids, **{"if-none-match": first.headers["etag"]})
    assert changed.body["people"][target]["nickname"] == "小山雀"


def test_a2_a_patch_keeps_what_is_absent_and_null_clears(api: ApiFixture) -> None:
    patch(api, "target", {"nickname": "大山雀", "bio": "爱鸟。"})
    profile = patch(api, "target", {"nickname": None}).body
    assert (profile["is_default_nickname"], profile["bio"]) == (True, "爱鸟。")
    assert profile["nickname"].startswith("圈友")
    circle = f"/circles/{api.ids['circle_id']}/membership"
    assert patch(api, "target", {"nickname": "白鹭"}, circle).body["has_own_nickname"]
    assert not patch(api, "target", {"nickname": None}, circle).body["has_own_nickname"]


def test_a2_an_avatar_is_made_anew_and_its_address_needs_no_token(api: ApiFixture) -> None:
    avatar = upload_avatar(api, "target")
    assert api.call_path("circles", "target", "GET", f"/me/avatars/{avatar}")["picture"]["width"] == 64
    shown = patch(api, "target", {"avatar": avatar}).body["avatar"]
    target = api.users["target"].user_id
    person = get_people(api, target).body["people"][target]
    assert person["avatar"]["picture_id"] == shown["picture_id"] == avatar
    assert f"shown/avatars/{target}/{avatar}" in person["avatar"]["url"]
    assert person["avatar"]["url"] == shown["url"]
    stored = api.gateway.cloud.s3.get_object(Bucket="coterie-test-pictures", Key=f"shown/avatars/{target}/{avatar}")
    assert stored["Body"].read() != PNG
    members = api.call_path("circles", "newcomer", "GET", f"/circles/{api.ids['circle_id']}/members")["items"]
    assert [entry["avatar"]["picture_id"] for entry in members if entry["user_id"] == target] == [avatar]


def test_a2_a_bomb_is_no_avatar(api: ApiFixture) -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00\x00\x00"
    avatar = upload_avatar(api, "target", header + b"\x00" * 64)
    assert api.call_path("circles", "target", "GET", f"/me/avatars/{avatar}")["state"] == "rejected"
    response = patch(api, "target", {"avatar": avatar})
    assert_problem(api.gateway, "circles", response, 422, "pictures-invalid")
    assert response.body["errors"][0]["pointer" if "pointer" in response.body["errors"][0] else "at"] == "/avatar"


@pytest.mark.parametrize("count", [51, 1000])
def test_a2_more_than_50_ids_are_denied_without_a_read(api: ApiFixture, count: int) -> None:
    response = get_people(api, ",".join(f"user-{number}" for number in range(count)))
    assert_problem(api.gateway, "circles", response, 422, "invalid")


def test_a2_fifty_ids_are_read(api: ApiFixture) -> None:
    assert get_people(api, ",".join(f"user-{number}" for number in range(50))).body["people"] == {}
    assert get_people(api, "").body["people"] == {}


@pytest.mark.parametrize("ids", ["a,,b", ",", "a%23b", "../x", "a%20b", "%00"])
def test_a2_what_is_no_user_id_is_denied(api: ApiFixture, ids: str) -> None:
    assert get_people(api, ids).status == 422


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a2_a_bad_nickname_is_denied_with_its_field(api: ApiFixture, name: Any) -> None:
    response = patch(api, "target", {"nickname": name})
    assert response.status == 422
    assert "nickname" in json.dumps(response.body["errors"])


@pytest.mark.parametrize("field", ["user_id", "version", "role", "name_key", "name"])
def test_a2_other_fields_of_a_profile_cannot_be_set(api: ApiFixture, field: str) -> None:
    assert patch(api, "target", {"nickname": "大山雀", field: "x"}).status == 422


def test_a2_the_avatar_of_another_user_cannot_be_chosen(api: ApiFixture) -> None:
    avatar = upload_avatar(api, "target")
    for picture_id in (avatar, new_id("pic"), api.ids["picture_id"]):
        assert_problem(api.gateway, "circles", patch(api, "member", {"avatar": picture_id}), 422, "pictures-invalid")
