"""The reusable parts of a document: headers, one response per status of an error, the types of problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from services.shared.http.problems import PROBLEM_TYPE

PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def _header(description: str, schema: dict[str, Any], example: Any, *, required: bool = False) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": schema, "example": example}


HEADERS: dict[str, Any] = {
    "CorrelationId": _header(
        "Id of the request, in all logs and events that it caused: the request's own x-correlation-id, or a new one.",
        {"type": "string"},
        "7d0c2a4e91b54f3c",
        required=True,
    ),
    "ETag": _header("Version of the entity, for `If-Match` of the next change.", {"type": "string"}, '"7"'),
    "Location": _header(
        "Address of the file. It expires after a few minutes.",
        {"type": "string", "format": "uri"},
        "https://files.example.com/circles-00001-9f86d081.jsonl",
        required=True,
    ),
    "RetryAfter": _header(
        "Seconds until the request can succeed; also `retry_after` of the problem.", {"type": "integer", "minimum": 0}, 30
    ),
}
STATUSES = {  # the component and the meaning of each status of an error
    400: ("BadRequest", "The body or a parameter cannot be read."),
    401: ("Unauthorized", "The access token is missing, expired or revoked."),
    403: ("Forbidden", "The caller may not do this."),
    404: ("NotFound", "It does not exist, or the caller may not see it."),
    409: ("Conflict", "The state does not allow this action."),
    412: ("PreconditionFailed", "The entity changed since the client read it."),
    413: ("BodyTooLarge", "The body has more than 256 KB."),
    415: ("UnsupportedMediaType", "The body is not JSON."),
    422: ("Invalid", "A value is not valid; `errors` lists each."),
    428: ("PreconditionRequired", "`If-Match` is missing."),
    429: ("TooManyRequests", "A rate limit is reached."),
    503: ("Unavailable", "Try again after `Retry-After`."),
}
WITH_RETRY_AFTER = (409, 429, 503)


def header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def problem_reference(status: int, codes: list[str]) -> dict[str, str]:
    """Return the response of an operation: the component of the status, with the codes that this operation can return."""
    return {"$ref": f"#/components/responses/{STATUSES[status][0]}", "description": ", ".join(f"`{code}`" for code in codes)}


def problem_responses(paths: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the responses that the operations refer to."""
    used = {int(status) for item in paths.values() for spec in item.values() for status in spec["responses"]}
    responses = {}
    for status in sorted(used & STATUSES.keys()):
        name, description = STATUSES[status]
        headers = {"x-correlation-id": header("CorrelationId")}
        if status in WITH_RETRY_AFTER:
            headers["Retry-After"] = header("RetryAfter")
        content = {"application/problem+json": {"schema": PROBLEM_SCHEMA}}
        responses[name] = {"description": description, "headers": headers, "content": content}
    return responses


def headers_of(*parts: Any) -> dict[str, Any]:
    """Return the headers that these parts of the document refer to."""
    text = json.dumps(parts)
    return {name: described for name, described in HEADERS.items() if header(name)["$ref"] in text}


def problem_type() -> dict[str, Any]:
    """Return the enumeration of the types of problems, with their titles."""
    from services.shared.http.catalogue import ERRORS

    titles = {PROBLEM_TYPE + code: entry.en.title for code, entry in sorted(ERRORS.items())}
    return {
        "type": "string",
        "description": "Stable type of a problem. A later version can add types.",
        "enum": list(titles),
        "x-enumDescriptions": titles,
    }


def security_schemes() -> dict[str, Any]:
    description = "The access token of the user pool. An ID token is not accepted."
    return {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}}
