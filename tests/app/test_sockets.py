"""The WebSocket door as the gateway knocks at it: connect with a ticket, frames, and ends."""

from __future__ import annotations

import time
import uuid
from typing import Any
from unittest import mock

import pytest

from services.shared.kernel.clock import utc_now
from services.shared.kernel.ids import derive_id
from services.shared.table.port import Throttled
from simulation.api.fixture import Stage, unknown_ids
from simulation.api.gateway import Person
from simulation.api.moto_cloud import module, table_of
from simulation.api.operations import named


def connected(stage: Stage, person: Person) -> str:
    """A fresh connection of that person."""
    connection = f"connection-{uuid.uuid4().hex[:12]}"
    ticket = stage.ask(named("create_ticket"), person).body["ticket"]
    assert stage.gateway.socket("$connect", connection, ticket=ticket) == 200
    return connection


def say(stage: Stage, connection: str, frame: Any) -> list[dict[str, Any]]:
    """What the connection hears after a frame; the gateway is always answered 200."""
    assert stage.gateway.socket("$default", connection, body=frame) == 200
    return stage.gateway.heard(connection)


def room(stage: Stage) -> dict[str, str]:
    return {name: stage.ids[name] for name in ("circle_id", "room_id")}


def test_a_ticket_opens_one_socket_once(stage: Stage) -> None:
    ticket = stage.ask(named("create_ticket"), stage.people["member"]).body["ticket"]
    assert stage.gateway.socket("$connect", "connection-a", ticket=ticket) == 200
    assert stage.gateway.socket("$connect", "connection-b", ticket=ticket) == 401
    assert say(stage, "connection-a", {"action": "ping"}) == [{"type": "pong", "ref": None}]
    (refused,) = say(stage, "connection-b", {"action": "ping"})
    assert refused["problem"]["status"] == 401


@pytest.mark.parametrize("ticket", ["", "tkt_unknown", "観鳥", "x" * 5000, "' OR 1=1"])
def test_a_connection_without_a_good_ticket_is_refused_and_leaves_nothing(stage: Stage, ticket: str) -> None:
    stage.gateway.cloud.records("chat")
    assert stage.gateway.socket("$connect", "connection-c", ticket=ticket) == 401
    assert stage.gateway.cloud.records("chat") == []


def test_a_ticket_lasts_a_minute_by_the_clock_not_by_its_row(stage: Stage) -> None:
    ticket = stage.ask(named("create_ticket"), stage.people["member"]).body["ticket"]
    (row,) = [row for place, row in stage.gateway.cloud.dump("chat").items() if place[0].startswith("TICKET#")]
    row["ends_at"] = {"N": str(int(time.time() * 1000) - 1)}
    stage.gateway.cloud.dynamodb.put_item(TableName=table_of("chat"), Item=row)
    assert stage.gateway.socket("$connect", "connection-d", ticket=ticket) == 401


def test_a_suspended_persons_ticket_opens_nothing(stage: Stage) -> None:
    person = stage.people["member"]
    ticket = stage.ask(named("create_ticket"), person).body["ticket"]
    stage.must(
        "review",
        "reviewer",
        "PUT",
        f"/people/{person.user_id}/sanction",
        body={"level": "suspended", "reason": "冒用。", "emergency": True},
    )
    stage.gateway.deliver()
    assert stage.gateway.socket("$connect", "connection-e", ticket=ticket) == 401


def test_h3_a_message_reaches_everybody_who_listens_on_every_connection(stage: Stage) -> None:
    speaker, first, second = (connected(stage, stage.people[name]) for name in ("member", "target", "target"))
    outside = connected(stage, stage.people["owner"])
    for connection in (speaker, first, second):
        assert say(stage, connection, {"action": "subscribe", "ref": "r1", **room(stage)}) == [
            {"type": "subscribed", "ref": "r1", "room_id": stage.ids["room_id"]}
        ]
    frame = {"action": "send", "ref": "r2", **room(stage), "client_msg_id": "socket-0001", "after_seq": 1, "text": "白鹭！"}
    heard = say(stage, speaker, frame)
    assert [one["type"] for one in heard] == ["message", "sent"]
    assert heard[1]["ref"] == "r2"
    (message,) = stage.gateway.heard(first)
    assert (message["seq"], message["message"]["text"]) == (2, "白鹭！")
    assert stage.gateway.heard(second) == [message]
    assert stage.gateway.heard(outside) == []
    (again,) = say(stage, speaker, frame)
    assert (again["type"], again["seq"]) == ("sent", 2), "a repeat is answered, and pushed to nobody"


