"""Generate docs/events.md and docs/api/*.json from the code. A test checks that they are current."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from services import SERVICES
from services.shared.http.openapi import document
from services.shared.messaging.events import EVENTS, Event

HERE = Path(__file__).parent
APIS = {name: import_module(f"services.{name}.app").api for name in SERVICES}
SUBSCRIPTIONS = {name: import_module(f"services.{name}.subscriptions").SUBSCRIPTIONS for name in SERVICES}


def openapi(api: Any) -> str:
    return json.dumps(document(api.service, api.declared_routes), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def events() -> str:
    """Return the catalogue: each event with its publisher, its subscribers and its data."""
    parts = [
        "# Events\n",
        "Generated from `services/shared/messaging/events/` by `python -m docs.generate`; do not edit.\n",
        "Every event has the same envelope: `id`, `name`, `source`, `schema_version`, `entity_id`, `entity_version`,",
        "`occurred_at`, `correlation_id`, `data`. Delivery is at least once and unordered. `entity_version` grows with every",
        "write of the entity: a consumer applies only a newer version. It ignores unknown fields of `data`.\n",
        "| event | from | to |",
        "| --- | --- | --- |",
        *(f"| [{event.name()}](#{event.name().lower()}) | {event.SOURCE} | {_readers(event)} |" for event in EVENTS),
        "",
    ]
    for event in EVENTS:
        about = "\n".join(line.strip() for line in (event.__doc__ or "").strip().splitlines())
        parts += [
            f"## {event.name()}\n",
            f"{about}\n\nSchema version {event.SCHEMA_VERSION}.\n",
            "| data | type |",
            "| --- | --- |",
        ]
        data = event.model_json_schema()
        schema = data["$defs"][data["properties"]["data"]["$ref"].rpartition("/")[2]]
        parts += [f"| `{name}` | {_type(one)} |" for name, one in schema["properties"].items()]
        parts.append("")
    return "\n".join(parts)


def _readers(event: type[Event]) -> str:
    return ", ".join(name for name, subscriptions in SUBSCRIPTIONS.items() if event in subscriptions) or "operators"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"list of {schema['items']['type']}"
    return str(schema.get("format", schema["type"]))


def documents() -> dict[Path, str]:
    apis = {HERE / "api" / f"{name}.json": openapi(api) for name, api in APIS.items()}
    return {HERE / "events.md": events(), **apis}


if __name__ == "__main__":
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(HERE.parent)}")
