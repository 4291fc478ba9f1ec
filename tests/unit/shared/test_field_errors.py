"""The errors that pydantic finds in a request get codes and messages of our own, in both languages."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Literal, get_args

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core.core_schema import ErrorType

from services.shared.http.field_errors import CODES, DEFAULT, invalid
from services.shared.http.problems import problem_document
from services.shared.kernel.clock import utc_now


class Kind(StrEnum):
    A = "a"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    needed: int


INVALID: list[tuple[object, str]] = [
    (Part, "{}"),
    (Part, '{"needed": 1, "other": 2}'),
    (Part, "[]"),
    (dict[str, int], "[]"),
    (str, "1"),
    (Annotated[str, Field(min_length=2)], '"a"'),
    (Annotated[str, Field(max_length=2)], '"abc"'),
    (list[int], "{}"),
    (Annotated[list[int], Field(min_length=2)], "[1]"),
    (Annotated[list[int], Field(max_length=1)], "[1, 2]"),
    (bool, '"a"'),
    (int, '"a"'),
    (int, "1.5"),
    (float, '"a"'),
    (Annotated[int, Field(ge=1)], "0"),
    (Annotated[int, Field(gt=1)], "0"),
    (Annotated[int, Field(le=1)], "2"),
    (Annotated[int, Field(lt=1)], "2"),
    (Kind, '"b"'),
    (Literal["a"], '"b"'),
    (datetime, '"a"'),
    (datetime, "true"),
    (AwareDatetime, '"2026-01-01T00:00:00"'),
    (date, '"a"'),
    (date, '"2026-01-01T10:00:00"'),
    (time, '"a"'),
]


def messages(error: ValidationError, language: str) -> list[tuple[str, str]]:
    document = problem_document(invalid(error), language, "-", utc_now)
    return [(field.code, field.message) for field in document.errors or []]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("kind", "document"), INVALID)
def test_the_error_types_of_requests_have_messages_of_their_own(kind: object, document: str, strict: bool) -> None:
    with pytest.raises(ValidationError) as failed:
        TypeAdapter(kind).validate_json(document, strict=strict)
    for language in ("en", "zh"):
        shown = messages(failed.value, language)
        assert shown
        assert not [message for message in shown if message[0] == DEFAULT or not message[1] or "{" in message[1]]


def test_the_mapping_has_only_error_types_of_pydantic() -> None:
    assert CODES.keys() <= set(get_args(ErrorType))


def test_limits_are_part_of_the_message() -> None:
    with pytest.raises(ValidationError) as failed:
        TypeAdapter(Annotated[str, Field(max_length=2)]).validate_json('"abc"')
    assert messages(failed.value, "zh") == [("text-too-long", "最多 2 个字")]
    assert messages(failed.value, "en") == [("text-too-long", "must have at most 2 characters")]
