"""Muted users at the WebSocket API: each frame has a kind of action, as each route has one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.shared.kernel.clock import rfc3339, utc_now
from simulation.api.fixture import ApiFixture, unknown_ids
from simulation.api.gateway import ApiUser
from tests.app.test_sockets import connected, room, send_frame


def mute(api: ApiFixture, user: ApiUser, where: str) -> None:
    """Mute a user on the platform or in the circle."""
    if where == "platform":
        body = {"level": "muted", "violation": "spam", "reason": "多次发布不实信息。"}
        api.call_path("review", "reviewer", "PUT", f"/users/{user.user_id}/sanction", body=body)
    else:
        path = f"/circles/{api.ids['circle_id']}/members/{user.user_id}/sanctions"
        until = rfc3339(utc_now() + timedelta(days=1))
        api.call_path("circles", "owner", "POST", path, body={"kind": "mute", "reason": "刷屏。", "until": until})
    api.gateway.run_streams()


@pytest.mark.parametrize("where", ["platform", "circle"])
def test_r14_a_muted_user_subscribes_and_reads_by_socket_but_sends_nothing(api: ApiFixture, where: str) -> None:
    user = api.users["member"]
    connection = connected(api, user)
    mute(api, user, where)
    api.gateway.pop_pushes(connection)  # the notification of it
    frames = {
        "subscribe": {"action": "subscribe", **room(api)},
        "read": {"action": "read", **room(api), "seq": 1},
        "ping": {"action": "ping"},
    }
    assert [send_frame(api, connection, frame)[0]["type"] for frame in frames.values()] == ["subscribed", "read", "pong"]
    api.gateway.cloud.records("chat")
    frame = {"action": "send", **room(api), "client_msg_id": "socket-0001", "after_seq": 1, "text": "白鹭！"}
    (denied,) = send_frame(api, connection, frame)
    assert (denied["problem"]["status"], denied["problem"]["type"]) == (403, "urn:coterie:problem:caller-muted")
    assert api.gateway.cloud.records("chat") == []


def test_c3_a_muted_stranger_gets_one_response_by_socket_for_each_circle(api: ApiFixture) -> None:
    user = api.users["stranger"]
    connection = connected(api, user)
    mute(api, user, "platform")
    api.gateway.pop_pushes(connection)  # the notification of it
    responses = []
    for ids in (room(api), {name: unknown_ids()[name] for name in ("circle_id", "room_id")}):
        frame = {"action": "send", **ids, "client_msg_id": "socket-0001", "after_seq": 0, "text": "在吗"}
        (response,) = send_frame(api, connection, frame)
        responses.append(response["problem"] | {"correlation_id": ""})
    assert responses[0] == responses[1]
