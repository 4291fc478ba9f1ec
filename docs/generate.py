"""Generate docs/access.md, docs/events.md, docs/settings.md and docs/api/*.json.

A test checks that they are current.
"""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from docs.access import access
from docs.asyncapi import document as asyncapi
from docs.openapi import join
from services import SERVICES
from services.shared.http.openapi import document
from services.shared.kernel.settings import InForce, defaults_of, range_of
from services.shared.messaging.events import EVENTS, Event

HERE = Path(__file__).parent
APIS = {name: import_module(f"services.{name}.app").api for name in SERVICES}
SETTINGS: dict[str, InForce[Any]] = {name: import_module(f"services.{name}.settings").settings for name in SERVICES}
SUBSCRIPTIONS = {name: import_module(f"services.{name}.subscriptions").SUBSCRIPTIONS for name in SERVICES}


def as_json(described: Any) -> str:
    return json.dumps(described, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


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
        parts += [f"| `{name}` | {_type(field)} |" for name, field in schema["properties"].items()]
        parts.append("")
    return "\n".join(parts)


def settings() -> str:
    """Return the page of all settings and flags, with their defaults, ranges and effects."""
    parts = [
        "# Settings\n",
        "Generated from `services/*/settings.py` by `python -m docs.generate`; do not edit.\n",
        "An operator changes a setting with `make settings`, and every function follows within a minute (docs/operations.md).",
        "In requests and responses a period is an ISO 8601 duration: `PT15M` is 15 minutes, `P7D` is 7 days.",
    ]
    for service, in_force in SETTINGS.items():
        model = in_force.model
        about = " ".join((model.__doc__ or "").split())
        parts += [f"\n## {service}\n", about, "", "| setting | default | range | effect |", "| --- | --- | --- | --- |"]
        defaults = defaults_of(model)
        for name, field in model.model_fields.items():
            low, high = map(_figure, range_of(model, name))
            bounds = f"{low} to {high}" if low else ""
            parts.append(f"| `{name}` | {_figure(getattr(defaults, name))} | {bounds} | {field.description} |")
        if model.ORDER:
            pairs = "; ".join(f"`{low}` <= `{high}`" for low, high in model.ORDER)
            parts.append(f"\nThese must be in order: {pairs}.")
        if in_force.flags:
            parts += ["\n| flag | default | rules can test | what is on |", "| --- | --- | --- | --- |"]
            parts += [
                f"| `{flag.name}` | {'on' if flag.default else 'off'} | {', '.join(flag.context)} | {flag.effect} |"
                for flag in in_force.flags.values()
            ]
    return "\n".join(parts) + "\n"


def _figure(value: Any) -> str:
    """Return a value as people write it: a period in its largest whole unit."""
    if not isinstance(value, timedelta):
        return "" if value is None else f"{value:,}" if isinstance(value, int) else f"`{json.dumps(value)}`"
    units = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}
    seconds = value.total_seconds()
    name, length = next(((name, length) for name, length in units.items() if seconds and seconds % length == 0), ("second", 1))
    return f"{seconds / length:,g} {name}{'' if seconds == length else 's'}"


def _readers(event: type[Event]) -> str:
    return ", ".join(name for name, subscriptions in SUBSCRIPTIONS.items() if event in subscriptions) or "operators"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        items = schema["items"]
        return f"list of {items['$ref'].rpartition('/')[2]}" if "$ref" in items else f"list of {items['type']}"
    return str(schema.get("format", schema["type"]))


def documents() -> dict[Path, str]:
    described = {name: document(api.service, api.declared_routes) for name, api in APIS.items()}
    described["openapi"] = join(described)
    described["asyncapi"] = asyncapi()
    apis = {HERE / "api" / f"{name}.json": as_json(one) for name, one in described.items()}
    pages = {"access.md": access(), "events.md": events(), "settings.md": settings()}
    return {HERE / name: page for name, page in pages.items()} | apis


if __name__ == "__main__":
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(HERE.parent)}")
