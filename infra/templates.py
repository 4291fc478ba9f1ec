"""The templates as plain data, with queries for tests and for the simulation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.stacks import parsed, template_of
from services import SERVICES

ALL = ("platform", *SERVICES, "watch")


def template(name: str) -> dict[str, Any]:
    return parsed(template_of(name))


def resources(name: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of every resource of a kind ("SQS::Queue"), by logical id."""
    declared = template(name)["Resources"].items()
    return {
        key: value["Properties"] for key, value in declared if isinstance(value, dict) and value.get("Type") == f"AWS::{kind}"
    }


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
