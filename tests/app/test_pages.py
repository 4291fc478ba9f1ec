"""Pages, their cursors, and invalid query parameters."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from services import SERVICES
from services.shared.security.keys import KeyRing
from simulation.api.build import add_campaign
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import ApiUser
from simulation.api.moto_cloud import service_module
from simulation.api.operations import Operation, label, named, operations
from tests.app.problems import assert_problem
from tests.support.coupons import issue_and_claim_coupons
from tests.support.highlights import highlight_two_messages
from tests.support.posted_shows import post_two_shows

COUPON_LISTS = ("list_coupons", "list_claimed_coupons", "list_issued_coupons")
GUARDED = [operation for operation in operations() if not operation.is_public]
READERS = {
    **dict.fromkeys(("list_review_queue", "list_cases", "list_appeals", "list_successions", "list_dispute_cases"), "reviewer"),
    "list_reports": "target",
    **dict.fromkeys(("list_orders", "list_returns", "list_disputes", "list_own_rooms"), "member"),  # with one room per circle
    **dict.fromkeys(("list_sales", "list_payouts"), "moderator"),
    **dict.fromkeys(("list_ledger_accounts", "list_payouts_to_approve", "list_users", "list_user_orders"), "operator"),
}
PAGED = [operation for operation in GUARDED if operation.is_paged]
LONG = [operation for operation in PAGED if operation.name != "list_rooms"]  # a member sees one room, and a moderator two


def reader(api: ApiFixture, operation: Operation) -> ApiUser:
    return api.users[READERS.get(operation.name, "owner")]


def another(api: ApiFixture, operation: Operation) -> ApiUser:
    """Another user with access to the list."""
    if READERS.get(operation.name) == "operator" or operation.name == "list_campaigns":
        return ApiUser(groups=("operator",))
    others = {"reviewer": "second_reviewer", "moderator": "member"}
    return api.users[others.get(READERS.get(operation.name, ""), "moderator")]


MORE = {
    "list_passcodes": "issue_passcode",
    "list_notes": "post_note",
    "list_drafts": "create_draft",
    "list_comments": "add_comment",
    "list_listings": "create_listing",
}


def fill(api: ApiFixture, other_api: ApiFixture, operation: Operation) -> None:
    """Create two entries or more in the list of its reader."""
    if operation.name in MORE:
        assert api.call(named(MORE[operation.name]), api.users["owner"]).status == 201
    if operation.name in SETUPS:
        SETUPS[operation.name](api, other_api)
    for service in SERVICES:
        api.gateway.cloud.records(service)


def _create_pending_members(api: ApiFixture, _other: ApiFixture) -> None:
    api.call(named("set_screening"), api.users["owner"])
    for newcomer in (ApiUser(), ApiUser()):
        assert api.call(named("join_circle"), newcomer).body["state"] == "pending"
    api.call(named("stop_screening"), api.users["owner"])


def _add_campaign(api: ApiFixture, _other: ApiFixture) -> None:
    add_campaign(api)


def _set_teasers(*fixtures: ApiFixture) -> None:
    assert [fixture.call(named("set_teaser"), fixture.users["owner"]).status for fixture in fixtures] == [200, 200]


def _highlight_and_edit(api: ApiFixture, _other: ApiFixture) -> None:
    """Highlight two notes of the owner, and edit another note twice."""
    for _ in range(2):
        ids = {"note_id": api.call(named("post_note"), api.users["owner"]).body["note_id"]}
        assert api.call(named("highlight_note"), api.users["owner"], ids=ids).status == 204
    update, ids = named("update_note"), {"note_id": api.ids["note_id"]}
    for number in range(2):
        call: dict[str, Any] = {"ids": ids, "headers": {"if-match": f'"{api.read_etag(update, ids)}"'}}
        edit = {"text": f"改第{number}次。", "tags": []}
        assert api.call(update, api.users["target"], body=edit, **call).status == 200
    api.gateway.run_streams()


def _edit_comment(api: ApiFixture, _other: ApiFixture) -> None:
    """Edit a comment twice."""
    update, comment = named("update_comment"), {"comment_id": api.ids["comment_id"]}
    for number in range(2):
        headers = {"if-match": f'"{api.read_etag(update, comment)}"'}
        edit = {"text": f"改第{number}次。"}
        assert api.call(update, api.users["target"], ids=comment, body=edit, headers=headers).status == 200
    api.gateway.run_streams()


def _edit_message(api: ApiFixture, _other: ApiFixture) -> None:
    """Edit a message twice."""
    update, message = named("update_message"), {"seq": api.ids["seq"]}
    for number in range(2):
        messages = api.call(named("list_messages"), api.users["target"]).body["items"]
        headers = {"if-match": f'"{next(one["etag"] for one in messages if str(one["seq"]) == message["seq"])}"'}
        edit = {"text": f"改第{number}次。"}
        assert api.call(update, api.users["target"], ids=message, body=edit, headers=headers).status == 200
    api.gateway.run_streams()


def _join_other_circle(api: ApiFixture, other_api: ApiFixture) -> None:
    for name in ("owner", "member"):
        api.call_path("circles", name, "POST", "/memberships", body={"passcode": other_api.passcode})
    api.gateway.run_streams()


def _choose_nicknames(api: ApiFixture, _other: ApiFixture) -> None:
    for name in ("owner", "member"):
        nickname = {"nickname": "阿岚爱观鸟"}
        assert api.call(named("update_profile"), api.users[name], body=nickname, headers={"if-match": '"0"'}).status == 200


def _request_payouts(api: ApiFixture, _other: ApiFixture) -> None:
    for _ in range(2):
        assert api.call(named("request_payout"), api.users["moderator"]).status == 201


SETUPS: dict[str, Callable[[ApiFixture, ApiFixture], None]] = {
    "list_pending_members": _create_pending_members,
    "list_campaigns": _add_campaign,
    "list_teasers": _set_teasers,
    "list_shows": lambda api, _other: post_two_shows(api),
    "list_highlighted_messages": lambda api, _other: highlight_two_messages(api),
    **dict.fromkeys(("list_highlights", "list_revisions"), _highlight_and_edit),
    "list_comment_revisions": _edit_comment,
    "list_message_revisions": _edit_message,
    **dict.fromkeys(("list_circles", "list_own_rooms"), _join_other_circle),
    "list_users": _choose_nicknames,
    **dict.fromkeys(("list_payouts", "list_payouts_to_approve"), _request_payouts),
    **dict.fromkeys(COUPON_LISTS, lambda api, _other: issue_and_claim_coupons(api)),
}
SORTED_WITHIN_A_PAGE = {"list_own_rooms"}  # by the newest message; pages are in the order of circles
FILTERS = {
    "search_tags": "&q=%E9%B8%9F%E7%B1%BB",  # there are thousands of tags: those with 鸟类
    "list_users": "&nickname=%E9%98%BF%E5%B2%9A",  # without a nickname the list is empty: 阿岚
}


def filter_of(operation: Operation) -> str:
    return FILTERS.get(operation.name, "")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=1000000000", "limit=abc", "limit=1.5", "limit=", "limit=1&limit=2"]
)
@pytest.mark.parametrize("operation", [*PAGED, named("list_messages")], ids=label)
def test_an_invalid_page_size_is_an_error(api: ApiFixture, operation: Operation, query: str) -> None:
    response = api.call(operation, reader(api, operation), query=query)
    assert_problem(api.gateway, operation.service, response, 422, "invalid", at="limit")


@pytest.mark.parametrize("operation", GUARDED, ids=label)
def test_an_unknown_query_parameter_is_named_in_the_error(api: ApiFixture, operation: Operation) -> None:
    query = "sort=price&user_id=me&__proto__=&%E8%A7%82=1"
    response = api.call(operation, reader(api, operation), query=query)
    assert_problem(api.gateway, operation.service, response, 422, "invalid")
    assert {field["at"] for field in response.body["errors"]} == {"sort", "user_id", "__proto__", "观"}


@pytest.mark.parametrize("operation", [named("list_notes"), named("list_messages"), named("like_note")], ids=label)
def test_a_thousand_query_parameters_are_an_error(api: ApiFixture, operation: Operation) -> None:
    response = api.call(operation, reader(api, operation), query="&".join(f"a{n}=1" for n in range(1000)))
    assert_problem(api.gateway, operation.service, response, 422, "invalid")
    assert len(response.text) < 10_000


def _walk(api: ApiFixture, operation: Operation, by: ApiUser, more: str) -> list[Any]:
    items, query = [], f"limit=1{more}"
    while True:
        page = api.call(operation, by, query=query).body
        items += page["items"]
        if not page["next_cursor"]:
            return items
        query = f"limit=1{more}&cursor={page['next_cursor']}"


@pytest.mark.parametrize("operation", LONG, ids=label)
def test_pages_of_one_item_join_to_the_whole_list(api: ApiFixture, other_api: ApiFixture, operation: Operation) -> None:
    fill(api, other_api, operation)
    by = reader(api, operation)
    more = filter_of(operation)
    whole = api.call(operation, by, query=f"limit=100{more}").body
    assert len(whole["items"]) >= 2
    assert whole["next_cursor"] is None
    joined, expected = _walk(api, operation, by, more), whole["items"]
    if operation.name in SORTED_WITHIN_A_PAGE:
        joined, expected = sorted(joined, key=str), sorted(expected, key=str)
    assert joined == expected


@pytest.mark.parametrize("operation", LONG, ids=label)
def test_a_cursor_is_valid_for_its_reader_and_its_list_only(
    api: ApiFixture, other_api: ApiFixture, operation: Operation
) -> None:
    fill(api, other_api, operation)
    by, more = reader(api, operation), filter_of(operation)
    cursor = api.call(operation, by, query=f"limit=1{more}").body["next_cursor"]
    assert api.call(operation, by, query=f"cursor={cursor}{more}").status == 200
    api.gateway.cloud.records(operation.service)  # what staff read is recorded
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for bad in (flipped, cursor[:-1], cursor + "x", cursor + "!", cursor + "%20", "x", ".", "%00", "eyJwayI6ICJ4In0.x"):
        response = api.call(operation, by, query=f"cursor={bad}{more}")
        assert_problem(api.gateway, operation.service, response, 400, "bad-request")
    assert_problem(api.gateway, operation.service, api.call(operation, by, query=f"cursor={more}"), 422, "invalid", at="cursor")
    response = api.call(operation, another(api, operation), query=f"cursor={cursor}{more}")
    assert_problem(api.gateway, operation.service, response, 400, "bad-request")
    for elsewhere in PAGED:
        if elsewhere != operation:
            response = api.call(elsewhere, by, query=f"cursor={cursor}")
            assert_problem(api.gateway, elsewhere.service, response, 400, "bad-request")


def test_a_cursor_of_one_circle_is_invalid_in_another(api: ApiFixture, other_api: ApiFixture) -> None:
    visitor = api.users["owner"]
    fill(api, other_api, named("list_notes"))
    api.call_path("circles", "owner", "POST", "/memberships", body={"passcode": other_api.passcode})
    cursor = api.call(named("list_notes"), visitor, query="limit=1").body["next_cursor"]
    there = {"circle_id": other_api.ids["circle_id"]}
    assert api.call(named("list_notes"), visitor, ids=there).status == 200
    assert api.call(named("list_notes"), visitor, ids=there, query=f"cursor={cursor}").status == 400


@pytest.mark.parametrize("operation", PAGED, ids=label)
def test_a_list_with_as_many_entries_as_its_limit_has_no_cursor(
    api: ApiFixture, other_api: ApiFixture, operation: Operation
) -> None:
    fill(api, other_api, operation)
    by, more = reader(api, operation), filter_of(operation)
    whole = api.call(operation, by, query=f"limit=100{more}").body
    exact = api.call(operation, by, query=f"limit={len(whole['items'])}{more}").body
    assert (exact["items"], exact["next_cursor"]) == (whole["items"], None)
    if operation in LONG:
        assert api.call(operation, by, query=f"limit={len(whole['items']) - 1}{more}").body["next_cursor"]


@pytest.mark.parametrize("name", ["list_blocks", "list_pins"])
def test_a_short_list_is_one_page(api: ApiFixture, name: str) -> None:
    for operation in operations():
        if operation.name == name:
            assert api.call(operation, api.users["owner"]).body["next_cursor"] is None
            response = api.call(operation, api.users["owner"], query="limit=1")
            assert_problem(api.gateway, operation.service, response, 422, "invalid", at="limit")


@pytest.mark.parametrize("operation", LONG, ids=label)
def test_a_cursor_shows_no_key_and_no_id(api: ApiFixture, other_api: ApiFixture, operation: Operation) -> None:
    fill(api, other_api, operation)
    cursor = api.call(operation, reader(api, operation), query=f"limit=1{filter_of(operation)}").body["next_cursor"]
    items = api.gateway.cloud.items(operation.service)
    ids = {part for key in items for text in key for part in text.split("#") if len(part) > 8}
    assert len(ids) > 10
    for shown in (cursor.encode(), base64.urlsafe_b64decode(cursor)):
        assert not [part for part in (*ids, '"pk"', '"sk"', "gsi1pk", "gsi2sk", "CIRCLE#") if part.encode() in shown]
        assert not [part for part in ids if base64.urlsafe_b64encode(part.encode())[:10] in shown]


@pytest.mark.parametrize("other", ["", "q=%E9%B8%9F", "q=%E9%B8%9F%E7%B1%BB&limit=1"])
def test_a_cursor_is_valid_for_its_filters_only(api: ApiFixture, other: str) -> None:
    operation, own = named("search_tags"), "q=%E9%B8%9F%E7%B1%BB"
    cursor = api.call(operation, api.users["owner"], query=f"{own}&limit=1").body["next_cursor"]
    assert cursor
    response = api.call(operation, api.users["owner"], query=f"{other}&cursor={cursor}")
    if own in other:  # a limit is not a filter
        assert len(response.body["items"]) == 1
    else:
        assert_problem(api.gateway, "circles", response, 400, "bad-request")


@pytest.mark.parametrize("name", ["list_applications", "list_notes", "list_own_rooms", "list_orders"])
def test_a_cursor_survives_the_rotation_of_keys_until_its_key_is_removed(
    api: ApiFixture, other_api: ApiFixture, name: str
) -> None:
    operation = named(name)
    fill(api, other_api, operation)
    by, wiring = reader(api, operation), service_module("wiring", operation.service)
    cursor, rings = api.call(operation, by, query="limit=1").body["next_cursor"], wiring.key_ring
    page = api.call(operation, by, query=f"cursor={cursor}").body
    new = {"new": b"n" * 32}
    for keys, status in (({**rings("cursor").keys, **new}, 200), (new, 400)):
        ring = KeyRing("new", keys)
        with mock.patch.object(wiring, "key_ring", lambda name, ring=ring: ring if name == "cursor" else rings(name)):
            response = api.call(operation, by, query=f"cursor={cursor}")
        assert response.status == status
        assert status != 200 or response.body["items"] == page["items"]
