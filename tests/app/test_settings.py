"""The operators' routes to settings, and the settings in force behind HTTP routes and workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from services import SERVICES
from services.shared.table.items import Key
from services.shared.table.port import Throttled
from services.shared.table.settings import KEY
from simulation.api.gateway import NO_BODY, ApiUser, Context, Gateway, Response
from simulation.api.moto_cloud import service_module
from simulation.clock import FakeClock
from simulation.settings import SETTINGS

CIRCLES, OPERATOR = SETTINGS["circles"], ApiUser(groups=("operator",))
ANOTHER_VALUE = {"review": "max_circles", "circles": "max_pins", "chat": "max_pins", "commerce": "max_quantity"}


def get(gateway: Gateway, service: str) -> Any:
    return gateway.call(service, "GET", f"/settings/{service}", by=OPERATOR).body


def put(
    gateway: Gateway, service: str, values: Any, *, etag: str | None = None, flags: Any = NO_BODY, by: ApiUser = OPERATOR
) -> Response:
    body = {"values": values, "reason": "太少。"} | ({} if flags is NO_BODY else {"flags": flags})
    headers = {"if-match": f'"{get(gateway, service)["etag"] if etag is None else etag}"'}
    return gateway.call(service, "PUT", f"/settings/{service}", by=by, body=body, headers=headers)


def field_error(response: Response) -> tuple[int, str, str]:
    (field,) = response.body["errors"]
    return response.status, field["at"], field["message"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_operator_reads_and_changes_the_settings_of_every_service(gateway: Gateway, service: str) -> None:
    before, name = get(gateway, service), ANOTHER_VALUE[service]
    assert [one["name"] for one in before["settings"]] == list(SETTINGS[service].model.model_fields)
    assert (before["etag"], before["changes"]) == ("0", [])
    response = put(gateway, service, {name: 2})
    assert response.status == 200, response
    after = get(gateway, service)
    (changed,) = (one for one in after["settings"] if one["name"] == name)
    assert (changed["value"], changed["minimum"]) == (2, 1)
    (change,) = after["changes"]
    assert (change["actor"], change["reason"]) == (OPERATOR.user_id, "太少。")
    assert change["changes"] == {name: [changed["default"], 2]}
    assert getattr(SETTINGS[service](), name) == 2


def test_a_change_needs_the_state_that_the_operator_read(gateway: Gateway) -> None:
    body = {"values": {}, "reason": "太少。"}
    without = gateway.call("circles", "PUT", "/settings/circles", by=OPERATOR, body=body)
    assert without.status == 428
    assert put(gateway, "circles", {"max_pins": 3}).status == 200
    assert put(gateway, "circles", {"max_pins": 4}, etag="0", by=ApiUser(groups=("operator",))).status == 412
    assert CIRCLES().max_pins == 3


@pytest.mark.parametrize(
    ("values", "at", "message"),
    [
        pytest.param({"max_pins": 21}, "/values/max_pins", "20", id="above the range"),
        pytest.param({"max_pins": 0}, "/values/max_pins", "1", id="below the range"),
        pytest.param({"max_pins": "3"}, "/values/max_pins", "", id="another type"),
        pytest.param({"guess_lock": "P2D"}, "/values/guess_lock", "", id="a period above the range"),
        pytest.param({"guess_lock": "soon"}, "/values/guess_lock", "PT15M", id="not a duration"),
        pytest.param({"max_likes": 3}, "/values/max_likes", "", id="unknown"),
        pytest.param({"thumbnail_pixels": 900, "picture_pixels": 800}, "/values", "thumbnail_pixels", id="not in order"),
    ],
)
def test_an_unknown_setting_or_a_value_out_of_range_is_denied_with_its_field(
    gateway: Gateway, values: Any, at: str, message: str
) -> None:
    response = put(gateway, "circles", values)
    status, found_at, text = field_error(response)
    assert (status, found_at) == (422, at)
    assert message in text
    assert get(gateway, "circles")["changes"] == []


@pytest.mark.parametrize(
    "flags",
    [
        {"unknown": {"default": True}},
        {"daily_digest": {"default": "yes"}},
        {"daily_digest": {"default": True, "rules": {"x": {"when_match": False, "conditions": []}}}},
        {"daily_digest": {"default": True, "rules": {"x": {"when_match": False, "conditions": [1]}}}},
        {
            "daily_digest": {
                "default": True,
                "rules": {"x": {"when_match": False, "conditions": [{"action": "EQUALS", "key": "user_id", "value": "mei"}]}},
            }
        },
        {"daily_digest": {"default": True, "note": "x" * 2000}},
    ],
)
def test_rules_of_flags_are_validated(gateway: Gateway, flags: Any) -> None:
    status, at, _ = field_error(put(gateway, "circles", {}, flags=flags))
    assert (status, at) == (422, "/flags")


def test_rules_of_a_flag_are_in_force(gateway: Gateway) -> None:
    assert put(gateway, "circles", {}, flags={"daily_digest": {"default": False}}).status == 200
    assert not CIRCLES.is_on("daily_digest", circle_id="cir_1")
    (flag,) = get(gateway, "circles")["flags"]
    assert (flag["rules"], flag["default"]) == ({"default": False}, True)


@pytest.mark.parametrize("service", SERVICES)
def test_only_operators_read_and_change_settings(gateway: Gateway, service: str) -> None:
    for by in (ApiUser(), ApiUser(groups=("reviewer",)), ApiUser(groups=("operators",))):
        body = {"values": {}, "reason": "太少。"}
        path, headers = f"/settings/{service}", {"if-match": '"0"'}
        assert gateway.call(service, "GET", path, by=by).code == "operator-required"
        assert gateway.call(service, "PUT", path, by=by, body=body, headers=headers).code == "operator-required"


def call_route(gateway: Gateway) -> None:
    assert gateway.call("circles", "GET", "/circles", by=ApiUser()).status == 200


def call_schedule(gateway: Gateway) -> None:
    service_module("workers", "circles").on_schedule({}, Context())


def call_stream(gateway: Gateway) -> None:
    service_module("workers", "circles").on_change({"Records": []}, Context())


def call_inbox(gateway: Gateway) -> None:
    service_module("inbox", "circles").on_inbox({"Records": []}, Context())


@pytest.mark.parametrize("call", [call_route, call_schedule, call_stream, call_inbox])
def test_a_change_by_another_process_is_in_force_after_60_seconds(gateway: Gateway, call: Callable[[Gateway], None]) -> None:
    wiring, clock = service_module("wiring", "circles"), FakeClock(datetime.now(UTC))
    with mock.patch.object(wiring, "utc_now", clock):
        call(gateway)
        wiring.table().put({**KEY.attributes(), "values": {"max_pins": 2}, "rules": "{}", "version": 1}, when=None)
        clock.now += timedelta(seconds=59)
        call(gateway)
        assert CIRCLES().max_pins == 5
        clock.now += timedelta(seconds=1)
        call(gateway)
        assert CIRCLES().max_pins == 2


def test_a_socket_event_reads_the_settings_too(gateway: Gateway) -> None:
    wiring, clock = service_module("wiring", "chat"), FakeClock(datetime.now(UTC))
    with mock.patch.object(wiring, "utc_now", clock):
        wiring.table().put({**KEY.attributes(), "values": {"max_pins": 2}, "rules": "{}", "version": 1}, when=None)
        gateway.call_socket("$disconnect", "connection")
    assert SETTINGS["chat"]().max_pins == 2


class WithoutSettings:
    """A table that throttles the read of the settings."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def get(self, key: Key, **named: Any) -> Any:
        if key == KEY:
            raise Throttled
        return self._real.get(key, **named)


def test_a_request_succeeds_while_the_settings_cannot_be_read(gateway: Gateway) -> None:
    wiring = service_module("wiring", "circles")
    assert put(gateway, "circles", {"max_pins": 3}).status == 200
    table = WithoutSettings(wiring.table())
    with mock.patch.object(wiring, "table", lambda: table):
        call_route(gateway)
        assert CIRCLES().max_pins == 3, "the last known settings stay in force"
