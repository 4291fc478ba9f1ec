"""The arguments of a view, from the request: what its signature asks for, checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from chalice.app import Request

from services.shared.http.bodies import MAX_BYTES, body_hash, parse_body, parse_query
from services.shared.http.cursors import Cursors
from services.shared.http.ports import HttpPorts
from services.shared.http.responses import PageQuery
from services.shared.http.routes import RawBody, Route
from services.shared.kernel.errors import BadRequest, BodyTooLarge, DomainError, FieldError, Invalid, PreconditionRequired
from services.shared.kernel.ids import IdempotencyKey, key_time
from services.shared.kernel.pages import PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.auth import Caller, SignedIn, authorize, caller_of


def arguments_of(route: Route, request: Request, ids: Mapping[str, str], http_ports: Callable[[], HttpPorts]) -> dict[str, Any]:
    """Return the arguments of a view by name. Each is checked, in this order: caller, size of the body, key, query, body."""
    if not route.checks_status:
        return _arguments_of(route, request, ids, http_ports)
    try:
        return _arguments_of(route, request, ids, http_ports)
    except DomainError:
        # The status comes first: a suspended user gets its error, whatever else is wrong with the request.
        ports = http_ports()
        authorize(ports.table, caller_of(request.context, ports.tokens), ports.clock(), route.kind)
        raise


def _arguments_of(
    route: Route, request: Request, ids: Mapping[str, str], http_ports: Callable[[], HttpPorts]
) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(ids)
    ports = http_ports() if not route.is_public else None
    if ports:
        arguments |= _caller(route, request, ports)
    raw = _raw_body(request) if route.documented_body else b""
    if ports and route.is_keyed:
        arguments["key"] = _key(route, request, arguments["caller"], raw, ports)
    if ports and route.is_conditional:
        arguments["request"] = _change_request(route, request, arguments["caller"], raw, ports)
    values = _query_of(request)
    if ports and route.is_paged:
        page_values = {name: values.pop(name) for name in PageQuery.model_fields if name in values}
        page = parse_query(PageQuery, page_values)
        start = cursors_of(route, request, arguments, ports).decrypt(page.cursor) if page.cursor is not None else None
        arguments["page"] = PageRequest(page.limit, start)
    if route.query:
        arguments["query"] = parse_query(route.query, values)
    else:
        _require_no_values(values)
    if "raw" in route.parameters:
        arguments["raw"] = RawBody(raw, request.headers)
    if route.body:
        arguments["body"] = parse_body(route.body, raw, request.headers.get("content-type"))
    return arguments


def _caller(route: Route, request: Request, ports: HttpPorts) -> dict[str, Any]:
    """Return the caller, authorized unless the use case does that."""
    caller = caller_of(request.context, ports.tokens)
    if route.checks_status:
        return {"signed_in": SignedIn(caller, route.kind)}
    return {"caller": authorize(ports.table, caller, ports.clock(), route.kind)}


def cursors_of(route: Route, request: Request, arguments: Mapping[str, Any], ports: HttpPorts) -> Cursors:
    """Return the cursors of the list that is requested, with its ids and filters, by this caller."""
    filters = {name: value for name, value in _query_of(request).items() if name not in PageQuery.model_fields}
    ids = [f"{name}={value}" for name, value in arguments.items() if name in route.template_ids]
    caller = arguments["signed_in" if route.checks_status else "caller"]
    return Cursors.of(ports.cursor_keys, route.name, caller.user_id, *ids, *_flat(filters))


def _raw_body(request: Request) -> bytes:
    try:
        raw: bytes = request.raw_body
    except ValueError:  # an unpaired surrogate, or not base64
        raise BadRequest(fields=(FieldError("/", "must-be-utf-8"),)) from None
    if len(raw) > MAX_BYTES:
        raise BodyTooLarge
    return raw


def _key(route: Route, request: Request, caller: Caller, raw: bytes, ports: HttpPorts) -> IdempotencyKey:
    value = request.headers.get("idempotency-key")
    if not value:
        raise Invalid(fields=(FieldError("Idempotency-Key", "required"),))
    at_ms = key_time(value, ports.clock())
    return IdempotencyKey(caller.user_id, _path_of(route, request), value, at_ms, body_hash(raw), ports.id_keys.newest)


def _change_request(route: Route, request: Request, caller: Caller, raw: bytes, ports: HttpPorts) -> ChangeRequest:
    """Return the change that the client requests of the state with the ETags in If-Match.

    A repeat is recognised by its Idempotency-Key, which is optional here, or else by its ETag and body.
    Raises: PreconditionRequired (no If-Match, or one that every state matches).
    """
    condition = request.headers.get("if-match", "")
    if request.headers.get("if-none-match", "").strip() == "*":
        condition = '"0"'
    etags = frozenset(re.findall(r'"([^"]*)"', condition))
    if not etags:
        raise PreconditionRequired
    if key := request.headers.get("idempotency-key"):
        key_time(key, ports.clock())
    hashed, path = body_hash(raw), _path_of(route, request)
    value = key or f"{condition} {hashed}"
    return ChangeRequest.if_match(caller.user_id, ports.change_rate, path, value, hashed, etags, is_keyed=bool(key))


def _path_of(route: Route, request: Request) -> str:
    return f"{route.method} {request.context['path']}"  # the path with its ids; Chalice's own `path` is the template


def _flat(values: Mapping[str, list[str]]) -> list[str]:
    return [f"{name}={value}" for name, repeated in sorted(values.items()) for value in repeated]


def _require_no_values(values: Mapping[str, list[str]]) -> None:
    if values:
        raise Invalid(fields=tuple(FieldError(name, "unknown-parameter") for name in values))


def _query_of(request: Request) -> dict[str, list[str]]:
    params = request.query_params
    return {name: params.getlist(name) for name in params} if params else {}
