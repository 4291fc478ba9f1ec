"""The WebSocket API as the gateway calls it: connect with a ticket, frames, disconnect."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any
from unittest import mock

import pytest

from services.shared.kernel.clock import rfc3339, utc_now
from services.shared.kernel.ids import derive_id
from services.shared.security.account_status import AccountStatus, SanctionLevel, account_status_to_item
from services.shared.table.port import Throttled
from simulation.api.fixture import ApiFixture, unknown_ids
from simulation.api.gateway import ApiUser
from simulation.api.moto_cloud import service_module
from simulation.api.operations import named


def connected(api: ApiFixture, user: ApiUser) -> str:
    """A new connection of this user."""
    connection = f"connection-{uuid.uuid4().hex[:12]}"
    ticket = api.call(named("create_ticket"), user).body["ticket"]
    assert api.gateway.call_socket("$connect", connection, ticket=ticket) == 200
    return connection


def send_frame(api: ApiFixture, connection: str, frame: Any) -> list[dict[str, Any]]:
    """Send a frame and return what is pushed to the connection. The gateway always gets 200."""
    assert api.gateway.call_socket("$default", connection, body=frame) == 200
    return api.gateway.pop_pushes(connection)


def room(api: ApiFixture) -> dict[str, str]:
    return {name: api.ids[name] for name in ("circle_id", "room_id")}


def test_a_ticket_connects_one_socket_once(api: ApiFixture) -> None:
    ticket = api.call(named("create_ticket"), api.users["member"]).body["ticket"]
    assert api.gateway.call_socket("$connect", "connection-a", ticket=ticket) == 200
    assert api.gateway.call_socket("$connect", "connection-b", ticket=ticket) == 401
    assert send_frame(api, "connection-a", {"action": "ping"}) == [{"type": "pong", "ref": None}]
    (problem_frame,) = send_frame(api, "connection-b", {"action": "ping"})
    assert problem_frame["problem"]["status"] == 401


@pytest.mark.parametrize("ticket", ["", "tkt_unknown", "観鳥", "x" * 5000, "' OR 1=1"])
def test_a_connection_without_a_valid_ticket_gets_401_and_writes_nothing(api: ApiFixture, ticket: str) -> None:
    api.gateway.cloud.records("chat")
    assert api.gateway.call_socket("$connect", "connection-c", ticket=ticket) == 401
    assert api.gateway.cloud.records("chat") == []


def test_a_ticket_expires_after_a_minute_also_if_its_item_still_exists(api: ApiFixture) -> None:
    ticket = api.call(named("create_ticket"), api.users["member"]).body["ticket"]
    (item,) = [item for key, item in api.gateway.cloud.items("chat").items() if key[0].startswith("TICKET#")]
    expired = {**item, "valid_until": int(time.time() * 1000) - 1}
    api.gateway.cloud.tables["chat"].put(expired, when=None)
    assert api.gateway.call_socket("$connect", "connection-d", ticket=ticket) == 401


def test_a_ticket_of_a_suspended_user_does_not_connect(api: ApiFixture) -> None:
    user = api.users["member"]
    ticket = api.call(named("create_ticket"), user).body["ticket"]
    api.call_path(
        "review",
        "reviewer",
        "PUT",
        f"/users/{user.user_id}/sanction",
        body={"level": "suspended", "violation": "spam", "reason": "冒用。", "emergency": True},
    )
    api.gateway.run_streams()
    assert api.gateway.call_socket("$connect", "connection-e", ticket=ticket) == 403


def test_a3_a_frame_of_a_suspended_user_gets_the_reason_and_closes_the_connection(api: ApiFixture) -> None:
    user = api.users["member"]
    connection = connected(api, user)
    status = AccountStatus(SanctionLevel.SUSPENDED, violation="fraud")
    api.gateway.cloud.tables["chat"].put(account_status_to_item(user.user_id, status, 1), when=None)
    (frame,) = send_frame(api, connection, {"action": "ping"})
    assert (frame["problem"]["status"], frame["problem"]["type"]) == (403, "urn:coterie:problem:account-suspended")
    assert (frame["problem"]["violation"], frame["problem"]["appeal"]) == ("fraud", "/v1/me/account-status")
    assert connection in api.gateway.sockets.closed


def test_h3_a_message_is_pushed_to_each_connection_of_each_subscriber(api: ApiFixture) -> None:
    speaker, first, second = (connected(api, api.users[name]) for name in ("member", "target", "target"))
    outside = connected(api, api.users["owner"])
    for connection in (speaker, first, second):
        assert send_frame(api, connection, {"action": "subscribe", "ref": "r1", **room(api)}) == [
            {"type": "subscribed", "ref": "r1", "room_id": api.ids["room_id"]}
        ]
    frame = {"action": "send", "ref": "r2", **room(api), "client_msg_id": "socket-0001", "after_seq": 1, "text": "白鹭！"}
    frames = send_frame(api, speaker, frame)
    assert [one["type"] for one in frames] == ["messages", "sent"]
    assert frames[1]["ref"] == "r2"
    (push,) = api.gateway.pop_pushes(first)
    assert [(message["seq"], message["text"]) for message in push["messages"]] == [(3, "白鹭！")]
    assert api.gateway.pop_pushes(second) == [push]
    assert api.gateway.pop_pushes(outside) == []
    (again,) = send_frame(api, speaker, frame)
    assert (again["type"], again["seq"]) == ("sent", 3), "a retry gets its response, and is not pushed"


def test_h17_a_message_has_one_format_in_frames_and_over_http(api: ApiFixture) -> None:
    """Sent by socket and over HTTP, pushed, and read from the history; with a card and without."""
    member, connection = api.users["member"], connected(api, api.users["member"])
    send_frame(api, connection, {"action": "subscribe", **room(api)})
    frame = {"action": "send", **room(api), "client_msg_id": "socket-0001", "after_seq": 1, "text": "白鹭！"}
    pushed, sent = send_frame(api, connection, frame)
    body = {"client_msg_id": "http-0001", "after_seq": 2, "text": "看这台。", "listing_id": api.ids["listing_id"]}
    over_http = api.call(named("send_message"), member, body=body).body
    api.gateway.run_streams()  # the second message of a burst is pushed by the stream
    pushed_card = api.gateway.pop_pushes(connection)[0]["messages"][0]
    history = api.call(named("list_messages"), member, query="after_seq=2").body["items"]
    of_history: dict[str, Any] = {"answered": None, "reactions": [], "pinned": False, "highlighted": False}
    of_history |= {"removal_reason": None, "violation": None}
    assert [{**message, **of_history} for message in (pushed["messages"][0], over_http)] == history
    assert (sent["message"], pushed_card) == (pushed["messages"][0], over_http)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", message["sent_at"]) for message in history)


def test_h4_a_read_frame_moves_the_read_marker_forward_only(api: ApiFixture) -> None:
    connection = connected(api, api.users["member"])
    for seq in (1, 0):
        (response,) = send_frame(api, connection, {"action": "read", **room(api), "seq": seq})
        assert response == {"type": "read", "ref": None, "room_id": api.ids["room_id"], "seq": 1}
    (problem_frame,) = send_frame(api, connection, {"action": "read", **room(api), "seq": 99})
    assert problem_frame["problem"]["errors"][0]["at"] == "/seq"


FRAMES: dict[str, tuple[Any, int, str]] = {
    "no JSON": ("{", 400, "bad-request"),
    "nothing": ("", 400, "bad-request"),
    "no object": ("[1]", 400, "bad-request"),
    "no action": ({"ref": "r"}, 400, "bad-request"),
    "action of another type": ({"action": 1}, 400, "bad-request"),
    "unknown action": ({"action": "subscribe_all"}, 422, "invalid"),
    "a name twice": ('{"action": "ping", "action": "send"}', 400, "bad-request"),
    "NaN": ('{"action": "read", "seq": NaN}', 400, "bad-request"),
    "deep": ('{"action": ' + "[" * 100_000, 400, "bad-request"),
    "half a surrogate": ('{"action": "ping", "ref": "\\ud800"}', 422, "invalid"),
    "half a surrogate, raw": ('{"action": "ping", "ref": "\ud800"}', 400, "bad-request"),
    "unknown field": ({"action": "ping", "role": "owner"}, 422, "invalid"),
    "field missing": ({"action": "subscribe"}, 422, "invalid"),
    "bad id": ({"action": "subscribe", "circle_id": "../x", "room_id": "x"}, 422, "invalid"),
    "long ref": ({"action": "ping", "ref": "r" * 65}, 422, "invalid"),
    "too large": ('{"action": "ping", "ref": "' + "r" * 300_000 + '"}', 413, "body-too-large"),
}


@pytest.mark.parametrize("flaw", FRAMES)
def test_an_invalid_frame_gets_a_problem_and_the_socket_stays_connected(api: ApiFixture, flaw: str) -> None:
    connection = connected(api, api.users["member"])
    api.gateway.cloud.records("chat")
    frame, status, code = FRAMES[flaw]
    (response,) = send_frame(api, connection, frame)
    assert response["type"] == "problem"
    assert (response["problem"]["status"], response["problem"]["type"]) == (status, f"urn:coterie:problem:{code}")
    assert {"title", "title_zh", "next_step", "next_step_zh", "correlation_id"} <= response["problem"].keys()
    assert all({"at", "code", "message", "message_zh"} == field.keys() for field in response["problem"].get("errors", []))
    assert api.gateway.cloud.records("chat") == []
    assert send_frame(api, connection, {"action": "ping"})[0]["type"] == "pong"


def test_a_defect_gives_a_problem_frame_without_details(api: ApiFixture) -> None:
    connection = connected(api, api.users["member"])
    for failure, status in ((RuntimeError("coterie-test-chat 白鹭"), 500), (Throttled(), 503)):
        table = service_module("wiring", "chat").table()
        with mock.patch.object(type(table), "update", side_effect=failure):
            (response,) = send_frame(api, connection, {"action": "send", **room(api), **MESSAGE})
        assert (response["type"], response["problem"]["status"]) == ("problem", status)
        assert "coterie" not in str(response["problem"].get("detail", ""))


MESSAGE = {"client_msg_id": "socket-0002", "after_seq": 1, "text": "早。"}


@pytest.mark.parametrize("action", ["subscribe", "send", "read"])
@pytest.mark.parametrize("persona", ["stranger", "kicked", "banned"])
def test_c3_a_room_and_an_unknown_id_give_the_same_frame_to_a_non_member(api: ApiFixture, persona: str, action: str) -> None:
    connection = connected(api, api.users[persona])
    more: dict[str, dict[str, Any]] = {"subscribe": {}, "send": MESSAGE, "read": {"seq": 1}}
    random = unknown_ids()
    room_ids = [room(api), {name: random[name] for name in ("circle_id", "room_id")}]
    api.gateway.cloud.records("chat")
    real, unknown = (send_frame(api, connection, {"action": action, **ids, **more[action]}) for ids in room_ids)
    assert real == unknown
    assert real[0]["problem"]["status"] == 404
    assert api.gateway.cloud.records("chat") == []


def test_c3_a_room_of_another_circle_is_not_reachable_through_the_own_circle(api: ApiFixture, other_api: ApiFixture) -> None:
    subscriber = connected(other_api, other_api.users["member"])
    send_frame(api, subscriber, {"action": "subscribe", **room(other_api)})
    connection = connected(api, api.users["member"])
    mixed = {"circle_id": api.ids["circle_id"], "room_id": other_api.ids["room_id"]}
    for action, more in (("subscribe", {}), ("send", MESSAGE), ("read", {"seq": 1})):
        (response,) = send_frame(api, connection, {"action": action, **mixed, **more})
        assert response["problem"]["status"] == 404
    assert api.gateway.pop_pushes(subscriber) == []
    history = other_api.call(named("list_messages"), other_api.users["member"]).body["items"]
    assert [message["text"] for message in history] == ["早。", "早。"]


def test_h15_a_socket_expires_with_its_token(api: ApiFixture) -> None:
    user = ApiUser(api.users["member"].user_id, issued_at=int(time.time()) - 3600 + 2)
    connection = connected(api, user)
    assert send_frame(api, connection, {"action": "ping"})[0]["type"] == "pong"
    item = api.gateway.cloud.items("chat")[f"SOCKET#{connection}", "SOCKET"]
    api.gateway.cloud.tables["chat"].put({**item, "expires_at": int(time.time()) - 1}, when=None)
    (response,) = send_frame(api, connection, {"action": "ping"})
    assert response["problem"]["type"].endswith(":socket-expired")
    assert connection in api.gateway.sockets.closed


def test_h15_a_kicked_member_gets_no_more_messages(api: ApiFixture) -> None:
    target = connected(api, api.users["target"])
    send_frame(api, target, {"action": "subscribe", **room(api)})
    assert api.call(named("impose_member_sanction"), api.users["moderator"]).status == 200
    api.gateway.run_streams()
    assert target in api.gateway.sockets.closed
    assert api.call(named("send_message"), api.users["member"]).status == 201
    assert api.gateway.pop_pushes(target) == []
    assert api.call(named("list_messages"), api.users["target"]).status == 404


def test_a_disconnect_leaves_no_item_and_can_be_repeated(api: ApiFixture) -> None:
    connection = connected(api, api.users["member"])
    send_frame(api, connection, {"action": "subscribe", **room(api)})
    for _ in range(2):
        assert api.gateway.call_socket("$disconnect", connection) == 200
    assert not [key for key in api.gateway.cloud.items("chat") if connection in "".join(key)]
    assert api.call(named("send_message"), api.users["target"]).status == 201
    assert api.gateway.pop_pushes(connection) == []


def test_a_dead_connection_is_deleted_after_the_first_failed_push(api: ApiFixture) -> None:
    dead, live = connected(api, api.users["member"]), connected(api, api.users["owner"])
    for connection in (dead, live):
        send_frame(api, connection, {"action": "subscribe", **room(api)})
    with mock.patch.object(api.gateway.sockets, "disconnected", {dead}):
        assert api.call(named("send_message"), api.users["target"]).status == 201
    assert len(api.gateway.pop_pushes(live)) == 1
    assert not [key for key in api.gateway.cloud.items("chat") if dead in "".join(key)]


def test_a_member_who_sends_too_fast_gets_the_time_to_wait(api: ApiFixture) -> None:
    """Over HTTP and over a socket. A retry does not count, and other members are not slowed down."""
    member, connection = api.users["member"], connected(api, api.users["member"])

    def message(number: int) -> dict[str, Any]:
        return {"client_msg_id": f"fast-{number:04}", "after_seq": 1, "text": "快！"}

    now = utc_now()
    with mock.patch.object(service_module("wiring", "chat"), "utc_now", lambda: now):
        responses = [api.call(named("send_message"), member, body=message(number)) for number in range(7)]
        assert [response.status for response in responses] == [201] * 5 + [429] * 2
        assert responses[-1].headers["retry-after"] == "1"
        (problem_frame,) = send_frame(api, connection, {"action": "send", **room(api), **message(7)})
        assert (problem_frame["problem"]["status"], problem_frame["problem"]["retry_after"]) == (429, 1)
        assert responses[-1].body["retry_after"] == 1
        assert responses[-1].body["server_time"] == problem_frame["problem"]["server_time"] == rfc3339(now)
        assert api.call(named("send_message"), member, body=message(4)).comparable == responses[4].comparable
        assert api.call(named("send_message"), api.users["target"], body=message(0)).status == 201


def test_a_lobby_has_the_id_of_its_circle(api: ApiFixture) -> None:
    (lobby,) = api.call(named("list_rooms"), api.users["member"]).body["items"]
    assert lobby["room_id"] == derive_id("rom", api.ids["circle_id"])
