"""Bodies that are too large, malformed or malicious.

The response is a problem that names the position, and nothing is written. Tried on each route that has a body.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulation.api.fixture import ApiFixture
from simulation.api.operations import Operation, label, named, operations
from tests.app.problems import assert_problem

WITH_BODY = [operation for operation in operations() if operation.takes_body and not operation.is_public]
BIG = 256 * 1024

# name: (body, headers, status, code)
UNREADABLE: dict[str, tuple[str | bytes, dict[str, str], int, str]] = {
    "one byte too many": ('{"x": "' + "a" * (BIG - 8) + '"}', {}, 413, "body-too-large"),
    "wrong type": ("{}", {"content-type": "text/plain"}, 415, "unsupported-media-type"),
    "a form": ("a=1", {"content-type": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type"),
    "no type": ("{}", {"content-type": ""}, 415, "unsupported-media-type"),
    "other charset": ("{}", {"content-type": "application/json; charset=gbk"}, 415, "unsupported-media-type"),
    "looks like json": ("{}", {"content-type": "application/jsonp"}, 415, "unsupported-media-type"),
    "nothing": ("", {}, 400, "bad-request"),
    "broken": ('{"text": "x"', {}, 400, "bad-request"),
    "two documents": ("{} {}", {}, 400, "bad-request"),
    "comments": ('{/* hi */"text": "x"}', {}, 400, "bad-request"),
    "a name twice": ('{"text": "a", "text": "b"}', {}, 400, "bad-request"),
    "a name twice inside": ('{"text": {"a": 1, "a": 2}}', {}, 400, "bad-request"),
    "NaN": ('{"seq": NaN}', {}, 400, "bad-request"),
    "Infinity": ('{"seq": -Infinity}', {}, 400, "bad-request"),
    "10^400": ('{"seq": 1' + "0" * 400 + "}", {}, 400, "bad-request"),
    "10^5000": ('{"seq": 1' + "0" * 5000 + "}", {}, 400, "bad-request"),
    "33 deep": ('{"x": ' + "[" * 33 + "]" * 33 + "}", {}, 400, "bad-request"),
    "100,000 deep": ("[" * 100_000, {}, 400, "bad-request"),
    "UTF-16": ('{"text": "x"}'.encode("utf-16"), {}, 400, "bad-request"),
    "UTF-8 with a mark": (b'\xef\xbb\xbf{"text": "x"}', {}, 400, "bad-request"),
    "GBK": ('{"text": "观鸟"}'.encode("gbk"), {}, 400, "bad-request"),
    "half a surrogate": ('{"x": "\\ud800"}', {}, 422, "invalid"),
    "half a surrogate as a name": ('{"\\udfff": 1}', {}, 422, "invalid"),
    "half a surrogate, raw": ('{"x": "\ud800"}', {}, 400, "bad-request"),
    "NUL": ('{"x": "a\\u0000b"}', {}, 422, "invalid"),
    "a list": ("[]", {}, 422, "invalid"),
    "a word": ('"x"', {}, 422, "invalid"),
    "null": ("null", {}, 422, "invalid"),
    "1e400": ('{"seq": 1e400}', {}, 422, "invalid"),
}

TEXTS = {
    "open_topic": "name",
    "ship_order": "carrier",
    "add_comment": "text",
    "decide_application": "note",
    "post_note": "text",
    "set_teaser": "text",
    "request_to_join": "text",
    "update_note": "text",
    "create_draft": "text",
    "update_draft": "text",
    "impose_member_sanction": "reason",
    "lift_member_sanction": "reason",
    "set_screening": "rules",
    "send_message": "text",
    "create_application": "resonance",
    "impose_sanction": "reason",
    "lift_sanction": "reason",
    "appeal_application": "statement",
    "request_information": "note",
    "decide_case": "note",
    "appeal_sanction": "statement",
    "appeal_take_down": "statement",
    "decide_appeal": "note",
    "decide_succession": "note",
    "assess_owner": "note",
}
BAD_TEXTS = {
    "bidi override": "付款\u202e给我",
    "bidi isolate": "付款\u2066给我",
    "bell": "a\x07b",
    "delete": "a\x7fb",
    "10,000 marks": "z" + "\u0301" * 10_000,
    "nine marks": "z" + "\u0301" * 9,
    "blank": " \n\t ",
    "only invisible characters": "\u200b\u2060\ufeff",
    "empty": "",
    "too long": "长" * 4001,
    "a number": 7,
    "a list": ["a"],
    "null": None,
}
SMUGGLED = ("role", "owner_id", "owner", "state", "status", "price", "seat", "author", "sender", "user_id", "version", "pk")


@pytest.mark.parametrize("operation", WITH_BODY, ids=label)
def test_an_unreadable_body_is_an_error(api: ApiFixture, operation: Operation) -> None:
    api.gateway.cloud.records(operation.service)
    for body, headers, status, code in UNREADABLE.values():
        response = api.call(operation, api.users["owner"], body=body, headers=headers)
        assert_problem(api.gateway, operation.service, response, status, code)


@pytest.mark.parametrize("operation", WITH_BODY, ids=label)
def test_unknown_fields_are_named_in_the_error(api: ApiFixture, operation: Operation) -> None:
    """Mass assignment: a client cannot set a role, an owner or a price."""
    good = api.request_body(operation)
    smuggled = {name: "owner" for name in SMUGGLED if name not in good}
    response = api.call(operation, api.users["owner"], body={**smuggled, **good})
    assert_problem(api.gateway, operation.service, response, 422, "invalid")
    assert {field["at"] for field in response.body["errors"]} == {f"/{name}" for name in smuggled}


NOTHING_NEEDED = (
    "create_application",
    "update_application",
    "update_circle",
    "update_profile",
    "update_room",
    "ship_order",
    "correct_shipment",
)  # drafts and parts; a shipment without a carrier is delivered in person
ALL_OPTIONAL = ("issue_passcode", "rotate_passcode", "close_circle", "create_export")


@pytest.mark.parametrize("operation", [operation for operation in WITH_BODY if operation.name not in ALL_OPTIONAL], ids=label)
def test_missing_or_wrongly_typed_fields_are_named_in_the_error(api: ApiFixture, operation: Operation) -> None:
    good, owner = api.request_body(operation), api.users["owner"]
    needed = api.call(operation, owner, body={})
    if operation.name not in NOTHING_NEEDED:
        assert_problem(api.gateway, operation.service, needed, 422, "invalid", at=f"/{next(iter(good))}")
    api.gateway.cloud.records(operation.service)
    for name in good:
        response = api.call(operation, owner, body={**good, name: {"$gt": ""}})
        assert response.status == 422
        assert any(field["at"].startswith(f"/{name}") for field in response.body["errors"])


DRAFTED = {("create_application", "null"), ("ship_order", "null")}  # a field of a draft can be null


@pytest.mark.parametrize(
    ("name", "flaw"), [(name, flaw) for name in TEXTS for flaw in BAD_TEXTS if (name, flaw) not in DRAFTED]
)
def test_invalid_text_is_an_error_at_its_field(api: ApiFixture, name: str, flaw: str) -> None:
    operation = named(name)
    body = {**api.request_body(operation), TEXTS[name]: BAD_TEXTS[flaw]}
    response = api.call(operation, api.users["owner"], body=body)
    assert_problem(api.gateway, operation.service, response, 422, "invalid", at=f"/{TEXTS[name]}")


NUMBERS = [
    ("mark_read", "seq", [-1, 10**12, 1.5, "1", True]),
    ("send_message", "after_seq", [-1, 10**12, 0.5, "0"]),
    ("issue_passcode", "max_uses", [0, -1, 1001, 2**63, 1.5, "5", True]),
    ("issue_passcode", "expires_in_hours", [0, 721, 1e3]),
    ("rotate_passcode", "grace_hours", [-1, 73, 1.5, "5", None]),
    ("create_upload", "size", [0, -1, 8 * 1024 * 1024 + 1, 2**63]),
    ("create_room_upload", "size", [0, -1, 8 * 1024 * 1024 + 1, 2**63]),
    ("create_application", "weekly_hours", [0, 81, 10.5]),
]


@pytest.mark.parametrize(("name", "field", "values"), NUMBERS, ids=lambda value: value if isinstance(value, str) else "")
def test_invalid_numbers_are_an_error_at_their_field(api: ApiFixture, name: str, field: str, values: list[Any]) -> None:
    operation = named(name)
    for value in values:
        response = api.call(operation, api.users["owner"], body={**api.request_body(operation), field: value})
        assert_problem(api.gateway, operation.service, response, 422, "invalid", at=f"/{field}")


LISTS = [
    ("post_note", "tags", ["观鸟"] * 11, "/tags"),
    ("post_note", "pictures", ["pic_01M854YTYS5ZVGJ97SAF9PYG6C"] * 19, "/pictures"),
    ("post_note", "pictures", ["../../secret"], "/pictures/0"),
    ("post_note", "tags", ["好" * 81], "/tags/0"),
    ("create_application", "evidence", ["javascript:alert(1)"], "/evidence/0"),
    ("create_application", "evidence", ["http://169.254.169.254/latest"], "/evidence/0"),
    ("decide_application", "reasons", [], "/reasons"),
    ("decide_application", "scores", {"resonance": 6}, "/scores/resonance"),
    ("create_upload", "type", "image/svg+xml", "/type"),
    ("create_room_upload", "type", "image/svg+xml", "/type"),
    ("send_message", "pictures", ["pic_01M854YTYS5ZVGJ97SAF9PYG6C"] * 10, "/pictures"),
    ("send_message", "pictures", ["../../secret"], "/pictures/0"),
    ("set_role", "role", "owner", "/role"),
    ("impose_member_sanction", "until", "2026-01-01T00:00:00", "/until"),
]


@pytest.mark.parametrize(("name", "field", "value", "at"), LISTS)
def test_invalid_values_are_an_error_at_their_position(api: ApiFixture, name: str, field: str, value: Any, at: str) -> None:
    operation = named(name)
    response = api.call(operation, api.users["owner"], body={**api.request_body(operation), field: value})
    assert_problem(api.gateway, operation.service, response, 422, "invalid", at=at)


def test_c13_nineteen_pictures_are_too_many(api: ApiFixture) -> None:
    body = {"text": "一路拍不停。", "pictures": [f"pic_01M854YTYS5ZVGJ97SAF9PYG{n}C" for n in range(10, 29)]}
    response = api.call(named("post_note"), api.users["member"], body=body)
    assert_problem(api.gateway, "circles", response, 422, "invalid", at="/pictures")


@pytest.mark.parametrize("type", ["application/json", "APPLICATION/JSON", 'application/json; charset="UTF-8"'])
def test_json_in_utf8_is_accepted_in_each_form_of_its_content_type(api: ApiFixture, type: str) -> None:
    body = json.dumps({"text": "观鸟去🐦"}, ensure_ascii=False)
    for encoded in (False, True):
        how: dict[str, Any] = {"body": body, "headers": {"content-type": type}, "encoded": encoded}
        response = api.call(named("add_comment"), api.users["member"], **how)
        assert (response.status, response.body["text"]) == (201, "观鸟去🐦")


def test_a_body_of_256_kb_is_accepted(api: ApiFixture) -> None:
    padded = '{"text": "好"' + " " * (BIG - len('{"text": "好"}'.encode())) + "}"
    assert len(padded.encode()) == BIG
    assert api.call(named("add_comment"), api.users["member"], body=padded).status == 201
    assert api.call(named("add_comment"), api.users["member"], body=padded + " ").status == 413


def test_text_is_stored_normalized(api: ApiFixture) -> None:
    """In NFC, without zero-width fillers and outer blanks, with the joiners that emoji need."""
    response = api.call(named("add_comment"), api.users["member"], body={"text": "  微\u200b信 e\u0301 👩\u200d🌾 "})
    assert response.body["text"] == "微信 é 👩\u200d🌾"
