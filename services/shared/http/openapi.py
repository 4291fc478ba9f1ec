"""The OpenAPI 3.1 document of a service, generated from its routes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.shared.http.gateway import PATH_PATTERNS, VERSION_PREFIX
from services.shared.http.problems import PROBLEM_TYPE, Problem
from services.shared.http.responses import PageQuery, Redirect
from services.shared.http.routes import Route
from services.shared.http.statuses import status_of
from services.shared.kernel.errors import (
    BadRequest,
    BodyTooLarge,
    DomainError,
    IdempotencyKeyTimeInvalid,
    Invalid,
    KeyReused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    RateLimitReached,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from services.shared.security.actions import errors_of

REF = "#/components/schemas/{model}"
MODES: tuple[Literal["validation"], Literal["serialization"]] = ("validation", "serialization")
GATEWAY = 'The gateway itself can respond 401, 403, 429 or 503 with `{"message": ...}` before a function is called.'

KEY_DESCRIPTION = "A ULID or UUIDv7, created for this request within the last 24 hours. A retry sends the same key."
ETAG_DESCRIPTION = "The ETag that you read. If-None-Match: * instead creates what does not exist."


def document(service: str, routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document of one service."""
    used: list[Any] = [
        Problem,
        PageQuery,
        *(model for route in routes for model in (route.documented_body, route.documented_response)),
    ]
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
        "servers": [{"url": VERSION_PREFIX, "description": "All services have one address, which ends with this prefix."}],
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
    for name in route.template_ids:
        schema = {"type": "string", "pattern": f"^{PATH_PATTERNS[name]}$"}
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    if route.is_keyed or route.is_conditional:
        parameters.append(_header("Idempotency-Key", KEY_DESCRIPTION, required=route.is_keyed))
    if route.is_conditional:
        parameters.append(_header("If-Match", ETAG_DESCRIPTION, required=True))
    for query in (route.query, PageQuery if route.is_paged else None):
        for name, schema in (query.model_json_schema()["properties"] if query else {}).items():
            parameters.append({"name": name, "in": "query", "required": False, "schema": schema})
    return parameters


def _header(name: str, description: str, *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": {"type": "string"}}


def _responses(route: Route, names: Any) -> dict[str, Any]:
    from services.shared.http.catalogue import ERRORS

    codes: dict[int, list[str]] = {}
    for error in _errors(route):
        codes.setdefault(status_of(error), []).append(error.code)
    responses: dict[str, Any] = {str(route.status if route.returns is not type(None) else 204): _success(route, names)}
    for status, repeated in sorted(codes.items()):
        of_status = list(dict.fromkeys(repeated))
        text = "; ".join(f"{ERRORS[code].en.title} (`{PROBLEM_TYPE}{code}`)" for code in of_status)
        types = {"properties": {"type": {"enum": [PROBLEM_TYPE + code for code in of_status]}}}
        content = {"application/problem+json": {"schema": {"allOf": [names[Problem, "serialization"], types]}}}
        responses[str(status)] = {"description": text, "content": content}
    return responses


def _errors(route: Route) -> list[type[DomainError]]:
    kinds: list[type[DomainError]] = [] if route.is_public else [Unauthorized, *errors_of(route.kind), Unavailable]
    if "{" in route.template:
        kinds.append(NotFound)
    if route.documented_body:
        kinds += [BadRequest, BodyTooLarge, UnsupportedMediaType]
    if route.is_paged:
        kinds.append(BadRequest)
    if route.method != "GET" and not route.is_public:
        kinds.append(RateLimitReached)
    if route.is_keyed or route.is_conditional:
        kinds += [KeyReused, IdempotencyKeyTimeInvalid]
    if route.is_conditional:
        kinds += [PreconditionRequired, PreconditionFailed]
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
    returns = route.documented_response
    schema = names[returns, "serialization"] if _is_model(returns) else {"type": "object"}
    success: dict[str, Any] = {"description": "Success", "content": {"application/json": {"schema": schema}}}
    if _is_model(returns) and "etag" in returns.model_fields:
        success["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "For If-Match of the next change"}}
    return success


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)
