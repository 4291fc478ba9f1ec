"""The OpenAPI 3.1 document of a service, generated from its routes. Only a request for the document imports it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.shared.http.gateway import VERSION_PREFIX
from services.shared.http.openapi.components import headers_of, problem_responses, security_schemes
from services.shared.http.openapi.models import Schemas
from services.shared.http.openapi.operations import operation, parameters_of
from services.shared.http.openapi.tags import tags_of
from services.shared.http.problems import Problem
from services.shared.http.responses import PageQuery
from services.shared.http.routes import Route

ABOUT = (
    "Every response has the header `x-correlation-id`. Errors are problem documents (RFC 9457) with a stable `type`. "
    "Their texts are in English or Chinese, by `Accept-Language`. Moments are RFC 3339 in UTC, "
    "amounts integers of the minor unit.\n\n"
    'The gateway itself can respond 401, 403, 429 or 503 with `{"message": ...}` before a function is called.'
)
LICENSE = {"name": "Apache License 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
ADDRESS = "Address of the deployment: the HTTP API's, without a path."


def document(service: str, routes: Sequence[Route]) -> dict[str, Any]:
    """Return the document of one service."""
    models = [Problem, *(model for route in routes for model in (route.documented_body, route.documented_response))]
    schemas = Schemas.of(service, models, queries=[PageQuery, *(route.query for route in routes if route.query)])
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.template, {})[route.method.lower()] = operation(service, route, schemas)
    responses = problem_responses(paths)
    return {
        "openapi": "3.1.0",
        "info": info(f"Coterie: {service}", f"The {service} service of Coterie.\n\n{ABOUT}"),
        "servers": servers(),
        "security": [{"token": []}],
        "tags": tags_of(paths),
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "parameters": parameters_of(service, routes, schemas),
            "headers": headers_of(paths, responses),
            "responses": responses,
            "securitySchemes": security_schemes(),
        },
    }


def info(title: str, description: str) -> dict[str, Any]:
    return {
        "title": title,
        "version": "1",
        "description": description,
        "contact": {"name": "The maintainers of Coterie"},
        "license": LICENSE,
    }


def servers() -> list[dict[str, Any]]:
    variable = {"default": "https://api.example.com", "description": ADDRESS}
    return [
        {
            "url": f"{{address}}{VERSION_PREFIX}",
            "description": "A deployment. All services have one address.",
            "variables": {"address": variable},
        }
    ]
