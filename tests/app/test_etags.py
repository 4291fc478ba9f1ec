"""Changes of existing state: they need the ETag that the client read, and a repeat is recognised."""

from __future__ import annotations

from typing import Any

import pytest

from services import SERVICES
from simulation.api.fixture import EDITORS, ApiFixture
from simulation.api.gateway import ApiUser, Response, new_idempotency_key
from simulation.api.moto_cloud import service_module
from simulation.api.operations import Operation, label, named, operations
from simulation.settings import reset_settings
from tests.app.problems import assert_problem

CONDITIONAL = [operation for operation in operations() if operation.is_conditional]
# Every other PUT: sets and markers, and actions that have a condition of their own.
UNCONDITIONAL = {
    *("block_user", "like_note", "pin_note", "highlight_note", "pin_message", "add_reaction", "mark_read", "verify_identity"),
    *("extend_claim", "enrol_reviewer", "impose_sanction", "offer_ownership", "close_circle", "rename_circle"),
    *("mark_notifications_read", "request_deletion", "highlight_message", "put_order_address", "pull_brake"),
}
OTHER_BODIES: dict[str, dict[str, Any]] = {
    "update_application": {"plan": "先邀请五十位朋友。"},
    "update_draft": {"text": "另一份草稿。"},
    "update_note": {"text": "江边的雾散了。"},
    "update_comment": {"text": "雾散了就看得到。"},
    "update_message": {"text": "大家晚上好。"},
    "update_listing": {"amount": 8_800},
    "set_payout_account": {"account_id": "acct_2002"},
    "put_cart": {"lines": []},
    "update_address": {"street": "望京街 8 号"},
    "set_role": {"role": "co_owner"},
    "update_circle": {"description": "只聊城里看得到的鸟。"},
    "update_room": {"notice": "明早有雾。"},
    "update_profile": {"bio": "周末在湿地，平时在教书。"},
    "update_membership": {"nickname": "小山雀"},
    "set_screening": {"rules": "不公布位置。"},
    "set_teaser": {"text": "只聊城市里看得到的野鸟。"},
    "set_digest_preference": {"on": False},
    "set_campaign_consent": {"on": False},
    "set_notification_preferences": {"quiet": False},
    **{f"update_{service}_settings": {"values": {}} for service in SERVICES},
}
WRONG = '"1"'


@pytest.fixture(autouse=True)
def _default_settings() -> Any:
    yield
    reset_settings()


def editor(api: ApiFixture, operation: Operation) -> ApiUser:
    return api.users[EDITORS.get(operation.name, "owner")]


def send(api: ApiFixture, operation: Operation, headers: dict[str, str], **how: Any) -> Response:
    """Send a change with exactly these headers."""
    path, body = operation.path(api.path_ids(operation)), api.request_body(operation)
    call = {"by": editor(api, operation), "body": body, "headers": headers, **how}
    return api.gateway.call(operation.service, operation.method, path, **call)


def changed(api: ApiFixture, operation: Operation, key: str | None = None) -> Response:
    """Send a change under the ETag that its client reads, and require that it is made."""
    before = api.read_etag(operation)
    response = send(api, operation, {"if-match": f'"{before}"'}, key=key)
    assert response.status == 200, response
    assert (response.headers["etag"], response.body["etag"] != before) == (f'"{response.body["etag"]}"', True)
    assert api.read_etag(operation) == response.body["etag"]
    assert api.gateway.cloud.records(operation.service)
    return response


def test_every_put_needs_an_etag_or_has_a_rule_of_its_own() -> None:
    routes = [route for service in SERVICES for route in service_module("app", service).api.declared_routes]
    conditional = {route.name for route in routes if route.is_conditional}
    assert conditional == {operation.name for operation in CONDITIONAL}
    assert {route.name for route in routes if route.method == "PUT"} - conditional == UNCONDITIONAL
    assert all("etag" in route.returns.model_fields for route in routes if route.is_conditional)


