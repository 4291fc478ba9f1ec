"""Every moment in a response or an event has one format: RFC 3339 in UTC with milliseconds and Z."""

from __future__ import annotations

import builtins
import importlib
import re
import typing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from services import SERVICES
from services.shared.http.problems import Problem
from services.shared.http.schemas import ResponseModel
from services.shared.kernel.moments import Moment
from services.shared.messaging.events.base import EventData

FORMAT = re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"')
MOMENTS = (
    datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    datetime(2026, 11, 23, 8, 30, 0, 258_000, tzinfo=UTC),
    datetime(2026, 11, 23, 8, 30, 0, 1, tzinfo=UTC),
    datetime(2026, 11, 23, 16, 30, tzinfo=timezone(timedelta(hours=8))),
)
Model = type[BaseModel]


def models() -> list[Model]:
    """Return the models of all responses and events."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
    return [Problem, *_subclasses(ResponseModel), *_subclasses(EventData)]


def _subclasses(model: Model) -> Iterator[Model]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _has_datetime(hint: Any, *, besides: Any = None) -> bool:
    """Return whether a type contains `datetime`, besides as part of another type."""
    return hint is datetime or (hint != besides and any(_has_datetime(part, besides=besides) for part in _parts(hint)))


def _parts(hint: Any) -> tuple[Any, ...]:
    parts = typing.get_args(hint)
    return parts[:1] if typing.get_origin(hint) is Annotated else parts


def _value(hint: Any, moment: datetime) -> Any:
    """Return a value of a field's type that contains the moment."""
    match typing.get_origin(hint):
        case builtins.dict:
            return {"name": moment}
        case builtins.list:
            return [moment]
    return moment


def _fields() -> list[tuple[Model, str, Any]]:
    """Return each field whose type contains `datetime`, with its type."""
    hints = ((model, typing.get_type_hints(model, include_extras=True)) for model in models())
    return [(model, name, of[name]) for model, of in hints for name in model.model_fields if _has_datetime(of[name])]


FIELDS = _fields()
NAMES = [f"{model.__name__}.{name}" for model, name, _ in FIELDS]


def test_moments_are_found_in_every_service_and_in_events() -> None:
    modules = {model.__module__.split(".")[1] for model, _, _ in FIELDS}
    assert modules == {*SERVICES, "shared"}
    assert len(FIELDS) >= 30


@pytest.mark.parametrize(("model", "name", "hint"), FIELDS, ids=NAMES)
def test_a_response_or_an_event_has_moments_and_no_plain_datetime(model: Model, name: str, hint: Any) -> None:
    assert not _has_datetime(hint, besides=Moment)


@pytest.mark.parametrize(("model", "name", "hint"), FIELDS, ids=NAMES)
def test_a_moment_is_written_with_milliseconds_and_z(model: Model, name: str, hint: Any) -> None:
    values: list[dict[str, Any]] = [{name: _value(hint, moment)} for moment in MOMENTS]
    written = [model.model_construct(**value).model_dump_json(include={name}) for value in values]
    assert all(FORMAT.search(text) for text in written), written
    assert written[0] == written[3]
