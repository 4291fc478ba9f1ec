"""The templates as plain data, the way these tests ask about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.build import SERVICES
from infra.stacks import parsed, template_of

ALL = ("platform", *SERVICES, "watch")


def template(name: str) -> dict[str, Any]:
    return parsed(template_of(name))


def resources(name: str, kind: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id of every resource of a kind ("SQS::Queue")."""
    found = template(name)["Resources"].items()
    return {key: value["Properties"] for key, value in found if isinstance(value, dict) and value.get("Type") == f"AWS::{kind}"}


def statements(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy statement of a service's functions with the function that has it; shared ones under their own name."""
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
    """A value with its intrinsic functions, as text to search in."""
    return json.dumps(value, sort_keys=True)
