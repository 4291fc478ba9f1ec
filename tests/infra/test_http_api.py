"""The one HTTP API: routes against the services' code, CORS, permissions, throttles, the order of a deploy."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Any

import pytest

from infra import deploy
from infra.ministack import with_cors_on_errors
from infra.templates import cors, http_routes, resources, template
from services import SERVICES
from services.shared.http.gateway import VERSION_PREFIX
from simulation.api.operations import Operation, operations

ROUTES = {key: (service, route) for service in SERVICES for key, route in http_routes(service).items()}
PUBLIC = {key for key, (_, route) in ROUTES.items() if route.get("AuthorizationType") != "JWT"}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def selected(method: str, path: str) -> str | None:
    """Return the route key that API Gateway selects: a full match before a greedy one, then the more literal one."""

    def matches(template: str) -> bool:
        return re.fullmatch(re.sub(r"{\w+}", "[^/]+", template.replace("{proxy+}", ".+")), path) is not None

    def rank(key: str) -> tuple[bool, int]:
        segments = key.split("/")
        return "+}" not in key, sum("{" not in segment for segment in segments)

    matching = [key for key in ROUTES if key.partition(" ")[0] == method and matches(key.partition(" ")[2])]
    return max(matching, key=rank, default=None)


def route_of(operation: Operation) -> str | None:
    return selected(operation.method, VERSION_PREFIX + re.sub(r"{\w+}", "x", operation.template))


def test_every_route_of_the_code_reaches_its_service_with_a_token_unless_it_is_public() -> None:
    wrong = [
        (operation.service, str(operation), key)
        for operation in operations()
        for key in [route_of(operation)]
        if key is None or ROUTES[key][0] != operation.service or (key in PUBLIC) != operation.is_public
    ]
    assert wrong == []


def test_every_gateway_route_is_needed() -> None:
    assert ROUTES.keys() - {route_of(operation) for operation in operations()} == set()


def test_no_route_catches_a_preflight_and_each_names_a_method_that_cors_allows() -> None:
    assert {key.partition(" ")[0] for key in ROUTES} <= set(METHODS)
    assert all(path.startswith(f"{VERSION_PREFIX}/") for path in (key.partition(" ")[2] for key in ROUTES))


def test_no_two_routes_have_the_same_key_or_logical_id() -> None:
    assert sum(len(http_routes(service)) for service in SERVICES) == len(ROUTES) <= 300, "300 routes is the quota of an API"
    for service in SERVICES:
        _, keys, fragment = template(service)["Resources"]["Fn::ForEach::Routes"]
        assert list(fragment) == ["Route&{RouteKey}"]
        assert max(Counter(re.sub(r"[^A-Za-z0-9]", "", key) for key in keys).values()) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_leads_to_the_services_own_function_under_the_shared_authorizer(service: str) -> None:
    (integration,) = (
        one for one in resources(service, "ApiGatewayV2::Integration").values() if one["ApiId"] == {"Ref": "HttpApiId"}
    )
    assert integration["IntegrationUri"] == {"Fn::GetAtt": "Api.Arn"}
    assert integration["PayloadFormatVersion"] == "2.0"
    for key, route in http_routes(service).items():
        assert route["ApiId"] == {"Ref": "HttpApiId"}
        assert route["Target"] == {"Fn::Sub": "integrations/${Integration}"}
        if key not in PUBLIC:
            assert (route["AuthorizationType"], route["AuthorizerId"]) == ("JWT", {"Ref": "AuthorizerId"})


@pytest.mark.parametrize("service", SERVICES)
def test_the_gateway_may_call_the_api_function_from_this_api_only(service: str) -> None:
    (permission,) = (one for one in resources(service, "Lambda::Permission").values() if one["FunctionName"] == {"Ref": "Api"})
    assert (permission["Principal"], permission["Action"]) == ("apigateway.amazonaws.com", "lambda:InvokeFunction")
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${HttpApiId}/*")


def test_only_the_platform_has_an_http_api_and_only_the_edge_its_stage() -> None:
    for name in SERVICES:
        kinds = [resources(name, f"ApiGatewayV2::{kind}").keys() for kind in ("Api", "Stage", "Authorizer")]
        assert [set(keys) for keys in kinds] == ([{"Socket"}, {"SocketStage"}, set()] if name == "chat" else [set()] * 3)
    (authorizer,) = resources("platform", "ApiGatewayV2::Authorizer").values()
    pool = {"Fn::Sub": "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${UserPool}"}
    assert authorizer["JwtConfiguration"]["Issuer"] == {"Fn::If": ["HasIssuer", {"Ref": "Issuer"}, pool]}
    assert authorizer["JwtConfiguration"]["Audience"]["Fn::If"][2] == [{"Ref": "MembersClient"}, {"Ref": "StaffClient"}]


def test_a_browser_may_send_and_read_what_an_app_needs() -> None:
    assert cors() == {
        "AllowOrigins": ["*"],
        "AllowMethods": METHODS,
        "AllowHeaders": ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-correlation-id"],
        "ExposeHeaders": ["Retry-After", "ETag", "x-correlation-id", "Date"],
        "MaxAge": 600,
    }


def test_each_public_route_has_a_throttle_far_below_the_default_and_no_other_route_has_one() -> None:
    (stage,) = resources("edge", "ApiGatewayV2::Stage").values()
    defaults = {name: parameter.get("Default") for name, parameter in template("edge")["Parameters"].items()}

    def limits(settings: dict[str, Any]) -> tuple[int, int]:
        return defaults[settings["ThrottlingRateLimit"]["Ref"]], defaults[settings["ThrottlingBurstLimit"]["Ref"]]

    assert stage["RouteSettings"].keys() == PUBLIC
    rate, burst = limits(stage["DefaultRouteSettings"])
    public = [limits(settings) for settings in stage["RouteSettings"].values()]
    assert sum(one for one, _ in public) <= rate / 10
    assert sum(one for _, one in public) <= burst / 10
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)


def test_access_logs_name_the_route_and_share_the_resource_policy_of_vended_logs() -> None:
    (stage,) = resources("edge", "ApiGatewayV2::Stage").values()
    (group,) = resources("edge", "Logs::LogGroup").values()
    assert stage["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": "AccessLog.Arn"}
    assert group["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/")
    assert "$context.routeKey" in stage["AccessLogSettings"]["Format"]
    assert "$context.path" not in stage["AccessLogSettings"]["Format"], "paths contain ids of users"


@pytest.mark.parametrize(("endpoint", "last"), [(None, ["edge", "watch"]), ("http://127.0.0.1:1", ["edge"])])
def test_the_edge_is_deployed_after_every_service(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, last: list[str]
) -> None:
    order: list[str] = []

    def apply(_: Any, stack: str, *rest: Any) -> dict[str, str]:
        order.append(stack.rpartition("-")[2])
        return {}

    monkeypatch.setattr(deploy, "apply", apply)
    monkeypatch.setattr(deploy, "client", lambda *_: None)
    monkeypatch.setattr(deploy, "_upload", lambda *_: ("bucket", dict.fromkeys([*SERVICES, "trigger"], "key")))
    monkeypatch.setattr(deploy, "_ensure_keys", lambda *_: None)
    monkeypatch.setattr(deploy, "public_key", lambda *_: "pem")
    deploy.deploy("test", endpoint, lambda line: None)
    assert (order[0], set(order[1:5]), order[5:]) == ("platform", set(SERVICES), last)


ROOMS = "/_aws/execute-api/a/$default/v1/rooms"
OWN = [(b"Access-Control-Allow-Origin", b"https://app.example")]  # of a function's response


@pytest.mark.parametrize(
    ("path", "status", "headers", "is_completed"),
    [(ROOMS, 200, [], False), (ROOMS, 401, [], True), (ROOMS, 404, OWN, False), ("/bucket/key", 404, [], False)],
)
def test_the_laptop_adds_cors_headers_to_the_gateways_own_errors_alone(
    path: str, status: int, headers: list[tuple[bytes, bytes]], is_completed: bool
) -> None:
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(with_cors_on_errors(app)({"type": "http", "path": path}, None, send))
    added = [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"Retry-After,ETag,x-correlation-id,Date"),
    ]
    assert sent[0]["headers"] == [*headers, *(added if is_completed else [])]
