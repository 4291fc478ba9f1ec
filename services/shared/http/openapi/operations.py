"""The operations of a document: parameters, body and responses of each route."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from services.shared.http.gateway import PATH_PATTERNS
from services.shared.http.glossary import shared
from services.shared.http.openapi.components import header, problem_reference
from services.shared.http.openapi.examples import example_of
from services.shared.http.openapi.models import Schemas, is_model
from services.shared.http.openapi.tags import tag_of
from services.shared.http.responses import File, PageQuery, Redirect
from services.shared.http.routes import Route
from services.shared.http.statuses import status_of
from services.shared.kernel.errors import (
    AccessRevoked,
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
from services.shared.security.actions import ActionKind, errors_of

KEY_DESCRIPTION = "A ULID or UUIDv7, created for this request within the last 24 hours. A retry sends the same key."
ETAG_DESCRIPTION = "The ETag that you read. If-None-Match: * instead creates what does not exist."
KIND = "Kind of action: `{kind}`. docs/access.md lists the roles and account statuses that permit it."
NAMES = {"health": "get_{}_health", "_openapi": "get_{}_document"}  # views that each service has
INTEGERS = ("index", "seq")
FILE = {  # not of the service: of the address that it redirects to
    "description": "The file, for a client that follows the redirect.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


def operation(service: str, route: Route, schemas: Schemas) -> dict[str, Any]:
    about = inspect.getdoc(route.view) or route.name
    kind = [] if route.kind is ActionKind.READ else [KIND.format(kind=route.kind.value)]
    described: dict[str, Any] = {
        "operationId": operation_id(service, route),
        "tags": [tag_of(route.template)],
        "summary": about.splitlines()[0],
        "description": "\n\n".join([about, *kind]),
        "parameters": [_reference(name) for name in _shared_parameters(route)] + _query(route, schemas),
        "responses": _responses(route, schemas),
        "security": [] if route.is_public else [{"token": []}],
    }
    if route.documented_body:
        schema = schemas.reference(route.documented_body, "validation")
        content = {"application/json": {"schema": schema, "example": example_of(schema, schemas.components)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def operation_id(service: str, route: Route) -> str:
    """Return a name that is unique among all services."""
    return NAMES.get(route.name, route.name).format(service)


def parameters_of(service: str, routes: Sequence[Route], schemas: Schemas) -> dict[str, Any]:
    """Return the parameters that several routes share: ids in paths, headers, and those of pages."""
    used = {name for route in routes for name in _shared_parameters(route)}
    pages = {name: _query_parameter(name, schema) for name, schema in schemas.queries[PageQuery].items()}
    headers = {
        "Idempotency-Key": _header("Idempotency-Key", KEY_DESCRIPTION, "01KB9ZQ4T8N3W5X7Y2V6R1M0CE"),
        "Optional-Idempotency-Key": _header("Idempotency-Key", KEY_DESCRIPTION, "01KB9ZQ4T8N3W5X7Y2V6R1M0CE", required=False),
        "If-Match": _header("If-Match", ETAG_DESCRIPTION, '"7"'),
    }
    paths = {name: _path_parameter(name) for name in used & PATH_PATTERNS.keys()}
    return {name: parameter for name, parameter in sorted((headers | pages | paths).items()) if name in used}


def _shared_parameters(route: Route) -> list[str]:
    names = route.template_ids
    if route.is_keyed or route.is_conditional:
        names.append("Idempotency-Key" if route.is_keyed else "Optional-Idempotency-Key")
    return names + ["If-Match"] * route.is_conditional + list(PageQuery.model_fields) * route.is_paged


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/parameters/{name}"}


def _path_parameter(name: str) -> dict[str, Any]:
    description, *example = shared.PARAMETERS[name]
    schema = {"type": "string", "pattern": f"^{PATH_PATTERNS[name]}$"}
    shown = str(example[0]) if name in INTEGERS else example[0]
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema, "example": shown}


def _header(name: str, description: str, example: str, *, required: bool = True) -> dict[str, Any]:
    schema = {"type": "string"}
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": schema,
        "example": example,
    }


def _query(route: Route, schemas: Schemas) -> list[dict[str, Any]]:
    return [_query_parameter(name, schema) for name, schema in schemas.queries[route.query].items()] if route.query else []


def _query_parameter(name: str, field: dict[str, Any]) -> dict[str, Any]:
    schema = {key: part for key, part in field.items() if key not in ("description", "examples")}
    example = field["examples"][0]
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": field["description"],
        "schema": schema,
        "example": example,
    }


def _responses(route: Route, schemas: Schemas) -> dict[str, Any]:
    codes: dict[int, list[str]] = {}
    for error in errors_of_route(route):
        codes.setdefault(status_of(error), []).append(error.code)
    responses: dict[str, Any] = {str(route.status if route.returns is not type(None) else 204): _success(route, schemas)}
    if route.returns is Redirect:
        responses["200"] = FILE
    for status, repeated in sorted(codes.items()):
        responses[str(status)] = problem_reference(status, list(dict.fromkeys(repeated)))
    return responses


def errors_of_route(route: Route) -> list[type[DomainError]]:
    """Return the errors of a route: those of its kind, of its parameters and body, and those that it declares."""
    kinds: list[type[DomainError]] = (
        [] if route.is_public else [Unauthorized, AccessRevoked, *errors_of(route.kind), Unavailable]
    )
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


def _success(route: Route, schemas: Schemas) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Success", "headers": {"x-correlation-id": header("CorrelationId")}}
    returns = route.documented_response
    if returns is type(None):
        return success
    if returns is Redirect:
        success["headers"]["Location"] = header("Location")
        return success | {"description": "Redirect to the address in Location"}
    if returns is File:
        return success | {"description": "The file", "content": {"text/csv": {"schema": {"type": "string"}}}}
    schema = schemas.reference(returns, "serialization") if is_model(returns) else {"type": "object"}
    if is_model(returns) and "etag" in returns.model_fields:
        success["headers"]["ETag"] = header("ETag")
    return success | {"content": {"application/json": {"schema": schema}}}
