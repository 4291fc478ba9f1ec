"""What a route answers: a model, a page of models, a redirect; and refusals as problem documents (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Generic, TypeVar

from chalice.app import Response
from pydantic import BaseModel, ConfigDict, Field

from services.shared.kernel.errors import DomainError, MethodNotAllowed
from services.shared.table.port import Item

PROBLEM_TYPE = "urn:coterie:problem:"
One = TypeVar("One", bound=BaseModel)


class PageResponse(BaseModel, Generic[One]):
    """One page of a list; `next_cursor` is null at the end."""

    items: list[One]
    next_cursor: str | None = None


class PageQuery(BaseModel):
    """The query parameters of every list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=2000)] | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How much of a list is asked for and where it goes on; `answer` seals the next cursor for the same caller and list."""

    limit: int
    start: Item | None
    seal: Callable[[Item], str]

    def answer(self, items: Sequence[One], next_start: Item | None) -> PageResponse[One]:
        return PageResponse(items=list(items), next_cursor=self.seal(next_start) if next_start else None)


@dataclass(frozen=True, slots=True)
class Redirect:
    """See another address, for a short while."""

    location: str


class FieldProblem(BaseModel):
    at: str
    message: str


class Problem(BaseModel):
    """A problem document: `type` is stable, `title` speaks the reader's language, `errors` says where the input is wrong."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldProblem] | None = None
    correlation_id: str


def problem(error: DomainError, language: str, correlation_id: str) -> Response:
    document = Problem(
        type=PROBLEM_TYPE + error.code,
        title=error.title_zh if language.startswith("zh") else error.title,
        status=error.status,
        detail=error.detail or None,
        errors=[FieldProblem(**asdict(field)) for field in error.fields] or None,
        correlation_id=correlation_id,
        **error.extra,
    )
    headers = {"content-type": "application/problem+json"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = error.allowed
    return response(error.status, document, headers, correlation_id)


def response(status: int, body: Any, headers: dict[str, str], correlation_id: str) -> Response:
    text = body.model_dump_json(exclude_none=isinstance(body, Problem)) if isinstance(body, BaseModel) else body
    common = {"content-type": "application/json", "cache-control": "no-store", "x-correlation-id": correlation_id}
    return Response(body=text, status_code=status, headers={**common, **headers})
