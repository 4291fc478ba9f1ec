"""Conversion of the errors that pydantic finds in a request to field errors with codes and facts of our own.

Only an invalid request needs it, so it is imported where it is used.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from services.shared.http.problems import MAX_FIELD_PROBLEMS
from services.shared.kernel.errors import FieldError, Invalid, ValueInvalid

DEFAULT = "format-invalid"
CODES = {  # pydantic's error type: our code; the values of its context are the facts
    "missing": "required",
    "extra_forbidden": "unknown-field",
    "model_type": "must-be-object",
    "dict_type": "must-be-object",
    "string_type": "must-be-text",
    "string_too_short": "text-too-short",
    "string_too_long": "text-too-long",
    "list_type": "must-be-list",
    "too_short": "too-few-entries",
    "too_long": "too-many-entries",
    "bool_type": "must-be-boolean",
    "bool_parsing": "must-be-boolean",
    "int_type": "must-be-integer",
    "int_parsing": "must-be-integer",
    "int_parsing_size": "must-be-integer",
    "int_from_float": "must-be-integer",
    "float_type": "must-be-number",
    "float_parsing": "must-be-number",
    "finite_number": "must-be-finite",
    "greater_than": "must-be-greater",
    "greater_than_equal": "must-be-at-least",
    "less_than": "must-be-less",
    "less_than_equal": "must-be-at-most",
    "enum": "must-be-one-of",
    "literal_error": "must-be-one-of",
    "datetime_type": "must-be-time",
    "datetime_parsing": "must-be-time",
    "datetime_from_date_parsing": "must-be-time",
    "timezone_aware": "must-have-time-zone",
    "date_type": "must-be-date",
    "date_parsing": "must-be-date",
    "date_from_datetime_parsing": "must-be-date",
    "date_from_datetime_inexact": "must-be-date",
    "time_delta_type": "must-be-duration",
    "time_delta_parsing": "must-be-duration",
    "time_type": "must-be-time-of-day",
    "time_parsing": "must-be-time-of-day",
}


def invalid(error: ValidationError) -> Invalid:
    """Return what is wrong with the first parts of a request, and how many more are wrong. at: a JSON pointer.

    A body of 250 KB can have 62,000 errors: converting each takes half a second, and no response shows more than the first.
    """
    first = error.errors(include_url=False, include_input=False)[:MAX_FIELD_PROBLEMS]
    fields = tuple(
        FieldError("/" + "/".join(map(str, detail["loc"])), *_code_and_facts(detail["type"], detail.get("ctx", {})))
        for detail in first
    )
    return Invalid(fields=fields, more_fields=error.error_count() - len(fields))


def _code_and_facts(type: str, context: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    cause = context.get("error")
    if isinstance(cause, ValueInvalid):
        return cause.code, cause.facts
    facts = {name: value if isinstance(value, int) else str(value) for name, value in context.items()}
    return CODES.get(type, DEFAULT), facts
