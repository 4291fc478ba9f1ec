"""H24 over HTTP and sockets: pictures of messages, from the form to the addresses, with the worker of the template."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo.pictures import dawn
from services.shared.pictures.clean import PictureInvalid
from services.shared.pictures.upload import FLAWS
from simulation.api.bodies import PNG
from simulation.api.fixture import ApiFixture
from simulation.api.moto_cloud import CHAT_PICTURES, EVIDENCE, PICTURES_DOMAIN, service_module
from simulation.api.operations import named
from tests.app.extremes import upload_pictures
from tests.app.test_pictures import files
from tests.unit.shared.pictures.test_child_process import progressive_bomb
from tests.unit.shared.pictures.test_imaging import INVALID, bomb


def send(api: ApiFixture, by: str, pictures: list[str], msg_id: str = "pictures-0001", text: str = "") -> Any:
    body = {"client_msg_id": msg_id, "after_seq": 0, "text": text, "pictures": pictures}
    return api.call(named("send_message"), api.users[by], body=body)


def state_of(api: ApiFixture, picture_id: str, by: str = "owner") -> dict[str, Any]:
    ids = {"picture_id": picture_id}
    body: dict[str, Any] = api.call(named("get_room_picture"), api.users[by], ids=ids).body
    return body


def test_h24_a_message_shows_pictures_by_addresses_of_its_room(api: ApiFixture) -> None:
    pictures = upload_pictures(api, "owner", 2, service="chat")
    assert state_of(api, pictures[0])["state"] == "ready"
    sent = send(api, "owner", pictures)
    assert (sent.status, sent.body["kind"], sent.body["text"]) == (201, "pictures", "")
    assert [picture["id"] for picture in sent.body["pictures"]] == pictures
    history = api.call(named("list_messages"), api.users["member"], query="limit=1").body["items"]
    assert history[0]["pictures"] == sent.body["pictures"], "all members get the same addresses"
    first = sent.body["pictures"][0]
    assert (first["width"], first["height"]) == (96, 64)
    start = f"https://{PICTURES_DOMAIN}/shown/{api.ids['room_id']}/{api.users['owner'].user_id}/{pictures[0]}?"
    assert first["url"].startswith(start)
    assert send(api, "owner", pictures).body == sent.body
    used = send(api, "owner", pictures[:1], "pictures-0002")
    assert (used.status, used.body["errors"][0]["code"]) == (422, "picture-used")


def test_h24_a_picture_that_is_being_processed_is_a_conflict_that_says_when_to_try_again(api: ApiFixture) -> None:
    form = api.call(named("create_room_upload"), api.users["owner"], body={"type": "image/png", "size": len(PNG)}).body
    api.gateway.cloud.s3.put_object(Bucket=CHAT_PICTURES, Key=form["fields"]["key"], Body=PNG, ContentType="image/png")
    response = send(api, "owner", [form["picture_id"]])
    assert (response.status, response.body["type"].rpartition(":")[2]) == (409, "pictures-not-ready")
    assert response.headers["retry-after"] == "1"
    assert state_of(api, form["picture_id"])["state"] == "processing"


HOSTILE = {
    "a decompression bomb": (bomb(40_000, 40_000), "picture-too-many-pixels"),
    "a picture of many scans": (progressive_bomb(2000), "picture-type-wrong"),
    "no picture": (b"<svg onload=alert(1)>", "picture-type-wrong"),
    "nothing": (b"\x00", "picture-type-wrong"),
    **{kind: (data, "picture-type-wrong") for kind, data in INVALID.items() if data and kind != "another type"},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_h24_a_hostile_upload_ends_as_a_named_reason_in_a_room_as_for_a_note(api: ApiFixture, kind: str) -> None:
    data, code = HOSTILE[kind]
    (picture_id,) = upload_pictures(api, "owner", 1, service="chat", data=data)
    body = state_of(api, picture_id)
    assert (body["state"], body["reason"]["code"]) == ("rejected", code)
    assert body["reason"]["code"] in FLAWS.values()
    response = send(api, "owner", [picture_id])
    assert (response.status, response.body["errors"][0]["code"]) == (422, code)
    assert not [name for name in files(api, CHAT_PICTURES) if picture_id in name], "neither the upload nor a picture stays"


def test_h24_the_worker_of_chat_rejects_an_upload_that_ends_it_each_time(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reject(*_: Any, **__: Any) -> None:
        raise PictureInvalid("too_complex")

    monkeypatch.setattr(service_module("picture_worker", "chat"), "clean_in_child", reject)
    (picture_id,) = upload_pictures(api, "owner", 1, service="chat", data=dawn(120, 80))
    assert state_of(api, picture_id)["reason"]["code"] == "picture-too-complex"


def test_h24_a_frame_of_a_socket_sends_pictures_and_pushes_them_once(api: ApiFixture) -> None:
    (picture_id,) = upload_pictures(api, "owner", 1, service="chat")
    for by in ("owner", "member"):
        ticket = api.call(named("create_ticket"), api.users[by]).body["ticket"]
        assert api.gateway.call_socket("$connect", f"connection-{by}", ticket=ticket) == 200
        subscribe = {"action": "subscribe", "circle_id": api.ids["circle_id"], "room_id": api.ids["room_id"]}
        api.gateway.call_socket("$default", f"connection-{by}", body=json.dumps(subscribe))
    frame = {"action": "send", "circle_id": api.ids["circle_id"], "room_id": api.ids["room_id"]}
    body = {"client_msg_id": "pictures-0001", "after_seq": 0, "text": "", "pictures": [picture_id]}
    api.gateway.call_socket("$default", "connection-owner", body=json.dumps({**frame, **body}))
    pushes = api.gateway.sockets.pushes
    (pushed,) = [message for each in pushes["connection-member"] if each["type"] == "messages" for message in each["messages"]]
    (sent,) = [each for each in pushes["connection-owner"] if each["type"] == "sent"]
    assert pushed == sent["message"]
    assert pushed["pictures"][0]["thumbnail_url"].startswith(f"https://{PICTURES_DOMAIN}/thumb/")


def test_c27_a_report_of_a_message_copies_its_pictures_for_reviewers(api: ApiFixture) -> None:
    pictures = upload_pictures(api, "target", 1, service="chat")
    seq = send(api, "target", pictures).body["seq"]
    before = files(api, EVIDENCE).keys()
    assert api.call(named("report_message"), api.users["member"], body={"seq": seq, "reason": "spam"}).status == 204
    (copy,) = files(api, EVIDENCE).keys() - before
    assert copy.startswith("chat/")
    assert copy.endswith(f"/{api.ids['room_id']}/{seq}/{pictures[0]}")
