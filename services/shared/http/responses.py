"""What a route returns: a model, a page of models, or a redirect. Errors are in `problems`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from chalice.app import Response
from pydantic import BaseModel, ConfigDict, Field

from services.shared.table.port import Item

Entry = TypeVar("Entry", bound=BaseModel)


class PageResponse(BaseModel, Generic[Entry]):
    """One page of a list; `next_cursor` is null on the last page."""

    items: list[Entry]
    next_cursor: str | None = None


class PageQuery(BaseModel):
    """The query parameters of every list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=2000)] | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list the caller requests.

    start: the key after which the page starts; None for the first page.
    sign: turns the start of the next page into a cursor that is valid for this caller and this list only.
    """

    limit: int
    start: Item | None
    sign: Callable[[Item], str]

    def respond(self, items: Sequence[Entry], next_start: Item | None) -> PageResponse[Entry]:
        """Return the response with these items; `next_start` is None on the last page."""
        return PageResponse(items=list(items), next_cursor=self.sign(next_start) if next_start else None)


@dataclass(frozen=True, slots=True)
class Redirect:
    """A temporary redirect (302)."""

    location: str


def response(status: int, body: Any, headers: dict[str, str], correlation_id: str) -> Response:
    """Return an HTTP response with the headers that all responses have."""
    text = body.model_dump_json() if isinstance(body, BaseModel) else body
    common = {"content-type": "application/json", "cache-control": "no-store", "x-correlation-id": correlation_id}
    return Response(body=text, status_code=status, headers={**common, **headers})