def test_h4_a_read_frame_moves_the_marker_forwards_only(stage: Stage) -> None:
    connection = connected(stage, stage.people["member"])
    for seq in (1, 0):
        (answer,) = say(stage, connection, {"action": "read", **room(stage), "seq": seq})
        assert answer == {"type": "read", "ref": None, "room_id": stage.ids["room_id"], "seq": 1}
    (refused,) = say(stage, connection, {"action": "read", **room(stage), "seq": 99})
    assert refused["problem"]["errors"][0]["at"] == "/seq"


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
    "too large": ('{"action": "ping", "ref": "' + "r" * 300_000 + '"}', 413, "too-large"),
}


@pytest.mark.parametrize("flaw", FRAMES)
def test_a_frame_that_cannot_be_taken_is_answered_and_the_socket_stays(stage: Stage, flaw: str) -> None:
    connection = connected(stage, stage.people["member"])
    stage.gateway.cloud.records("chat")
    frame, status, code = FRAMES[flaw]
    (answer,) = say(stage, connection, frame)
    assert answer["type"] == "problem"
    assert (answer["problem"]["status"], answer["problem"]["type"]) == (status, f"urn:coterie:problem:{code}")
    assert answer["problem"]["title_zh"]
    assert stage.gateway.cloud.records("chat") == []
    assert say(stage, connection, {"action": "ping"})[0]["type"] == "pong"


def test_a_defect_in_a_frame_is_a_plain_problem(stage: Stage) -> None:
    connection = connected(stage, stage.people["member"])
    for failure, status in ((RuntimeError("coterie-test-chat 白鹭"), 500), (Throttled(), 503)):
        table = module("wiring", "chat").table()
        with mock.patch.object(type(table), "update", side_effect=failure):
            (answer,) = say(stage, connection, {"action": "send", **room(stage), **MESSAGE})
        assert (answer["type"], answer["problem"]["status"]) == ("problem", status)
        assert "coterie" not in str(answer["problem"].get("detail", ""))


MESSAGE = {"client_msg_id": "socket-0002", "after_seq": 1, "text": "早。"}


@pytest.mark.parametrize("action", ["subscribe", "send", "read"])
@pytest.mark.parametrize("persona", ["stranger", "kicked", "banned"])
def test_c3_a_real_room_looks_like_none_over_a_socket_too(stage: Stage, persona: str, action: str) -> None:
    connection = connected(stage, stage.people[persona])
    more = {"subscribe": {}, "send": MESSAGE, "read": {"seq": 1}}[action]
    random = unknown_ids()
    places = [room(stage), {name: random[name] for name in ("circle_id", "room_id")}]
    stage.gateway.cloud.records("chat")
    real, unknown = (say(stage, connection, {"action": action, **place, **more}) for place in places)
    assert real == unknown
    assert real[0]["problem"]["status"] == 404
    assert stage.gateway.cloud.records("chat") == []


def test_c3_another_circles_room_cannot_be_named_beside_ones_own(stage: Stage, other_stage: Stage) -> None:
    listener = connected(other_stage, other_stage.people["member"])
    say(stage, listener, {"action": "subscribe", **room(other_stage)})
    connection = connected(stage, stage.people["member"])
    mixed = {"circle_id": stage.ids["circle_id"], "room_id": other_stage.ids["room_id"]}
    for action, more in (("subscribe", {}), ("send", MESSAGE), ("read", {"seq": 1})):
        (answer,) = say(stage, connection, {"action": action, **mixed, **more})
        assert answer["problem"]["status"] == 404
    assert stage.gateway.heard(listener) == []
    history = other_stage.ask(named("list_messages"), other_stage.people["member"]).body["items"]
    assert [message["text"] for message in history] == ["早。"]


