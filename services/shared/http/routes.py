"""A route, read from the signature of its view: what it takes and what it answers."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from services.shared.http.bodies import Model, parse_body
from services.shared.http.responses import PageRequest, Redirect
from services.shared.kernel.errors import DomainError
from services.shared.kernel.ids import IdempotencyKey
from services.shared.security.auth import Caller


@dataclass(frozen=True, slots=True)
class RawBody:
    """The bytes as they came and the request's headers, for a webhook whose signature goes over just these."""

    data: bytes
    headers: Mapping[str, str]

    def parse(self, model: type[Model]) -> Model:
        """The body as its schema, once the signature holds."""
        return parse_body(model, self.data, self.headers.get("content-type"))


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one template. A view names what it wants: `caller`, `key`, `page` or `query`, `body`, its ids."""

    method: str
    template: str
    view: Callable[..., Any]
    status: int
    raises: tuple[type[DomainError], ...]
    takes: dict[str, Any]
    answers: Any
    documents: type[BaseModel] | None = None

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def is_public(self) -> bool:
        return "caller" not in self.takes

    @property
    def body(self) -> type[BaseModel] | None:
        return self.takes.get("body")

    @property
    def documented_body(self) -> type[BaseModel] | None:
        """What OpenAPI says of the body, also where the view parses it itself."""
        return self.documents or self.body

    @property
    def query(self) -> type[BaseModel] | None:
        return self.takes.get("query")

    @property
    def is_keyed(self) -> bool:
        return "key" in self.takes

    @property
    def is_paged(self) -> bool:
        return "page" in self.takes


def parse_route(
    method: str,
    template: str,
    view: Callable[..., Any],
    status: int,
    raises: tuple[type[DomainError], ...],
    documents: type[BaseModel] | None = None,
) -> Route:
    hints = typing.get_type_hints(view)
    answers = hints.pop("return", type(None))
    known = {"raw": RawBody, "caller": Caller, "key": IdempotencyKey, "page": PageRequest}
    for name in inspect.signature(view).parameters:
        wanted = known.get(name, str if f"{{{name}}}" in template else None)
        if name not in ("body", "query") and hints[name] is not wanted:
            raise TypeError(f"{view.__name__}: a view cannot take {name}: {hints[name]}")
    return Route(method, template, view, 302 if answers is Redirect else status, raises, hints, answers, documents)
