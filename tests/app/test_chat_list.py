"""The chat list and the places of the history over HTTP, with the stream handler that derives the heads of rooms."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.api.fixture import ApiFixture
from simulation.api.gateway import ApiUser
from simulation.api.operations import named
from tests.app.problems import assert_problem


def rooms_of(api: ApiFixture, user: ApiUser) -> list[dict[str, Any]]:
    items = api.call(named("list_own_rooms"), user).body["items"]
    return [room for room in items if room["room_id"] == api.ids["room_id"]]


def test_h23_a_room_is_listed_with_its_last_message_and_numbers(api: ApiFixture) -> None:
    body = {"client_msg_id": "list-0001", "after_seq": 1, "text": "明早六点，东门见。"}
    sent = api.call(named("send_message"), api.users["member"], body=body).body
    api.gateway.run_streams()
    (room,) = rooms_of(api, api.users["owner"])
    kept = ("seq", "kind", "sender", "text", "sent_at")
    assert room["last_message"] == {name: sent[name] for name in kept}
    rules = ("notice", "senders", "earlier_for_newcomers", "slow_mode_seconds", "retention_days", "archived")
    about = ("room_id", "circle_id", "name", "kind", "etag", *rules)
    assert set(room) == {*about, *("last_message", "last_seq", "read_seq", "unread", "mentioned", "muted_until")}
    assert (room["last_seq"], room["unread"] >= 1, room["muted_until"]) == (sent["seq"], True, None)


def test_h23_a_user_without_access_has_no_room_and_no_last_message(api: ApiFixture) -> None:
    body = {"client_msg_id": "list-0002", "after_seq": 1, "text": "只有成员能看。"}
    api.call(named("send_message"), api.users["member"], body=body)
    api.gateway.run_streams()
    for name in ("stranger", "kicked", "banned", "pending"):
        if user := api.users.get(name):
            response = api.call(named("list_own_rooms"), user)
            assert "只有成员能看" not in response.text
            assert response.status == 401 or not rooms_of(api, user)


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("after_seq=1&before_seq=2", "before_seq"),
        ("before_seq=2&after_seq=1", "before_seq"),
        ("after_seq=1&around=1", "around"),
        ("before_seq=2&around=1", "around"),
        ("before_seq=0", "before_seq"),
        ("around=0", "around"),
        (f"before_seq={10**12}", "before_seq"),
        ("around=-1", "around"),
        ("around=1.5", "around"),
        ("after_seq=", "after_seq"),
        ("before_seq=3&before_seq=4", "before_seq"),
    ],
)
def test_h23_a_history_has_one_place(api: ApiFixture, query: str, at: str) -> None:
    operation = named("list_messages")
    response = api.call(operation, api.users["member"], query=query)
    assert_problem(api.gateway, operation.service, response, 422, "invalid", at=at)


def test_h23_the_history_says_whether_there_is_more_on_both_sides(api: ApiFixture) -> None:
    operation, member = named("list_messages"), api.users["member"]
    for number in range(3):
        body = {"client_msg_id": f"places-{number:04}", "after_seq": 1, "text": "早。"}
        last = api.call(named("send_message"), member, body=body).body["seq"]

    def page(query: str) -> tuple[list[int], bool, bool]:
        body = api.call(operation, member, query=query).body
        return [message["seq"] for message in body["items"]], body["has_earlier"], body["has_more"]

    assert page("limit=2") == ([last - 1, last], True, False)
    assert page(f"before_seq={last}&limit=1") == ([last - 1], True, True)
    assert page("before_seq=2") == ([1], False, True)
    assert page(f"around={last - 1}&limit=3") == ([last - 2, last - 1, last], last > 3, False)
    assert page("after_seq=0&limit=1") == ([1], False, True)
    assert page(f"after_seq={last}") == ([], True, False)
    api.gateway.run_streams()
    response = api.call(operation, member, query=f"around={last + 1}")
    assert_problem(api.gateway, operation.service, response, 404, "not-found")
