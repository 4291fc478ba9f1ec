"""Each message about a field has a Chinese text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, get_args

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core.core_schema import ErrorType

from services.shared.http.field_messages import DEFAULT_ZH, MESSAGES_ZH, message_zh_of

SERVICES = Path(__file__).parents[3] / "services"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for path in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield f"{path.relative_to(SERVICES)}:{node.lineno}", node


def test_each_literal_message_of_a_field_has_a_chinese_text() -> None:
    missing = []
    for place, call in calls("FieldError", "ValueInvalid"):
        literals = [ast.unparse(argument) for argument in call.args if isinstance(argument, ast.Constant | ast.JoinedStr)]
        passed_on = any(isinstance(argument, ast.Starred | ast.Call | ast.Name) for argument in call.args[1:])
        if not passed_on and not CHINESE.search(literals[-1]):
            missing.append(place)
    assert missing == []


def test_validators_of_requests_raise_errors_with_a_chinese_text() -> None:
    raised = [place for place, _ in calls("ValueError") if re.search(r"schemas|kernel/text", place)]
    assert raised == []


def test_the_catalogue_has_only_error_types_of_pydantic() -> None:
    assert MESSAGES_ZH.keys() <= set(get_args(ErrorType))
    assert all(CHINESE.search(message) for message in MESSAGES_ZH.values())


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


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("kind", "document"), INVALID)
def test_the_error_types_of_requests_have_a_chinese_text_of_their_own(kind: object, document: str, strict: bool) -> None:
    with pytest.raises(ValidationError) as failed:
        TypeAdapter(kind).validate_json(document, strict=strict)
    messages = [message_zh_of(error) for error in failed.value.errors()]
    assert not [message for message in messages if message == DEFAULT_ZH or "{" in message]


def test_limits_are_part_of_the_message() -> None:
    with pytest.raises(ValidationError) as failed:
        TypeAdapter(Annotated[str, Field(max_length=2)]).validate_json('"abc"')
    assert message_zh_of(failed.value.errors()[0]) == "最多 2 个字"
