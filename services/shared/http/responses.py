"""What a route returns: a model, a page of models, a file, or a redirect. Errors are in `problems`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from chalice.app import Response
from pydantic import BaseModel, ConfigDict, Field

Entry = TypeVar("Entry", bound=BaseModel)


class PageResponse(BaseModel, Generic[Entry]):
    """One page of a list; `next_cursor` is null on the last page."""

    items: list[Entry]
    next_cursor: str | None


class PageQuery(BaseModel):
    """The query parameters of every list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """A temporary redirect (302)."""

    location: str


@dataclass(frozen=True, slots=True)
class File:
    """A text that a browser saves as a file. media_type: without its charset, which is UTF-8."""

    text: str
    name: str
    media_type: str

    @property
    def headers(self) -> dict[str, str]:
        disposition = f'attachment; filename="{self.name}"'
        return {"content-type": f"{self.media_type}; charset=utf-8", "content-disposition": disposition}


def response(status: int, body: Any, headers: dict[str, str], correlation_id: str) -> Response:
    """Return an HTTP response with the headers that all responses have."""
    text = body.model_dump_json() if isinstance(body, BaseModel) else body
    common = {"content-type": "application/json", "cache-control": "no-store", "x-correlation-id": correlation_id}
    return Response(body=text, status_code=status, headers={**common, **headers})
