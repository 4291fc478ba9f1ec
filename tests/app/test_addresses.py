"""Paths, methods and headers."""

from __future__ import annotations

import pytest

from simulation.api.fixture import ApiFixture
from simulation.api.gateway import Gateway, gateway_event, new_idempotency_key
from simulation.api.operations import Operation, label, named, operations
from tests.app.problems import assert_problem

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
    "/test/circles/{circle}",
    "/v1/circles/{circle}",
    "/health",
    "/health/circles/",
    "/health/chat",
    "/HEALTH/circles",
    "/.env",
]
GUARDED = [operation for operation in operations() if not operation.is_public]


def test_a_path_matches_only_in_its_exact_form(api: ApiFixture) -> None:
    """The gateway passes paths decoded, so an id must match its whole pattern."""
    circle, note = api.ids["circle_id"], api.ids["note_id"]
    member = api.users["member"]
    good = api.gateway.call("circles", "GET", f"/circles/{circle}/notes/{note}", by=member)
    assert good.status == 200
    responses = set()
    for path in ["", *WRONG]:
        filled = path.format(circle=circle, lower=circle.lower(), note=note, long="A" * 5000)
        response = api.gateway.call("circles", "GET", filled, by=member)
        assert_problem(api.gateway, "circles", response, 404, "not-found")
        responses.add(str(response.comparable))
    assert responses == {str(api.gateway.call("circles", "GET", f"/circles/{circle}", by=api.users["stranger"]).comparable)}


def test_the_prefix_of_a_named_deployment_stage_is_removed(gateway: Gateway) -> None:
    event = gateway_event("GET", "/health/circles")
    assert event["rawPath"] == "/v1/health/circles"
    event["rawPath"] = "/live/v1/health/circles"
    assert gateway.handle("circles", event).status == 404
    event["requestContext"]["stage"] = "live"
    assert gateway.handle("circles", event).status == 200


@pytest.mark.parametrize("path", [f"{prefix}/health/circles" for prefix in ("", "/v2", "/V1", "/v1/v1")] + ["/v1", "/v1/"])
def test_a_path_without_the_version_is_not_found(gateway: Gateway, path: str) -> None:
    event = gateway_event("GET", "/health/circles")
    event["rawPath"] = path
    assert_problem(gateway, "circles", gateway.handle("circles", event), 404, "not-found")


@pytest.mark.parametrize("operation", operations(), ids=lambda one: f"{one.service}-{one.name}")
def test_other_methods_get_405_with_the_allowed_methods(api: ApiFixture, operation: Operation) -> None:
    same_path = (operation.service, operation.template)
    allowed = {other.method for other in operations() if (other.service, other.template) == same_path}
    path = operation.path(api.path_ids(operation))
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "PROPFIND"} - allowed:
        response = api.gateway.call(operation.service, method, path, by=api.users["owner"])
        assert_problem(api.gateway, operation.service, response, 405, "method-not-allowed")
        assert set(response.headers["allow"].split(", ")) == allowed


# headers


def test_problems_have_the_language_of_the_reader(api: ApiFixture) -> None:
    def title(language: str | None) -> str:
        headers = {"accept-language": language} if language else {}
        unknown = api.gateway.call("circles", "GET", "/nowhere", headers=headers)
        hidden = api.call(named("get_circle"), api.users["stranger"], headers=headers)
        assert unknown.body["title"] == hidden.body["title"]
        return str(hidden.body["title"])

    assert {title(one) for one in ("zh-CN", "zh", "zh-TW,en;q=0.5", "fr, en;q=0.4, zh;q=0.9")} == {"内容不存在或无权查看"}
    assert {title(one) for one in (None, "en", "de-DE", "*", "", "\u202ezh", "a" * 10_000)} == {
        "This does not exist, or you are not allowed to see it."
    }


def test_field_messages_have_the_language_of_the_reader(api: ApiFixture) -> None:
    def messages(language: str) -> dict[str, str]:
        response = api.call(
            named("impose_member_sanction"),
            api.users["moderator"],
            body={"kind": "mute", "until": None, "reason": " ", "extra": 1},
            headers={"accept-language": language},
        )
        return {error["at"]: error["message"] for error in response.body["errors"]}

    assert messages("zh-CN") == {"/reason": "请填写内容", "/until": "请设置禁言的结束时间", "/extra": "不支持这个字段"}
    assert messages("en") == {
        "/reason": "must not be blank",
        "/until": "must be set: a mute has an end",
        "/extra": "is not a known field",
    }


def test_a_safe_correlation_id_is_echoed_and_an_unsafe_one_is_replaced(api: ApiFixture) -> None:
    def echoed(value: str) -> tuple[str, str]:
        response = api.call(named("get_circle"), api.users["stranger"], headers={"X-Correlation-Id": value})
        return response.headers["x-correlation-id"], response.body["correlation_id"]

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
def test_no_cookie_is_set_read_or_needed_and_nothing_is_cached(api: ApiFixture, operation: Operation) -> None:
    path = operation.path(api.path_ids(operation))
    event = gateway_event(operation.method, path, headers={"cookie": "session=owner"})
    event["cookies"] = ["session=owner"]
    response = api.gateway.handle(operation.service, event)
    assert response.status == 401
    good = api.call(operation, api.users["operator"])
    for one in (response, good):
        assert "set-cookie" not in one.headers
        assert one.headers["cache-control"] == "no-store"
    if operation.method == "GET":
        keys = [record["dynamodb"]["Keys"] for record in api.gateway.cloud.records(operation.service)]
        written = {key["sk" if key["pk"]["S"].startswith("HEADS#") else "pk"]["S"].split("#")[0] for key in keys}
        assert written <= {"READER", "AUDIT"}  # that staff read personal data is recorded itself (R12)


@pytest.mark.parametrize("body", ['{"text": "\ud800"}', None])
def test_an_event_that_no_gateway_sends_gets_400(api: ApiFixture, body: str | None) -> None:
    operation = named("add_comment")
    event = gateway_event(
        "POST", operation.path(api.ids), by=api.users["member"], headers={"idempotency-key": new_idempotency_key()}
    )
    event["headers"]["content-type"] = "application/json"
    event |= {"body": body or "no base64!", "isBase64Encoded": body is None}
    assert_problem(api.gateway, "circles", api.gateway.handle("circles", event), 400, "bad-request")
