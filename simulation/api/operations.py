"""Every operation of every service, from the OpenAPI documents that the services serve."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from services import SERVICES
from simulation.api.gateway import document


@dataclass(frozen=True)
class Operation:
    """One method of one path template of a service; `name` is its operation id.

    is_keyed: whether it requires an Idempotency-Key. is_conditional: whether it requires If-Match.
    """

    service: str
    method: str
    template: str
    name: str
    is_keyed: bool
    is_conditional: bool
    takes_body: bool
    is_paged: bool
    is_public: bool
    statuses: frozenset[int]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.template))

    def path(self, ids: dict[str, str]) -> str:
        return self.template.format(**ids)


def _operation(service: str, method: str, template: str, spec: dict[str, Any]) -> Operation:
    described = [_resolved(document(service), parameter) for parameter in spec["parameters"]]
    parameters = {parameter["name"]: parameter["required"] for parameter in described}
    return Operation(
        service,
        method.upper(),
        template,
        spec["operationId"],
        is_keyed=parameters.get("Idempotency-Key", False),
        is_conditional="If-Match" in parameters,
        takes_body="requestBody" in spec,
        is_paged="cursor" in parameters,
        is_public=not spec["security"],
        statuses=frozenset(map(int, spec["responses"])),
    )


def _resolved(described: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter, or the component that it refers to."""
    if "$ref" not in parameter:
        return parameter
    resolved: dict[str, Any] = described["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return resolved


@cache
def operations() -> tuple[Operation, ...]:
    return tuple(
        _operation(service, method, template, spec)
        for service in SERVICES
        for template, methods in document(service)["paths"].items()
        for method, spec in methods.items()
    )


def named(name: str) -> Operation:
    return next(operation for operation in operations() if operation.name == name)


def label(value: Any) -> str | None:
    """Return the test id of a parameter."""
    return value.name if isinstance(value, Operation) else None
