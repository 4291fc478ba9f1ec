"""Examples that follow from a schema: of a field by its type, of an object by its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORMATS = {"date-time": "2026-08-03T12:00:00.000Z", "date": "2026-08-03", "duration": "PT15M"}
CASES = ("const", "default")


def example_of(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Any:
    """Return an example of a value, or None if the schema gives none."""
    if schema.get("examples"):
        return schema["examples"][0]
    if given := next((name for name in CASES if schema.get(name) is not None), None):
        return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" in schema:
        return example_of(components[_name(schema)], components)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components)
    return _of_type(schema, components)


def _of_type(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Any:
    if "format" in schema:
        return FORMATS.get(schema["format"])
    if schema.get("type") == "boolean":
        return True
    if schema.get("type") == "array":
        return [example_of(schema["items"], components)]
    if "properties" in schema:
        return {name: example_of(field, components) for name, field in schema["properties"].items()}
    return None


def is_composed(schema: Mapping[str, Any], components: Mapping[str, Any]) -> bool:
    """Return whether a value is a model or a list of models: its example follows from theirs."""
    if "$ref" in schema:
        return "properties" in components[_name(schema)]
    if "anyOf" in schema:
        return any(is_composed(part, components) for part in schema["anyOf"])
    return schema.get("type") == "array" and is_composed(schema["items"], components)


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
