"""Extreme values that are in no body of a route: headers, tickets, frames, webhooks, bucket notifications, queries."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services import SERVICES
from services.chat.app.frames import HANDLERS
from services.commerce.schemas import WebhookEventRequest
from services.shared.http.responses import PageQuery
from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Context
from simulation.api.moto_cloud import service_module
from simulation.api.operations import Operation, label, named, operations
from tests.app.extremes import greatest, illegal_neighbours, least, routes, upload_pictures
from tests.app.permitted import permitted_user
from tests.app.test_bodies import UNREADABLE
from tests.app.test_sockets import MESSAGE, connected, room, send_frame
from tests.app.test_webhook import deliver, state, webhook_event

ROUTES = routes()
GUARDED = [operation for operation in operations() if not operation.is_public]
TEXTS = ["x" * 8000, '"' * 8000, "观" * 2000, "\x00", "\udfff" * 26, '"\udfff"', "١" * 26]
PLAIN_HEADERS = ("accept-language", "x-correlation-id", "provider-signature", "cookie")
FRAMES: dict[str, dict[str, Any]] = {"subscribe": {}, "send": MESSAGE, "read": {"seq": 1}, "ping": {}}
OBJECT_KEYS = ["", "/", "raw", "raw/a/b", "raw/a/b/c/d", "raw/" + "x" * 1000 + "/b/c", "raw/観/鳥/圈", "%00", "exports/a/b/c"]


@pytest.mark.parametrize("operation", GUARDED, ids=label)
def test_no_header_makes_a_route_fail(api: ApiFixture, operation: Operation) -> None:
    by, has_body = api.users[permitted_user(operation)], operation.takes_body
    read = ["content-type"] * has_body + ["if-match", "if-none-match", "idempotency-key"] * operation.is_conditional
    read += ["idempotency-key"] * operation.is_keyed
    for text in TEXTS:
        assert api.call(operation, by, headers=dict.fromkeys(PLAIN_HEADERS, text)).status < 500, text[:9]
        for name in read:
            how = {"key": text} if name == "idempotency-key" else {"headers": {name: text}}
            assert api.call(operation, by, **how).status < 500, (name, text[:9])


# The parameters to leave out for each way to ask, where not all can be given together.
ALTERNATIVES = {"list_messages": (("before_seq", "around"), ("after_seq", "around"))}  # `around` needs a message
QUERIED = [one for one in GUARDED if ROUTES[one.name].query or one.is_paged]


@pytest.mark.parametrize("operation", QUERIED, ids=label)
def test_query_parameters_are_bounded(api: ApiFixture, operation: Operation) -> None:
    by = api.users[permitted_user(operation)]
    models = [model for model in (ROUTES[operation.name].query, PageQuery if operation.is_paged else None) if model]
    for model in models:
        legal = {name: value for name, value in greatest(model, {}).items() if value is not None}
        for alone in ALTERNATIVES.get(operation.name, ((),)):
            query = {name: value for name, value in legal.items() if name not in alone}
            response = api.call(operation, by, query=urlencode(query))
            assert response.status in (200, 204, 302), (query, response)
        for name, value in illegal_neighbours(model):
            if not isinstance(value, list):
                response = api.call(operation, by, query=urlencode({name: value}))
                assert response.status in ((400, 422) if name == "cursor" else (422,)), (name, value)


@pytest.mark.parametrize("action", FRAMES)
def test_frames_are_bounded(api: ApiFixture, action: str) -> None:
    """The least and the greatest legal frame are handled; their illegal neighbours, and unreadable frames, are not."""
    connection, model = connected(api, api.users["member"]), HANDLERS[action][0]
    base = {"action": action, **room(api), **FRAMES[action]}
    base = {name: value for name, value in base.items() if name in model.model_fields}
    large = {**greatest(model, base), "ref": "r" * 64} | ({"client_msg_id": "m" * 64} if action == "send" else {})
    for legal in (least(model, base), large):
        assert send_frame(api, connection, legal)[-1]["type"] != "problem", legal
    api.gateway.run_streams()
    wrong: list[Any] = [{**base, name: value} for name, value in illegal_neighbours(model) if name != "action"]
    wrong += [raw for raw, *_ in UNREADABLE.values() if isinstance(raw, str)]
    for frame in wrong:
        (response,) = send_frame(api, connection, frame)
        assert response["problem"]["status"] in (400, 413, 422), str(frame)[:99]
        assert api.gateway.cloud.records("chat") == [], str(frame)[:99]


def test_tickets_are_bounded(api: ApiFixture) -> None:
    for ticket in TEXTS:
        assert api.gateway.call_socket("$connect", "connection-x", ticket=ticket) == 401
    assert api.gateway.cloud.records("chat") == []


def test_m8_a_signed_webhook_is_bounded(api: ApiFixture) -> None:
    """The provider's signature does not make its values right."""
    assert deliver(api, webhook_event(api, event_id="e" * 64, type="t" * 64, payment_id="p" * 64, amount=10**11)).status == 204
    for name, value in illegal_neighbours(WebhookEventRequest):
        assert deliver(api, webhook_event(api, **{name: value})).status == 422, (name, value)
    for body, headers, status, _ in UNREADABLE.values():
        if not headers:
            raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
            assert deliver(api, raw).status == status, str(body)[:99]
    assert state(api) == "reserved"


@pytest.mark.parametrize("service", ["circles", "chat", "commerce"])
@pytest.mark.parametrize("object_key", OBJECT_KEYS)
def test_an_object_that_no_form_names_does_not_hide_an_upload(api: ApiFixture, object_key: str, service: str) -> None:
    body = {"Records": [{"s3": {"object": {"key": object_key}}}]}
    bad = {"messageId": "bad", "body": json.dumps(body)}
    worker = service_module("picture_worker", service)
    assert worker.on_picture({"Records": [bad]}, Context())["batchItemFailures"] in ([], [{"itemIdentifier": "bad"}])
    assert len(upload_pictures(api, "owner", 1, service=service)) == 1


@pytest.mark.parametrize("end", ["minimum", "maximum"])
@pytest.mark.parametrize("service", SERVICES)
def test_operators_can_set_all_settings_to_one_end_of_their_ranges(api: ApiFixture, service: str, end: str) -> None:
    operation = named(f"update_{service}_settings")
    before = api.call(named(f"get_{service}_settings"), api.users["operator"]).body
    values = {setting["name"]: setting[end] for setting in before["settings"] if setting[end] is not None}
    response = api.call(operation, api.users["operator"], body={"values": values, "reason": "极限"})
    assert response.status == 200
    assert {one["name"]: one["value"] for one in response.body["settings"]}.items() >= values.items()
    api.gateway.run_streams()
    assert api.call(named("list_notes"), api.users["member"]).status == 200
