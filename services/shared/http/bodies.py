"""Parsing of bodies and query parameters.

A body is checked in this order: size, content type, encoding, JSON, model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from services.shared.kernel.errors import BadRequest, BodyTooLarge, FieldError, Invalid, UnsupportedMediaType

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 30
MAX_NAMES = 200  # in one object; far more than any request has

Model = TypeVar("Model", bound=BaseModel)


def parse_body(model: type[Model], raw: bytes, content_type: str | None) -> Model:
    """Return the body as `model`.

    Raises: BodyTooLarge, UnsupportedMediaType, BadRequest (not JSON), Invalid (with the position of each error).
    """
    if len(raw) > MAX_BYTES:
        raise BodyTooLarge
    _require_json(content_type)
    document = parse_json(raw)
    try:
        return model.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise _invalid(error) from None


def parse_query(model: type[Model], values: Mapping[str, list[str]]) -> Model:
    """Return the query parameters as `model`.

    Raises: Invalid (a parameter is unknown, invalid, or given more than once).
    """
    if repeated := [name for name, given in values.items() if len(given) > 1]:
        raise Invalid(fields=tuple(FieldError(name, "given-twice") for name in repeated))
    try:
        return model.model_validate({name: given[0] for name, given in values.items()})
    except ValidationError as error:
        invalid = _invalid(error)
        invalid.fields = tuple(replace(field, at=field.at.lstrip("/")) for field in invalid.fields)
        raise invalid from None


def parse_json(raw: bytes) -> Any:
    """Parse one JSON document in UTF-8.

    Raises: BadRequest (byte-order mark, repeated name or more than 200 names in an object, NaN, number of more than 30 digits,
    more than 32 levels), Invalid (NUL or an unpaired surrogate).
    """
    try:
        text = raw.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_short_integer)
    except UnicodeDecodeError:
        raise _unreadable("must-be-utf-8") from None
    except RecursionError:
        raise _unreadable("nested-too-deeply", limit=MAX_DEPTH) from None
    except json.JSONDecodeError as error:
        raise _unreadable("must-be-json", position=error.pos) from None
    _require_storable(document, "")
    return document


def body_hash(raw: bytes) -> str:
    """Return the hash of a body. Whitespace and the order of names do not change it."""
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
    if len(pairs) > MAX_NAMES:
        raise _unreadable("too-many-names", limit=MAX_NAMES)
    document = dict(pairs)
    if len(document) < len(pairs):
        raise _unreadable("name-repeated")
    return document


def _no_constant(name: str) -> Any:
    raise _unreadable("must-be-finite")


def _short_integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _unreadable("number-too-long", limit=MAX_DIGITS)
    return int(digits)


def _unreadable(code: str, **facts: int) -> BadRequest:
    return BadRequest(fields=(FieldError("/", code, facts),))


def _require_storable(value: Any, at: str, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise _unreadable("nested-too-deeply", limit=MAX_DEPTH)
    if isinstance(value, str):
        _require_no_broken_characters(value, at)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _require_storable(part, f"{at}/{index}", depth + 1)
    elif isinstance(value, dict):
        for name, part in value.items():
            _require_no_broken_characters(name, at)
            _require_storable(part, f"{at}/{name}", depth + 1)


def _require_no_broken_characters(text: str, at: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        position = at.encode(errors="replace").decode() or "/"
        raise Invalid(fields=(FieldError(position, "character-broken"),))


def _invalid(error: ValidationError) -> Invalid:
    from services.shared.http.field_errors import invalid

    return invalid(error)
