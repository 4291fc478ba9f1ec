"""Conversion of the gateway's payload 2.0 to Chalice's event, and matching of paths to templates.

The gateway's own routes only choose the service, and it passes the path decoded (`n%2F1` arrives as `n/1`). So templates are
matched here, and an id matches only by its pattern.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from services.shared.kernel.ids import PATTERNS

VERSION_PREFIX = "/v1"  # of every path at the gateway; the templates do not have it
MAX_FIELDS = 50  # far more than any route has parameters

# The pattern of each parameter that a template can have.
PATH_PATTERNS = PATTERNS | {
    "index": "[0-9]{1,4}",
    "seq": "[1-9][0-9]{0,11}",
    "reaction": "[a-z]{1,20}",
    "cohort": "[a-z0-9-]{1,40}",
    "tag": "[a-z0-9-]{1,60}",
    "month": "20[0-9]{2}-(0[1-9]|1[0-2])",
}


class PathTemplates:
    """The path templates of an API. A cold start compiles no pattern: only the path of a request needs some."""

    def __init__(self) -> None:
        self._segments: dict[str, list[str]] = {}

    def add(self, template: str) -> None:
        """Add a template. Each of its segments is a text or a `{name}` of PATH_PATTERNS."""
        segments = template.split("/")
        if unknown := [segment for segment in segments if "{" in segment and segment[1:-1] not in PATH_PATTERNS]:
            raise ValueError(f"{template}: there is no pattern for {unknown[0]}")
        self._segments[template] = segments

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """Return the template that a path matches and the values of its parameters."""
        parts = path.split("/")
        for template, segments in self._segments.items():
            if len(segments) == len(parts) and all(map(_is_match, segments, parts)):
                return template, {name[1:-1]: part for name, part in zip(segments, parts, strict=True) if "{" in name}
        return None


def _is_match(segment: str, part: str) -> bool:
    if "{" in segment:
        return re.fullmatch(PATH_PATTERNS[segment[1:-1]], part) is not None  # `re` caches compiled patterns
    return segment == part


def is_gateway_event(event: dict[str, Any]) -> bool:
    return event.get("version") == "2.0"


def path_of(event: dict[str, Any]) -> str:
    """Return the path that templates match: without the prefixes of a named deployment stage and of the version.

    A path without the version's prefix becomes empty, which no template matches.
    """
    path: str = event["rawPath"]
    stage = event["requestContext"].get("stage", "$default")
    unstaged = path.removeprefix(f"/{stage}") if stage != "$default" else path
    return unstaged.removeprefix(VERSION_PREFIX) if unstaged.startswith(VERSION_PREFIX) else ""


def chalice_event(event: dict[str, Any], template: str, parameters: dict[str, str]) -> dict[str, Any]:
    """Return the event of a REST API, which Chalice's request object reads."""
    context = event["requestContext"]
    return {
        "requestContext": {
            **context,
            "resourcePath": template,
            "httpMethod": context["http"]["method"],
            "path": event["rawPath"],
        },
        "headers": {name: _encodable(value) for name, value in (event.get("headers") or {}).items()},
        "multiValueQueryStringParameters": _query(event.get("rawQueryString", "")) or None,
        "pathParameters": parameters,
        "body": event.get("body") or "",
        "isBase64Encoded": event.get("isBase64Encoded", False),
        "stageVariables": None,
    }


def _query(raw: str) -> dict[str, list[str]]:
    """Return values by name, without the fields beyond MAX_FIELDS.

    So many fields repeat a name or have an unknown one, which is an error anyway.
    """
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(_encodable(raw), keep_blank_values=True)[:MAX_FIELDS]:
        query.setdefault(name, []).append(value)
    return query


def _encodable(text: str) -> str:
    """Replace unpaired surrogates: later code hashes what is in headers and parameters, and errors name it."""
    return text.encode(errors="replace").decode()
