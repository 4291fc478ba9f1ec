"""Bodies and parameters, read with suspicion: size, type, encoding, then JSON without its dark corners, then the schema."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from services.shared.kernel.errors import (
    BadRequest,
    FieldError,
    Invalid,
    TooLarge,
    UnsupportedMediaType,
)

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 30

Model = TypeVar("Model", bound=BaseModel)


def parse_body(model: type[Model], raw: bytes, content_type: str | None) -> Model:
    """The body as its schema; 413, 415, 400 or 422 with the places that are wrong."""
    if len(raw) > MAX_BYTES:
        raise TooLarge
    _require_json(content_type)
    document = parse_json(raw)
    try:
        return model.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise Invalid(fields=_field_errors(error)) from None


def parse_query(model: type[Model], values: Mapping[str, list[str]]) -> Model:
    """Query parameters as their schema; each may be given once."""
    if twice := [name for name, given in values.items() if len(given) > 1]:
        raise Invalid(fields=tuple(FieldError(name, "given more than once") for name in twice))
    try:
        return model.model_validate({name: given[0] for name, given in values.items()})
    except ValidationError as error:
        raise Invalid(fields=tuple(FieldError(field.at.lstrip("/"), field.message) for field in _field_errors(error))) from None


def parse_json(raw: bytes) -> Any:
    """One JSON document in UTF-8: no byte-order mark, duplicate names, NaN, huge numbers, deep nesting or half characters."""
    try:
        text = raw.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_short_integer)
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The body is not JSON that can be taken: {_reason(error)}.") from None
    _inspect(document, "")
    return document


def body_hash(raw: bytes) -> str:
    """A body's hash without regard to blanks or the order of its names."""
    try:
        document = json.dumps(json.loads(raw or b"null"), sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        document = raw.hex()
    return hashlib.sha256(document.encode()).hexdigest()[:32]


def _require_json(content_type: str | None) -> None:
    media, _, parameters = (content_type or "").lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if media.strip() != "application/json" or charset not in ("", "utf-8", "utf8"):
        raise UnsupportedMediaType


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return document


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _short_integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at character {error.pos}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _inspect(value: Any, at: str, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise BadRequest(f"The body is nested more than {MAX_DEPTH} deep.")
    if isinstance(value, str):
        _require_whole(value, at)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _inspect(part, f"{at}/{index}", depth + 1)
    elif isinstance(value, dict):
        for name, part in value.items():
            _require_whole(name, at)
            _inspect(part, f"{at}/{name}", depth + 1)


def _require_whole(text: str, at: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(fields=(FieldError(at.encode(errors="replace").decode() or "/", "holds NUL or half a surrogate pair"),))


def _field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(FieldError("/" + "/".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")) for one in found)
