"""Between the gateway's payload 2.0 and the event Chalice expects; and our own matching of paths.

On a `$default` route the gateway matches nothing for us and hands the path over decoded (`n%2F1` arrives as `n/1`), so
templates are matched here and an id counts only by its pattern."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from services.shared.kernel.ids import PATTERNS

MAX_FIELDS = 50  # far more than any route has parameters

_PARAMETER = re.compile(r"{(\w+)}")


class Templates:
    """The paths of an API, each compiled to a pattern of its literal parts and its ids."""

    def __init__(self) -> None:
        self._patterns: dict[str, re.Pattern[str]] = {}

    def add(self, template: str) -> None:
        """Every `{name}` must be an id that `ids.PATTERNS` knows, or a small number (`{index}`)."""
        known = PATTERNS | {"index": "[0-9]{1,4}", "cohort": "[a-z0-9-]{1,40}", "tag": "[a-z0-9-]{1,60}"}
        pattern = _PARAMETER.sub(lambda found: f"(?P<{found[1]}>{known[found[1]]})", template)
        self._patterns[template] = re.compile(pattern)

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        for template, pattern in self._patterns.items():
            if found := pattern.fullmatch(path):
                return template, found.groupdict()
        return None


def is_gateway_event(event: dict[str, Any]) -> bool:
    return event.get("version") == "2.0"


def path_of(event: dict[str, Any]) -> str:
    """The path without the stage's prefix, which a named stage puts in front."""
    path: str = event["rawPath"]
    stage = event["requestContext"].get("stage", "$default")
    return path.removeprefix(f"/{stage}") if stage != "$default" else path


def chalice_event(event: dict[str, Any], template: str, parameters: dict[str, str]) -> dict[str, Any]:
    """The REST-style event that Chalice's request object reads."""
    context = event["requestContext"]
    return {
        "requestContext": {
            **context,
            "resourcePath": template,
            "httpMethod": context["http"]["method"],
            "path": event["rawPath"],
        },
        "headers": event.get("headers") or {},
        "multiValueQueryStringParameters": _query(event.get("rawQueryString", "")) or None,
        "pathParameters": parameters,
        "body": event.get("body") or "",
        "isBase64Encoded": event.get("isBase64Encoded", False),
        "stageVariables": None,
    }


def _query(raw: str) -> dict[str, list[str]]:
    """Values by name. What is over MAX_FIELDS is left out: so many hold a name twice or an unknown one, and are refused."""
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True)[:MAX_FIELDS]:
        query.setdefault(name, []).append(value)
    return query