@pytest.mark.parametrize("operation", CONDITIONAL, ids=label)
@pytest.mark.parametrize("headers", [{}, {"if-match": "*"}, {"if-match": ""}, {"if-match": "1"}], ids=str)
def test_a_change_without_an_etag_gets_428(api: ApiFixture, operation: Operation, headers: dict[str, str]) -> None:
    for key in (None, new_idempotency_key()):
        response = send(api, operation, headers, key=key)
        assert_problem(api.gateway, operation.service, response, 428, "precondition-required")


@pytest.mark.parametrize("operation", CONDITIONAL, ids=label)
def test_a_change_under_another_etag_gets_412_and_changes_nothing(api: ApiFixture, operation: Operation) -> None:
    before = api.read_etag(operation)
    for headers in ({"if-match": WRONG}, {"if-match": f'{WRONG}, "abc"'}, {"if-match": f'"{before}0"'}):
        response = send(api, operation, headers, key=new_idempotency_key())
        assert_problem(api.gateway, operation.service, response, 412, "precondition-failed")
    assert api.read_etag(operation) == before


@pytest.mark.parametrize("operation", CONDITIONAL, ids=label)
def test_a_change_under_the_etag_of_get_is_made_once_and_repeats_return_it(api: ApiFixture, operation: Operation) -> None:
    key, etag = new_idempotency_key(), {"if-match": f'"{api.read_etag(operation)}"'}
    first = changed(api, operation, key)
    for _ in range(2):
        assert send(api, operation, etag, key=key).comparable == first.comparable
    assert api.gateway.cloud.records(operation.service) == []
    assert_problem(
        api.gateway, operation.service, send(api, operation, etag, key=new_idempotency_key()), 412, "precondition-failed"
    )
    other = {**api.request_body(operation), **OTHER_BODIES[operation.name]}
    assert_problem(api.gateway, operation.service, send(api, operation, etag, key=key, body=other), 422, "key-reused")


@pytest.mark.parametrize("operation", CONDITIONAL, ids=label)
def test_a_repeat_without_a_key_is_recognised_by_its_etag(api: ApiFixture, operation: Operation) -> None:
    etag = {"if-match": f'W/"0", "{api.read_etag(operation)}"'}
    first = send(api, operation, etag)
    assert first.status == 200
    api.gateway.cloud.records(operation.service)
    assert send(api, operation, etag).comparable == first.comparable
    assert api.gateway.cloud.records(operation.service) == []


@pytest.mark.parametrize("operation", CONDITIONAL, ids=label)
def test_a_late_repeat_does_not_undo_a_newer_change(api: ApiFixture, operation: Operation) -> None:
    key, etag = new_idempotency_key(), {"if-match": f'"{api.read_etag(operation)}"'}
    first = changed(api, operation, key)
    other = {**api.request_body(operation), **OTHER_BODIES[operation.name]}
    second = send(api, operation, {"if-match": first.headers["etag"]}, key=new_idempotency_key(), body=other)
    assert second.status == 200
    api.gateway.cloud.records(operation.service)
    assert send(api, operation, etag, key=key).comparable == second.comparable
    lost = send(api, operation, etag, key=new_idempotency_key())
    assert_problem(api.gateway, operation.service, lost, 412, "precondition-failed")
    assert api.read_etag(operation) == second.body["etag"]


@pytest.mark.parametrize("operation", CONDITIONAL, ids=label)
def test_if_none_match_creates_what_does_not_exist_and_replaces_nothing(api: ApiFixture, operation: Operation) -> None:
    exists = api.read_etag(operation) != "0"
    response = send(api, operation, {"if-none-match": "*"}, key=new_idempotency_key())
    if exists:
        assert_problem(api.gateway, operation.service, response, 412, "precondition-failed")
        return
    assert response.status == 200
    api.gateway.cloud.records(operation.service)
    again = send(api, operation, {"if-none-match": "*"}, key=new_idempotency_key())
    assert_problem(api.gateway, operation.service, again, 412, "precondition-failed")


def test_a_sale_does_not_change_the_etag_of_a_listing(api: ApiFixture) -> None:
    operation = named("update_listing")
    before = api.read_etag(operation)
    assert api.call(named("place_order"), api.users["member"]).status == 201
    assert api.read_etag(operation) == before
    assert changed(api, operation).body["stock"] == api.call(named("get_listing"), api.users["member"]).body["stock"]
