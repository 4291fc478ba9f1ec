"""Api: Chalice with routes that are derived from signatures.

This is the one place where an exception becomes a response.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from chalice.app import Chalice, Request, Response
from pydantic import BaseModel

from services.shared.http.arguments import arguments_of, cursors_of
from services.shared.http.gateway import PathTemplates, chalice_event, is_gateway_event, path_of
from services.shared.http.ports import HttpPorts
from services.shared.http.problems import problem, to_domain_error
from services.shared.http.responses import File, PageResponse, Redirect, response
from services.shared.http.routes import Route, parse_route
from services.shared.kernel.errors import DomainError, MethodNotAllowed, NotFound
from services.shared.kernel.observability import correlation_id, correlation_scope, logger, safe_correlation_id
from services.shared.kernel.pages import Page
from services.shared.security.actions import ActionKind

View = TypeVar("View", bound=Callable[..., Any])


class Api(Chalice):  # type: ignore[misc]
    """The HTTP API of one service. Called with a gateway event, it returns the gateway's response.

    `@api.get("/notes/{note_id}")` declares a route; the signature of the view says which arguments it gets.
    A route that changes something also declares its kind of action: `@api.post("/notes", kind=ActionKind.SPEAK)`.
    """

    def __init__(self, service: str, http_ports: Callable[[], HttpPorts]) -> None:
        super().__init__(app_name=service, configure_logs=False)
        self.service = service
        self.http_ports = http_ports
        self.declared_routes: list[Route] = []
        self._templates = PathTemplates()
        self.get(f"/health/{service}")(health)
        self.get(f"/openapi/{service}.json")(self._openapi)

    def get(self, template: str, **options: Any) -> Callable[[View], View]:
        return partial(self._add, "GET", template, **options)

    def post(self, template: str, **options: Any) -> Callable[[View], View]:
        return partial(self._add, "POST", template, **options)

    def put(self, template: str, **options: Any) -> Callable[[View], View]:
        return partial(self._add, "PUT", template, **options)

    def patch(self, template: str, **options: Any) -> Callable[[View], View]:
        return partial(self._add, "PATCH", template, **options)

    def delete(self, template: str, **options: Any) -> Callable[[View], View]:
        return partial(self._add, "DELETE", template, **options)

    def _add(
        self,
        method: str,
        template: str,
        view: View,
        *,
        status: int = 200,
        raises: tuple[type[DomainError], ...] = (),
        raw_model: type[BaseModel] | None = None,
        kind: ActionKind | None = None,
        max_age: int = 0,
    ) -> View:
        route = replace(parse_route(method, template, view, status, raises, raw_model, kind), max_age=max_age)
        self.declared_routes.append(route)
        self._templates.add(template)

        def wrapped(**ids: str) -> Response:
            return self._respond(route, self.current_request, ids)

        # Without content types: Chalice denies other types without a problem document. `parse_body` checks the type.
        self.route(template, methods=[method], name=f"{method} {template}", content_types=[])(wrapped)
        return view

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        if not is_gateway_event(event):
            return super().__call__(event, context)
        match = self._templates.match(path_of(event))
        method = event["requestContext"]["http"]["method"]
        if match is None or method not in self.routes[match[0]]:
            result = self._respond_without_route(match, event)
        else:
            result = super().__call__(chalice_event(event, *match), context)
        result.pop("multiValueHeaders", None)
        return result

    def _respond_without_route(self, match: tuple[str, Any] | None, event: dict[str, Any]) -> Any:
        """Return 404 or 405."""
        headers = event.get("headers") or {}
        correlation = _correlation_id_of(headers, event["requestContext"])
        error = MethodNotAllowed(allowed=", ".join(sorted(self.routes[match[0]]))) if match else NotFound()
        return problem(error, headers.get("accept-language", ""), correlation, self._now).to_dict()

    def _respond(self, route: Route, request: Request, ids: Mapping[str, str]) -> Response:
        correlation = _correlation_id_of(request.headers, request.context)
        with correlation_scope(correlation):
            try:
                arguments = arguments_of(route, request, ids, self.http_ports)
                result = route.view(**arguments)
                if isinstance(result, Page):
                    result = self._page_response(route, request, arguments, result)
                done = _success(route, result, correlation, request.headers.get("if-none-match", ""))
            except Exception as error:  # noqa: BLE001 (the one place where any exception becomes a response)
                done = problem(to_domain_error(error), request.headers.get("accept-language", ""), correlation, self._now)
            logger().info("responded", route=f"{route.method} {route.template}", status=done.status_code)
        return done

    def _page_response(
        self, route: Route, request: Request, arguments: Mapping[str, Any], page: Page[Any]
    ) -> PageResponse[Any]:
        cursors = cursors_of(route, request, arguments, self.http_ports())
        return PageResponse(items=page.items, next_cursor=cursors.encrypt(page.next) if page.next else None)

    def _now(self) -> datetime:
        return self.http_ports().clock()

    def _openapi(self) -> Any:
        """Return the OpenAPI document of this service."""
        from services.shared.http.openapi import document

        return document(self.service, self.declared_routes)


def health() -> dict[str, str]:
    """Return whether the function responds. It does not call the table."""
    return {"status": "ok"}


def _success(route: Route, result: Any, correlation: str, if_none_match: str) -> Response:
    if isinstance(result, Redirect):
        return response(302, "", {"location": result.location, "content-type": "text/plain"}, correlation)
    if isinstance(result, File):
        return response(route.status, result.text, result.headers, correlation)
    if result is None:
        return response(204, "", {}, correlation)
    etag = getattr(result, "etag", None)
    headers = {"etag": f'"{etag}"'} if etag is not None else {}
    if route.max_age:
        headers["cache-control"] = f"private, max-age={route.max_age}"
        if f'"{etag}"' in re.findall(r'"[^"]*"', if_none_match):
            return response(304, "", headers, correlation)
    return response(route.status, result, headers, correlation)


def _correlation_id_of(headers: Mapping[str, str], context: Mapping[str, Any]) -> str:
    return safe_correlation_id(headers.get("x-correlation-id"), context.get("requestId") or correlation_id())
