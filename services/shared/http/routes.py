"""A route, derived from the signature of its view: which arguments the view gets and what it returns."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from services.shared.http.bodies import Model, parse_body
from services.shared.http.responses import PageResponse, Redirect
from services.shared.kernel.errors import DomainError
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import Page, PageRequest
from services.shared.kernel.requests import ChangeRequest
from services.shared.security.actions import ActionKind
from services.shared.security.auth import Caller, SignedIn


@dataclass(frozen=True, slots=True)
class RawBody:
    """The unchanged bytes and headers of a request, for a webhook: its signature covers these bytes."""

    data: bytes
    headers: Mapping[str, str]

    def parse(self, model: type[Model]) -> Model:
        """Return the body as `model`. Call it only after the signature is verified."""
        return parse_body(model, self.data, self.headers.get("content-type"))


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path template.

    view: the function; its parameters are any of `caller` or `signed_in`, `key`, `request`, `page`, `query`, `body`, `raw` and
        the ids of the template.
    raises: the errors that OpenAPI lists beside those of every route.
    parameters: type by parameter name. returns: the view's return type.
    raw_model: the model of a body that the view parses itself.
    kind: what a caller does with it, for the table of account statuses.
    max_age: the seconds for which the caller's client can use the response again without asking; then it asks with the ETag.
    """

    method: str
    template: str
    view: Callable[..., Any]
    status: int
    raises: tuple[type[DomainError], ...]
    parameters: dict[str, Any]
    returns: Any
    raw_model: type[BaseModel] | None = None
    kind: ActionKind = ActionKind.READ
    max_age: int = 0

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def template_ids(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.template)

    @property
    def is_public(self) -> bool:
        return "caller" not in self.parameters and not self.checks_status

    @property
    def checks_status(self) -> bool:
        """Whether the use case checks the caller's account status, because it reads it with other items."""
        return "signed_in" in self.parameters

    @property
    def body(self) -> type[BaseModel] | None:
        return self.parameters.get("body")

    @property
    def documented_body(self) -> type[BaseModel] | None:
        """The model of the body in OpenAPI."""
        return self.raw_model or self.body

    @property
    def documented_response(self) -> Any:
        """The type of the response in OpenAPI. The model of a page is built here, because only the document needs it."""
        if typing.get_origin(self.returns) is Page:
            return PageResponse[typing.get_args(self.returns)[0]]  # type: ignore[misc]
        return self.returns

    @property
    def query(self) -> type[BaseModel] | None:
        return self.parameters.get("query")

    @property
    def is_keyed(self) -> bool:
        """Whether the route requires an Idempotency-Key."""
        return "key" in self.parameters

    @property
    def is_conditional(self) -> bool:
        """Whether the route requires If-Match."""
        return "request" in self.parameters

    @property
    def is_paged(self) -> bool:
        return "page" in self.parameters


def parse_route(
    method: str,
    template: str,
    view: Callable[..., Any],
    status: int,
    raises: tuple[type[DomainError], ...],
    raw_model: type[BaseModel] | None = None,
    kind: ActionKind | None = None,
) -> Route:
    """Build the route of a view.

    Raises: TypeError (a parameter of the view is neither known nor an id of the template, or has the wrong type; or a route
    that changes something for a caller declares no kind of action).
    """
    parameters = inspect.get_annotations(view, eval_str=True)
    returns = parameters.pop("return", None) or type(None)
    callers = {"caller": Caller, "signed_in": SignedIn}
    known = callers | {"raw": RawBody, "key": IdempotencyKey, "request": ChangeRequest, "page": PageRequest}
    for name in inspect.signature(view).parameters:
        expected = known.get(name, str if f"{{{name}}}" in template else None)
        if name not in ("body", "query") and parameters[name] is not expected:
            raise TypeError(f"{view.__name__}: a view cannot have the parameter {name}: {parameters[name]}")
    if kind is None and method != "GET" and callers.keys() & parameters:
        raise TypeError(f"{method} {template}: the route must declare its kind of action")
    status = 302 if returns is Redirect else status
    return Route(method, template, view, status, raises, parameters, returns, raw_model, kind or ActionKind.READ)