def test_h15_a_socket_ends_with_its_token(stage: Stage) -> None:
    person = Person(stage.people["member"].user_id, issued_at=int(time.time()) - 3600 + 2)
    connection = connected(stage, person)
    assert say(stage, connection, {"action": "ping"})[0]["type"] == "pong"
    row = stage.gateway.cloud.dump("chat")[f"SOCKET#{connection}", "SOCKET"]
    row["until"] = {"N": str(int(time.time()) - 1)}
    stage.gateway.cloud.dynamodb.put_item(TableName=table_of("chat"), Item=row)
    (answer,) = say(stage, connection, {"action": "ping"})
    assert answer["problem"]["type"].endswith(":socket-expired")
    assert connection in stage.gateway.sockets.closed


def test_h15_who_is_kicked_hears_nothing_more(stage: Stage) -> None:
    target = connected(stage, stage.people["target"])
    say(stage, target, {"action": "subscribe", **room(stage)})
    assert stage.ask(named("impose_member_sanction"), stage.people["moderator"]).status == 200
    stage.gateway.deliver()
    assert target in stage.gateway.sockets.closed
    assert stage.ask(named("send_message"), stage.people["member"]).status == 201
    assert stage.gateway.heard(target) == []
    assert stage.ask(named("list_messages"), stage.people["target"]).status == 404


def test_a_disconnect_leaves_no_row_and_may_come_twice(stage: Stage) -> None:
    connection = connected(stage, stage.people["member"])
    say(stage, connection, {"action": "subscribe", **room(stage)})
    for _ in range(2):
        assert stage.gateway.socket("$disconnect", connection) == 200
    assert not [place for place in stage.gateway.cloud.dump("chat") if connection in "".join(place)]
    assert stage.ask(named("send_message"), stage.people["target"]).status == 201
    assert stage.gateway.heard(connection) == []


def test_a_dead_connection_is_cleaned_up_at_the_first_failed_push(stage: Stage) -> None:
    dead, live = connected(stage, stage.people["member"]), connected(stage, stage.people["owner"])
    for connection in (dead, live):
        say(stage, connection, {"action": "subscribe", **room(stage)})
    with mock.patch.object(stage.gateway.sockets, "gone", {dead}):
        assert stage.ask(named("send_message"), stage.people["target"]).status == 201
    assert len(stage.gateway.heard(live)) == 1
    assert not [place for place in stage.gateway.cloud.dump("chat") if dead in "".join(place)]


def test_who_sends_too_fast_is_told_when_to_go_on(stage: Stage) -> None:
    """Over HTTP and over a socket; a repeat of what was said takes no turn, and others are not held up."""
    member, connection = stage.people["member"], connected(stage, stage.people["member"])

    def message(number: int) -> dict[str, Any]:
        return {"client_msg_id": f"fast-{number:04}", "after_seq": 1, "text": "快！"}

    now = utc_now()
    with mock.patch.object(module("wiring", "chat"), "utc_now", lambda: now):
        answers = [stage.ask(named("send_message"), member, body=message(number)) for number in range(7)]
        assert [answer.status for answer in answers] == [201] * 5 + [429] * 2
        assert answers[-1].headers["retry-after"] == "4"
        (told,) = say(stage, connection, {"action": "send", **room(stage), **message(7)})
        assert (told["problem"]["status"], told["problem"]["retry_after"]) == (429, 4)
        assert stage.ask(named("send_message"), member, body=message(4)).lasting == answers[4].lasting
        assert stage.ask(named("send_message"), stage.people["target"], body=message(0)).status == 201


def test_a_lobby_has_the_circles_own_number(stage: Stage) -> None:
    (lobby,) = stage.ask(named("list_rooms"), stage.people["member"]).body["items"]
    assert lobby["room_id"] == derive_id("rom", stage.ids["circle_id"])
