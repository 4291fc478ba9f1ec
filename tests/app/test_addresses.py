"""Paths, methods and headers."""

from __future__ import annotations

import pytest

from simulation.api.fixture import Stage
from simulation.api.gateway import Gateway, fresh_key, gateway_event
from simulation.api.operations import (
    Operation,
    label,
    named,
    operations,
)
from tests.app.refusals import assert_refused

WRONG = [
    "/",
    "//circles",
    "/circles/",
    "/circles/{circle}/",
    "/circles//{circle}",
    "/circles/{lower}",
    "/circles/{circle}%0A",
    "/circles/{circle}%00",
    "/circles/{circle}%2F..%2F{circle}",
    "/circles/..%2F..%2Fetc%2Fpasswd",
    "/circles/%7Bcircle_id%7D",
    "/circles/{note}",
    "/circles/{circle}#/notes",
    "/circles/{long}",
    "/circles/观鸟",
    "/circles/{circle}/notes/n%2F1",
    "/circles/{circle}/notes/{circle}",
    "/circles/{circle}/notes/{note}/",
    "/circles/{circle}/notes/{note}/pictures/-1",
    "/circles/{circle}/notes/{note}/pictures/%D9%A0",
    "/circles/{circle}/notes/{note}/pictures/0x0",
    "/circles/{circle}/notes/{note}/pictures/100",
    "/test/circles/{circle}",
    "/health/",
    "/HEALTH",
    "/.env",
]
GUARDED = [operation for operation in operations() if not operation.is_public]


def test_an_address_counts_only_as_it_is_written(stage: Stage) -> None:
    """The gateway hands paths over decoded: an id counts by its pattern alone."""
    circle, note = stage.ids["circle_id"], stage.ids["note_id"]
    member = stage.people["member"]
    good = stage.gateway.call("circles", "GET", f"/circles/{circle}/notes/{note}", by=member)
    assert good.status == 200
    seen = set()
    for path in ["", *WRONG]:
        filled = path.format(circle=circle, lower=circle.lower(), note=note, long="A" * 5000)
        answer = stage.gateway.call("circles", "GET", filled, by=member)
        assert_refused(stage.gateway, "circles", answer, 404, "not-found")
        seen.add(str(answer.lasting))
    assert seen == {str(stage.gateway.call("circles", "GET", f"/circles/{circle}", by=stage.people["stranger"]).lasting)}


def test_a_named_stage_puts_its_name_in_front(gateway: Gateway) -> None:
    event = gateway_event("GET", "/live/health")
    event["requestContext"]["stage"] = "live"
    assert gateway.hand("circles", event).status == 200


@pytest.mark.parametrize("operation", operations(), ids=lambda one: f"{one.service}-{one.name}")
def test_other_methods_are_refused_with_those_that_are_taken(stage: Stage, operation: Operation) -> None:
    siblings = {one.method for one in operations() if (one.service, one.template) == (operation.service, operation.template)}
    path = operation.path(stage.place(operation))
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "TRACE", "get", "PROPFIND"} - siblings:
        answer = stage.gateway.call(operation.service, method, path, by=stage.people["owner"])
        assert_refused(stage.gateway, operation.service, answer, 405, "method-not-allowed")
        assert set(answer.headers["allow"].split(", ")) == siblings


@pytest.mark.parametrize("path", ["/circles", "/nowhere", "/health"])
def test_a_preflight_is_answered_without_a_token_and_tells_nothing(gateway: Gateway, path: str) -> None:
    headers = {"origin": "https://example.org", "access-control-request-method": "POST"}
    answer = gateway.call("circles", "OPTIONS", path, headers=headers)
    assert (answer.status, answer.text) == (204, "")


# headers


def test_problems_speak_the_readers_language(stage: Stage) -> None:
    def title(language: str | None) -> str:
        headers = {"accept-language": language} if language else {}
        unknown = stage.gateway.call("circles", "GET", "/nowhere", headers=headers)
        refused = stage.ask(named("get_circle"), stage.people["stranger"], headers=headers)
        assert unknown.body["title"] == refused.body["title"]
        return str(refused.body["title"])

    assert {title(one) for one in ("zh-CN", "zh", "zh-TW,en;q=0.5")} == {"这里没有你能看到的内容"}
    assert {title(one) for one in (None, "en", "de-DE", "*", "", "\u202ezh", "a" * 10_000)} == {
        "There is nothing here that you can see"
    }


def test_a_correlation_id_is_echoed_when_harmless_and_made_when_not(stage: Stage) -> None:
    def echoed(offered: str) -> tuple[str, str]:
        answer = stage.ask(named("get_circle"), stage.people["stranger"], headers={"X-Correlation-Id": offered})
        return answer.headers["x-correlation-id"], answer.body["correlation_id"]

    assert echoed("trace-01M854YTYS") == ("trace-01M854YTYS", "trace-01M854YTYS")
    for bad in (
        "short",
        "a" * 65,
        'x"}\n{"level":"INFO"',
        "a b c d e f g",
        "观鸟观鸟观鸟观鸟",
        "",
        "<script>alert(1)</script>",
    ):
        header, body = echoed(bad)
        assert header == body != bad
        assert header.startswith("request-")


@pytest.mark.parametrize("operation", GUARDED, ids=label)
def test_no_cookie_is_set_read_or_needed_and_nothing_is_cached(stage: Stage, operation: Operation) -> None:
    path = operation.path(stage.place(operation))
    event = gateway_event(operation.method, path, headers={"cookie": "session=owner"})
    event["cookies"] = ["session=owner"]
    answer = stage.gateway.hand(operation.service, event)
    assert answer.status == 401
    good = stage.ask(operation, stage.people["operator"])
    for one in (answer, good):
        assert "set-cookie" not in one.headers
        assert one.headers["cache-control"] == "no-store"
    if operation.method == "GET":
        written = [record["dynamodb"]["Keys"]["sk"]["S"] for record in stage.gateway.cloud.records(operation.service)]
        assert set(written) <= {"READINGS"}  # that staff read personal data is itself on record (R12)


@pytest.mark.parametrize("body", ['{"text": "\ud800"}', None])
def test_an_event_that_no_gateway_makes_is_refused_too(stage: Stage, body: str | None) -> None:
    operation = named("add_comment")
    event = gateway_event(
        "POST", operation.path(stage.ids), by=stage.people["member"], headers={"idempotency-key": fresh_key()}
    )
    event["headers"]["content-type"] = "application/json"
    event |= {"body": body or "no base64!", "isBase64Encoded": body is None}
    assert_refused(stage.gateway, "circles", stage.gateway.hand("circles", event), 400, "bad-request")
