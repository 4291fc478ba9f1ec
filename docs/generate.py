"""Writes the documents that come from the code: docs/events.md and docs/api/*.json. A test compares them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from services.chat.app import api as chat
from services.chat.subscriptions import SUBSCRIPTIONS as TO_CHAT
from services.circles.app import api as circles
from services.circles.subscriptions import SUBSCRIPTIONS as TO_CIRCLES
from services.commerce.app import api as commerce
from services.commerce.subscriptions import SUBSCRIPTIONS as TO_COMMERCE
from services.review.app import api as review
from services.review.subscriptions import SUBSCRIPTIONS as TO_REVIEW
from services.shared.http.openapi import document
from services.shared.messaging.events import EVENTS, Event

HERE = Path(__file__).parent
READERS = {"review": TO_REVIEW, "circles": TO_CIRCLES, "chat": TO_CHAT, "commerce": TO_COMMERCE}


def openapi(api: Any) -> str:
    return json.dumps(document(api.service, api.table_of_routes), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def events() -> str:
    """The catalogue: each event with who publishes it, who listens, and its data."""
    parts = [
        "# Events\n",
        "Generated from `services/shared/events/` by `python -m docs.generate`; do not edit.\n",
        "Every event travels in one envelope: `id`, `name`, `source`, `schema_version`, `entity_id`, `entity_version`,",
        "`occurred_at`, `correlation_id`, `data`. Delivery is at least once and unordered. `entity_version` grows with every",
        "write of the entity: keep what is newer, drop the rest. A reader ignores names in `data` that it does not know.\n",
        "| event | from | to |",
        "| --- | --- | --- |",
        *(f"| [{event.name()}](#{event.name().lower()}) | {event.SOURCE} | {_readers(event)} |" for event in EVENTS),
        "",
    ]
    for event in EVENTS:
        about = " ".join((event.__doc__ or "").split())
        parts += [
            f"## {event.name()}\n",
            f"{about} Schema version {event.SCHEMA_VERSION}.\n",
            "| data | type |",
            "| --- | --- |",
        ]
        data = event.model_json_schema()
        schema = data["$defs"][data["properties"]["data"]["$ref"].rpartition("/")[2]]
        parts += [f"| `{name}` | {_type(one)} |" for name, one in schema["properties"].items()]
        parts.append("")
    return "\n".join(parts)


def _readers(event: type[Event]) -> str:
    return ", ".join(name for name, subscriptions in READERS.items() if event in subscriptions) or "operators"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"list of {schema['items']['type']}"
    return str(schema.get("format", schema["type"]))


def documents() -> dict[Path, str]:
    apis = {HERE / "api" / f"{api.service}.json": openapi(api) for api in (review, circles, chat, commerce)}
    return {HERE / "events.md": events(), **apis}


if __name__ == "__main__":
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(HERE.parent)}")
