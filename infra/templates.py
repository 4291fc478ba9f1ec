"""The templates as plain data, with queries for tests and for the simulation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from infra.stacks import parsed, template_of
from services import SERVICES

ALL = ("platform", *SERVICES, "edge", "watch")  # in the order of a deploy


@cache
def template(name: str) -> dict[str, Any]:
    """Return a template, parsed once: callers must not change it."""
    return parsed(template_of(name))


def resources(name: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of a kind ("SQS::Queue"), by logical id."""
    declared = template(name)["Resources"].items()
    return {
        key: value["Properties"] for key, value in declared if isinstance(value, dict) and value.get("Type") == f"AWS::{kind}"
    }


def http_routes(name: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every HTTP route of a service, by route key ("GET /v1/rooms"), with its loop expanded."""
    own = [route for route in resources(name, "ApiGatewayV2::Route").values() if route["ApiId"] == {"Ref": "HttpApiId"}]
    _, keys, repeated = template(name)["Resources"]["Fn::ForEach::Routes"]
    (route,) = repeated.values()
    looped = ({**route["Properties"], "RouteKey": key} for key in keys)
    return {properties["RouteKey"]: properties for properties in [*own, *looped]}


def cors() -> dict[str, Any]:
    """Return the CORS configuration of the HTTP API, with the default value of each parameter."""
    (api,) = resources("platform", "ApiGatewayV2::Api").values()
    parameters = template("platform")["Parameters"]

    def resolved(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        parameter = parameters[value["Ref"]]
        return str(parameter["Default"]).split(",") if parameter["Type"] == "CommaDelimitedList" else parameter["Default"]

    return {key: resolved(value) for key, value in api["CorsConfiguration"].items()}


def statements(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every policy statement of a service with the name of its function or managed policy."""
    for function, properties in resources(name, "Serverless::Function").items():
        for policy in properties["Policies"]:
            for statement in policy.get("Statement", []):
                yield function, statement
    for policy, properties in resources(name, "IAM::ManagedPolicy").items():
        for statement in properties["PolicyDocument"]["Statement"]:
            yield policy, statement


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """Return a value with its intrinsic functions as JSON text."""
    return json.dumps(value, sort_keys=True)
