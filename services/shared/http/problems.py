"""Errors as responses: problem documents (RFC 9457), with texts in the language of the reader."""

from __future__ import annotations

import traceback

from chalice.app import Response
from pydantic import BaseModel, ConfigDict

from services.shared.http.responses import response
from services.shared.kernel.errors import DomainError, InternalError, MethodNotAllowed, Unavailable
from services.shared.kernel.observability import logger
from services.shared.table import port as table

PROBLEM_TYPE = "urn:coterie:problem:"


class FieldProblem(BaseModel):
    """What is wrong with one part of the request.

    at: a JSON pointer into the body, or the name of a parameter or header.
    """

    at: str
    message: str


class Problem(BaseModel):
    """A problem document.

    type: stable per error. title, errors: in the language of the reader.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldProblem] | None = None
    correlation_id: str


def problem(error: DomainError, accept_language: str, correlation_id: str) -> Response:
    """Return the response for an error, in Chinese if the first accepted language is Chinese, else English."""
    is_chinese = accept_language.startswith("zh")
    fields = [FieldProblem(at=field.at, message=field.message_zh if is_chinese else field.message) for field in error.fields]
    document = Problem(
        type=PROBLEM_TYPE + error.code,
        title=error.title_zh if is_chinese else error.title,
        status=error.status,
        detail=error.detail or None,
        errors=fields or None,
        correlation_id=correlation_id,
        **error.extra,
    )
    headers = {"content-type": "application/problem+json"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = error.allowed
    return response(error.status, document.model_dump_json(exclude_none=True), headers, correlation_id)


def to_domain_error(error: Exception) -> DomainError:
    """Return the error that the caller sees for any exception.

    An unexpected exception is logged by its type and position only: its text can quote what a user wrote.
    """
    if isinstance(error, DomainError):
        return error
    if isinstance(error, table.TransactionConflict | table.Throttled):
        return Unavailable(retry_after=1)
    frames = [
        f"{frame.filename.rpartition('services/')[2]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)[-6:]
    ]
    logger().error("unexpected error", error_type=type(error).__name__, frames=frames)
    return InternalError()
