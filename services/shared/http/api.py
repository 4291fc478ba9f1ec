"""Api: Chalice with routes that are derived from signatures.

This is the one place where an exception becomes a response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from chalice.app import Chalice, Request, Response
from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel

from services.shared.http.bodies import MAX_BYTES, body_hash, parse_body, parse_query
from services.shared.http.gateway import PathTemplates, chalice_event, is_gateway_event, path_of
from services.shared.http.ports import HttpPorts
from services.shared.http.problems import problem, to_domain_error
from services.shared.http.responses import PageQuery, PageRequest, Redirect, response
from services.shared.http.routes import RawBody, Route, parse_route
from services.shared.kernel.errors import BadRequest, BodyTooLarge, DomainError, FieldError, Invalid, MethodNotAllowed, NotFound
from services.shared.kernel.ids import IdempotencyKey, key_time
from services.shared.kernel.observability import correlation_id, correlation_scope, logger, safe_correlation_id
from services.shared.security.auth import Caller, authorize, caller_of
from services.shared.table.port import Item

View = TypeVar("View", bound=Callable[..., Any])


class Api(Chalice):  # type: ignore[misc]
    """The HTTP API of one service. Called with a gateway event, it returns the gateway's response.

    `@api.get("/notes/{note_id}")` declares a route; the signature of the view says which arguments it gets.
    """

    def __init__(self, service: str, http_ports: Callable[[], HttpPorts]) -> None:
        super().__init__(app_name=service, configure_logs=False)
        self.service = service
        self.http_ports = http_ports
        self.declared_routes: list[Route] = []
        self._templates = PathTemplates()
        self.get("/health")(health)
        self.get("/openapi.json")(self._openapi)

    def get(self, template: str, **options: Any) -> Callable[[View], View]:
        return partial(self._add, "GET", template, **options)

    def post(self, template: str, **options: Any) -> Callable[[View], View]:
        return partial(self._add, "POST", template, **options)

    def put(self, template: str, **options: Any) -> Callable[[View], View]:
        return partial(self._add, "PUT", template, **options)

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
    ) -> View:
        route = parse_route(method, template, view, status, raises, raw_model)
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
        """Return 404 or 405, or an empty 204 for OPTIONS.

        The gateway itself responds to CORS preflights; an OPTIONS request that arrives here is not one.
        """
        headers = event.get("headers") or {}
        correlation = _correlation_id_of(headers, event["requestContext"])
        if event["requestContext"]["http"]["method"] == "OPTIONS":
            return response(204, "", {}, correlation).to_dict()
        error = MethodNotAllowed(", ".join(sorted(self.routes[match[0]]))) if match else NotFound()
        return problem(error, headers.get("accept-language", ""), correlation).to_dict()

    def _respond(self, route: Route, request: Request, ids: Mapping[str, str]) -> Response:
        correlation = _correlation_id_of(request.headers, request.context)
        with correlation_scope(correlation):
            try:
                result = route.view(**self._arguments(route, request, ids))
                done = _success(route, result, correlation)
            except Exception as error:  # noqa: BLE001 (the one place where any exception becomes a response)
                done = problem(to_domain_error(error), request.headers.get("accept-language", ""), correlation)
            logger().info("responded", route=f"{route.method} {route.template}", status=done.status_code)
        return done

    def _arguments(self, route: Route, request: Request, ids: Mapping[str, str]) -> dict[str, Any]:
        """Return the arguments of the view. The checks run in this order: caller, size of the body, key, query, body."""
        arguments: dict[str, Any] = dict(ids)
        ports = self.http_ports() if not route.is_public else None
        if ports:
            arguments["caller"] = authorize(ports.table, caller_of(request.context), ports.clock())
        raw = _raw_body(request) if route.documented_body else b""
        if ports and route.is_keyed:
            arguments["key"] = _key(route, request, arguments["caller"], raw, ports)
        values = _query_of(request)
        if ports and route.is_paged:
            page_values = {name: values.pop(name) for name in PageQuery.model_fields if name in values}
            arguments["page"] = _page(route, page_values, [*ids.values(), *_flat(values)], arguments["caller"], ports)
        if route.query:
            arguments["query"] = parse_query(route.query, values)
        else:
            _require_no_values(values)
        if "raw" in route.parameters:
            arguments["raw"] = RawBody(raw, request.headers)
        if route.body:
            arguments["body"] = parse_body(route.body, raw, request.headers.get("content-type"))
        return arguments

    def _openapi(self) -> Any:
        """Return the OpenAPI document of this service."""
        from services.shared.http.openapi import document

        return document(self.service, self.declared_routes)


def health() -> dict[str, str]:
    """Return whether the function responds. It does not call the table."""
    return {"status": "ok"}


def _raw_body(request: Request) -> bytes:
    try:
        raw: bytes = request.raw_body
    except ValueError:  # an unpaired surrogate, or not base64
        raise BadRequest("The body is not UTF-8.") from None
    if len(raw) > MAX_BYTES:
        raise BodyTooLarge
    return raw


def _key(route: Route, request: Request, caller: Caller, raw: bytes, ports: HttpPorts) -> IdempotencyKey:
    value = request.headers.get("idempotency-key")
    if not value:
        raise Invalid(fields=(FieldError("Idempotency-Key", "is required: a ULID or a UUIDv7", "必填：ULID 或 UUIDv7"),))
    path = f"{route.method} {request.context['path']}"  # the path with its ids; Chalice's own `path` is the template
    return IdempotencyKey(caller.user_id, path, value, key_time(value, ports.clock()), body_hash(raw), ports.id_keys.newest)


def _page(route: Route, values: Mapping[str, list[str]], scope: Sequence[str], caller: Caller, ports: HttpPorts) -> PageRequest:
    """Return the requested page of a list.

    scope: the ids and filters of the list. A cursor is signed with the list, its scope and its reader.
    Raises: Invalid, BadRequest (the cursor was altered, or belongs to another list or reader).
    """
    query = parse_query(PageQuery, values)
    salt = "\x00".join([route.name, caller.user_id, *scope])
    serializer = URLSafeSerializer(list(reversed(ports.cursor_keys.newest_first())), salt=salt)
    start: Item | None = None
    if query.cursor:
        try:
            start = serializer.loads(query.cursor)
        except BadData:
            raise BadRequest("The cursor does not belong to this list and this caller.") from None
    return PageRequest(query.limit, start, lambda item: str(serializer.dumps(item)))


def _flat(values: Mapping[str, list[str]]) -> list[str]:
    return [f"{name}={value}" for name, repeated in sorted(values.items()) for value in repeated]


def _require_no_values(values: Mapping[str, list[str]]) -> None:
    if values:
        raise Invalid(fields=tuple(FieldError(name, "is not a parameter of this route", "不支持这个参数") for name in values))


def _query_of(request: Request) -> dict[str, list[str]]:
    params = request.query_params
    return {name: params.getlist(name) for name in params} if params else {}


def _success(route: Route, result: Any, correlation: str) -> Response:
    if isinstance(result, Redirect):
        return response(302, "", {"location": result.location, "content-type": "text/plain"}, correlation)
    if result is None:
        return response(204, "", {}, correlation)
    return response(route.status, result, {}, correlation)


def _correlation_id_of(headers: Mapping[str, str], context: Mapping[str, Any]) -> str:
    return safe_correlation_id(headers.get("x-correlation-id"), context.get("requestId") or correlation_id())
