"""Validation of values by the schemas of an API document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs


def errors_of(schema: Mapping[str, Any], components: Mapping[str, Any], value: Any) -> list[str]:
    """Return what is wrong with a value. The schema can refer to the components of its document."""
    used = {"components": components} if "$ref" in str(schema) else {}  # they take most of the time
    validator = jsonschema_rs.Draft202012Validator({**schema, **used}, validate_formats=True)
    return [error.message for error in validator.iter_errors(value)]
