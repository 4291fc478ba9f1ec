"""Api: Chalice with typed routes. The one place where a refusal becomes a status."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from chalice.app import Chalice, Request, Response
from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel

from services.shared.http.bodies import (
    MAX_BYTES,
    body_hash,
    parse_body,
    parse_query,
)
from services.shared.http.edge import Edge
from services.shared.http.gateway import (
    Templates,
    chalice_event,
    is_gateway_event,
    path_of,
)
from services.shared.http.responses import (
    PageQuery,
    PageRequest,
    Redirect,
    problem,
    response,
)
from services.shared.http.routes import RawBody, Route, parse_route
from services.shared.kernel.errors import (
    BadRequest,
    DomainError,
    FieldError,
    InternalError,
    Invalid,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unavailable,
)
from services.shared.kernel.ids import IdempotencyKey, key_time
from services.shared.kernel.observability import (
    correlation_id,
    correlation_scope,
    logger,
    safe_correlation_id,
)
from services.shared.security.auth import Caller, authorize, caller_of
from services.shared.table import port as table
from services.shared.table.port import Item

View = TypeVar("View", bound=Callable[..., Any])


class Api(Chalice):  # type: ignore[misc]
    """`api.get("/notes/{note_id}")` over a view whose signature says the rest. Called with a gateway event, it answers it."""

    def __init__(self, service: str, edge: Callable[[], Edge]) -> None:
        super().__init__(app_name=service, configure_logs=False)
        self.service = service
        self.edge = edge
        self.table_of_routes: list[Route] = []
        self._templates = Templates()
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
        documents: type[BaseModel] | None = None,
    ) -> View:
        route = parse_route(method, template, view, status, raises, documents)
        self.table_of_routes.append(route)
        self._templates.add(template)

        def wrapped(**ids: str) -> Response:
            return self._answer(route, self.current_request, ids)

        # No content types: Chalice would refuse the others itself, without a problem document. `parse_body` does.
        self.route(template, methods=[method], name=f"{method} {template}", content_types=[])(wrapped)
        return view

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        if not is_gateway_event(event):
            return super().__call__(event, context)
        trace = _correlation(event.get("headers") or {}, event["requestContext"])
        found = self._templates.match(path_of(event))
        method = event["requestContext"]["http"]["method"]
        if found is None or method not in self.routes[found[0]]:
            answer = self._unrouted(found, event, trace)
        else:
            answer = super().__call__(chalice_event(event, *found), context)
        answer.pop("multiValueHeaders", None)
        return answer

    def _unrouted(self, found: tuple[str, Any] | None, event: dict[str, Any], trace: str) -> Any:
        """An address or a method that no route takes. The gateway answers CORS preflights; others get an empty 204."""
        if event["requestContext"]["http"]["method"] == "OPTIONS":
            return response(204, "", {}, trace).to_dict()
        error = MethodNotAllowed(", ".join(sorted(self.routes[found[0]]))) if found else NotFound()
        return problem(error, (event.get("headers") or {}).get("accept-language", ""), trace).to_dict()

    def _answer(self, route: Route, request: Request, ids: Mapping[str, str]) -> Response:
        trace = _correlation(request.headers, request.context)
        with correlation_scope(trace):
            try:
                answer = route.view(**self._arguments(route, request, ids))
                done = _success(route, answer, trace)
            except Exception as error:  # noqa: BLE001 (the one place where anything becomes an answer)
                done = problem(to_domain_error(error), request.headers.get("accept-language", ""), trace)
            logger().info("answered", route=f"{route.method} {route.template}", status=done.status_code)
        return done

    def _arguments(self, route: Route, request: Request, ids: Mapping[str, str]) -> dict[str, Any]:
        """What the view asked for, in the order in which it may be refused: who, how much, what."""
        taken: dict[str, Any] = dict(ids)
        edge = self.edge() if not route.is_public else None
        if edge:
            taken["caller"] = authorize(edge.table, caller_of(request.context), edge.clock())
        raw = _raw_body(request) if route.documented_body else b""
        if edge and route.is_keyed:
            taken["key"] = _key(route, request, taken["caller"], raw, edge)
        given = _query_of(request)
        if edge and route.is_paged:
            own = {name: given.pop(name) for name in PageQuery.model_fields if name in given}
            taken["page"] = _page(route, own, [*ids.values(), *_flat(given)], taken["caller"], edge)
        _take_query(route, given, taken)
        if "raw" in route.takes:
            taken["raw"] = RawBody(raw, request.headers)
        if route.body:
            taken["body"] = parse_body(route.body, raw, request.headers.get("content-type"))
        return taken

    def _openapi(self) -> Any:
        """This document."""
        from services.shared.http.openapi import document

        return document(self.service, self.table_of_routes)


def health() -> dict[str, str]:
    """Whether the function answers at all; it asks nothing of the table."""
    return {"status": "ok"}


def _raw_body(request: Request) -> bytes:
    try:
        raw: bytes = request.raw_body
    except ValueError:  # half a surrogate pair, or no base64
        raise BadRequest("The body is not UTF-8.") from None
    if len(raw) > MAX_BYTES:
        raise TooLarge
    return raw


def _key(route: Route, request: Request, caller: Caller, raw: bytes, edge: Edge) -> IdempotencyKey:
    value = request.headers.get("idempotency-key")
    if not value:
        raise Invalid(fields=(FieldError("Idempotency-Key", "this write needs one: a ULID or a UUIDv7"),))
    path = f"{route.method} {request.context['path']}"  # with its ids; Chalice's own `path` is the template
    return IdempotencyKey(caller.user_id, path, value, key_time(value, edge.clock()), body_hash(raw), edge.id_keys.newest)


def _page(route: Route, given: Mapping[str, list[str]], place: Sequence[str], caller: Caller, edge: Edge) -> PageRequest:
    """The page asked for. A cursor is bound to its list, with its filters, and its reader: elsewhere, or altered, it is
    refused."""
    query = parse_query(PageQuery, given)
    salt = "\x00".join([route.name, caller.user_id, *place])
    serializer = URLSafeSerializer(list(reversed(edge.cursor_keys.newest_first())), salt=salt)
    start: Item | None = None
    if query.cursor:
        try:
            start = serializer.loads(query.cursor)
        except BadData:
            raise BadRequest("The cursor was not made by this list for you.") from None
    return PageRequest(query.limit, start, lambda item: str(serializer.dumps(item)))


def _flat(given: Mapping[str, list[str]]) -> list[str]:
    return [f"{name}={value}" for name, values in sorted(given.items()) for value in values]


def _take_query(route: Route, given: Mapping[str, list[str]], taken: dict[str, Any]) -> None:
    if route.query:
        taken["query"] = parse_query(route.query, given)
    elif given:
        raise Invalid(fields=tuple(FieldError(name, "is not known here") for name in given))


def _query_of(request: Request) -> dict[str, list[str]]:
    params = request.query_params
    return {name: params.getlist(name) for name in params} if params else {}


def _success(route: Route, answer: Any, trace: str) -> Response:
    if isinstance(answer, Redirect):
        return response(302, "", {"location": answer.location, "content-type": "text/plain"}, trace)
    if answer is None:
        return response(204, "", {}, trace)
    return response(route.status, answer, {}, trace)


def to_domain_error(error: Exception) -> DomainError:
    """The refusal to tell for anything a view raised. A defect is logged by type and place: its text may quote people."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, table.Conflict | table.Throttled):
        return Unavailable(retry_after=1)
    frames = [
        f"{frame.filename.rpartition('services/')[2]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)[-6:]
    ]
    logger().error("broke", error_type=type(error).__name__, frames=frames)
    return InternalError()


def _correlation(headers: Mapping[str, str], context: Mapping[str, Any]) -> str:
    return safe_correlation_id(headers.get("x-correlation-id"), context.get("requestId") or correlation_id())
