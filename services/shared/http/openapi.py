"""The OpenAPI 3.1 document of a service, generated from its routes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.shared.http.gateway import PATH_PATTERNS
from services.shared.http.problems import PROBLEM_TYPE, Problem
from services.shared.http.responses import PageQuery, Redirect
from services.shared.http.routes import Route
from services.shared.kernel.errors import (
    BadRequest,
    BodyTooLarge,
    DomainError,
    Invalid,
    NotFound,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)

REF = "#/components/schemas/{model}"
MODES: tuple[Literal["validation"], Literal["serialization"]] = ("validation", "serialization")
GATEWAY = 'The gateway itself can respond 401, 403, 429 or 503 with `{"message": ...}` before a function is called.'


def document(service: str, routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document of one service."""
    used: list[Any] = [Problem, PageQuery, *(model for route in routes for model in (route.documented_body, route.returns))]
    models = {model for model in used if _is_model(model)}
    names, definitions = models_json_schema(
        [(model, mode) for model in sorted(models, key=str) for mode in MODES], ref_template=REF
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, names)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Coterie: {service}", "version": "1", "description": GATEWAY},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(route: Route, names: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name.lstrip("_"),
        "summary": (inspect.getdoc(route.view) or route.name).splitlines()[0],
        "parameters": _parameters(route),
        "responses": _responses(route, names),
        "security": [] if route.is_public else [{"token": []}],
    }
    if route.documented_body:
        content = {"application/json": {"schema": names[route.documented_body, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    for name in re.findall(r"{(\w+)}", route.template):
        schema = {"type": "string", "pattern": f"^{PATH_PATTERNS[name]}$"}
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    if route.is_keyed:
        description = "A ULID or UUIDv7, created for this request within the last 24 hours. A retry sends the same key."
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": description,
                "schema": {"type": "string"},
            }
        )
    for query in (route.query, PageQuery if route.is_paged else None):
        for name, schema in (query.model_json_schema()["properties"] if query else {}).items():
            parameters.append({"name": name, "in": "query", "required": False, "schema": schema})
    return parameters


def _responses(route: Route, names: Any) -> dict[str, Any]:
    errors: dict[int, list[type[DomainError]]] = {}
    for error in _errors(route):
        errors.setdefault(error.status, []).append(error)
    responses: dict[str, Any] = {str(route.status if route.returns is not type(None) else 204): _success(route, names)}
    for status, kinds in sorted(errors.items()):
        text = "; ".join(f"{kind.title} (`{PROBLEM_TYPE}{kind.code}`)" for kind in kinds)
        content = {"application/problem+json": {"schema": names[Problem, "serialization"]}}
        responses[str(status)] = {"description": text, "content": content}
    return responses


def _errors(route: Route) -> list[type[DomainError]]:
    kinds: list[type[DomainError]] = [] if route.is_public else [Unauthorized, Unavailable]
    if "{" in route.template:
        kinds.append(NotFound)
    if route.documented_body:
        kinds += [BadRequest, BodyTooLarge, UnsupportedMediaType]
    if route.is_paged:
        kinds.append(BadRequest)
    kinds.append(Invalid)
    return list(dict.fromkeys([*kinds, *route.raises]))


def _success(route: Route, names: Any) -> dict[str, Any]:
    if route.returns is Redirect:
        return {
            "description": "Redirect to the address in Location",
            "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
        }
    if route.returns is type(None):
        return {"description": "Success"}
    schema = names[route.returns, "serialization"] if _is_model(route.returns) else {"type": "object"}
    return {"description": "Success", "content": {"application/json": {"schema": schema}}}


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)
