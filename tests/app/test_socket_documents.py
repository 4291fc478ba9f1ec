"""Each frame of the WebSocket API has the schema of the AsyncAPI document."""

from __future__ import annotations

from typing import Any

import pytest

from docs.asyncapi import document
from docs.frames import PUSHES, RESPONSES
from simulation.api.fixture import ApiFixture
from simulation.api.operations import named
from tests.app.take_downs import restore, take_down
from tests.app.test_sockets import connected, room, send_frame
from tests.support.json_schemas import errors_of

SCHEMAS = document()["components"]["schemas"]
PUSHED = {SCHEMAS[model.__name__]["properties"]["type"]["const"]: model.__name__ for model in PUSHES}


def errors(model: str, value: Any) -> list[str]:
    return errors_of({"$ref": f"#/components/schemas/{model}"}, {"schemas": SCHEMAS}, value)


FRAMES: dict[str, dict[str, Any]] = {
    "subscribe": {},
    "send": {"client_msg_id": "message-0001", "after_seq": 0, "text": "大家早。"},
    "read": {"seq": 1},
    "ping": {},
}


@pytest.mark.parametrize("action", RESPONSES)
def test_each_response_frame_has_its_schema(api: ApiFixture, action: str) -> None:
    connection = connected(api, api.users["member"])
    place = {} if action == "ping" else room(api)
    (frame, *_) = send_frame(api, connection, {"action": action, "ref": "r-1", **place, **FRAMES[action]})
    assert errors(RESPONSES[action].__name__, frame) == []
    (problem,) = send_frame(api, connection, {"action": action, "unknown": 1})
    assert errors("ProblemFrame", problem) == []


def test_each_push_frame_has_its_schema(api: ApiFixture) -> None:
    moderator, ids = api.users["moderator"], room(api)
    # The author of what is taken down is notified.
    connections = [connected(api, user) for user in (api.users["member"], api.users["target"])]
    send_frame(api, connections[0], {"action": "subscribe", **room(api)})
    sent = api.call(named("send_message"), moderator, ids=ids, body=FRAMES["send"])
    ids["seq"] = str(sent.body["seq"])
    for name in ("pin_message", "unpin_message", "highlight_message", "unhighlight_message"):
        assert api.call(named(name), moderator, ids=ids).status == 204
    headers = {"if-match": f'"{api.read_etag(named("update_message"), ids)}"'}
    assert api.call(named("update_message"), moderator, ids=ids, body={"text": "大家晚上好。"}, headers=headers).status == 200
    api.gateway.run_streams()
    assert api.call(named("add_reaction"), moderator, ids=ids).status == 204
    api.gateway.run_streams()
    assert api.call(named("recall_message"), moderator, ids=ids).status == 204
    headers = {"if-match": f'"{api.read_etag(named("update_room"), ids)}"'}
    assert api.call(named("update_room"), moderator, ids=ids, body={"notice": "今晚有雨。"}, headers=headers).status == 200
    removal = {"ids": {**ids, "seq": api.ids["seq"]}, "body": {"reason": "广告。"}}
    assert api.call(named("remove_message"), moderator, **removal).status == 204
    for change in (take_down, restore):
        change(api, "chat", "message", f"{ids['room_id']}/{ids['seq']}")
    api.gateway.run_streams()
    pushes = [push for connection in connections for push in api.gateway.pop_pushes(connection)]
    assert {push["type"] for push in pushes} == PUSHED.keys()
    assert [errors(PUSHED[push["type"]], push) for push in pushes] == [[]] * len(pushes)
