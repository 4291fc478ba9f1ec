"""Errors as responses: problem documents (RFC 9457), with texts in the language of the reader."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from chalice.app import Response
from pydantic import BaseModel, ConfigDict

from services.shared.http.languages import LANGUAGES, choose_language
from services.shared.http.responses import response
from services.shared.http.statuses import status_of
from services.shared.kernel.clock import rfc3339
from services.shared.kernel.errors import (
    DomainError,
    FieldError,
    IdempotencyKeyTimeInvalid,
    InternalError,
    MethodNotAllowed,
    Unavailable,
    bounded,
)
from services.shared.kernel.observability import logger
from services.shared.security.violations import Violation
from services.shared.table import port as table

PROBLEM_TYPE = "urn:coterie:problem:"
MAX_FIELD_PROBLEMS = 20
MAX_POSITION_LENGTH = 100
MAX_FIELD_BYTES = 2500  # of the positions and facts of all field problems: a problem document stays under 8 KB


class FieldProblem(BaseModel):
    """What is wrong with one part of the request.

    at: a JSON pointer into the body, or the name of a parameter or header. code: stable. message: in the reader's language.
    """

    model_config = ConfigDict(defer_build=True)

    at: str
    code: str
    message: str


class Problem(BaseModel):
    """A problem document. Further members are facts of the error, such as a limit or a new price.

    type: stable per error. title, next_step, detail: texts in the language of the reader.
    more_errors: how many errors `errors` leaves out.
    retry_after: seconds until the request can succeed. server_time: now, where the client's clock matters.
    """

    model_config = ConfigDict(extra="allow", defer_build=True)

    type: str
    title: str
    next_step: str | None = None
    status: int
    detail: str | None = None
    errors: list[FieldProblem] | None = None
    more_errors: int | None = None
    retry_after: int | None = None
    server_time: str | None = None
    correlation_id: str


def problem(error: DomainError, accept_language: str, correlation_id: str, clock: Callable[[], datetime]) -> Response:
    """Return the response for an error, in the language that the reader prefers."""
    language = choose_language(accept_language)
    document = problem_document(error, language, correlation_id, clock)
    headers = {"content-type": "application/problem+json", "content-language": LANGUAGES[language], "vary": "Accept-Language"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = error.facts["allowed"]
    return response(document.status, document.model_dump_json(exclude_none=True), headers, correlation_id)


def problem_document(error: DomainError, language: str, correlation_id: str, clock: Callable[[], datetime]) -> Problem:
    """Return the problem document of an error in one language.

    The clock is read only if the client needs the time: to wait, or to correct its own clock.
    """
    from services.shared.http.catalogue import ERRORS, STATES_ZH

    entry = ERRORS[error.code]
    text = entry.zh if language == "zh" else entry.en
    fields = _first_fields(error.fields)
    needs_time = error.retry_after is not None or isinstance(error, IdempotencyKeyTimeInvalid)
    facts = {name: error.facts[name] for name in entry.facts if name in error.facts}
    if violation := facts.get("violation"):
        facts["violation_text"] = violation_texts(violation)
    translated = {"state": STATES_ZH.get(facts["state"], facts["state"])} if language == "zh" and "state" in facts else {}
    return Problem(
        type=PROBLEM_TYPE + error.code,
        title=text.title,
        next_step=text.next_step or None,
        status=status_of(type(error)),
        detail=_filled(text.detail, facts | translated) or None,
        errors=[_field_problem(field, language) for field in fields] or None,
        more_errors=len(error.fields) + error.more_fields - len(fields) or None,
        retry_after=error.retry_after,
        server_time=rfc3339(clock()) if needs_time else None,
        correlation_id=correlation_id,
        **facts,
    )


def violation_texts(violation: str) -> dict[str, str]:
    """Return the texts of a violation in both languages. One that this version does not know has those of `other`."""
    from services.shared.http.catalogue.violations import EN, ZH

    known = Violation(violation) if violation in list(Violation) else Violation.OTHER
    return {"en": EN[known], "zh_cn": ZH[known]}


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


def _first_fields(fields: tuple[FieldError, ...]) -> list[FieldError]:
    """Return the first field errors, bounded in number and size, whatever the request contains."""
    first, size = [], 0
    for field in fields[:MAX_FIELD_PROBLEMS]:
        cut = FieldError(field.at[:MAX_POSITION_LENGTH], field.code, bounded(dict(field.facts)))
        size += len(json.dumps([cut.at, cut.facts]))
        if size > MAX_FIELD_BYTES:
            break
        first.append(cut)
    return first


def _field_problem(field: FieldError, language: str) -> FieldProblem:
    from services.shared.http.catalogue import FIELDS

    message = FIELDS[field.code]
    template = message.zh if language == "zh" else message.en
    return FieldProblem(at=field.at, code=field.code, message=_filled(template, field.facts))


def _filled(template: str, facts: Mapping[str, Any]) -> str:
    """Fill a template with facts. A template with a fact that is not known is empty."""
    try:
        return template.format_map(facts)
    except KeyError:
        return ""
