"""Every value that people, programs of clients, providers or operators give has an upper bound (decision 39)."""

from __future__ import annotations

import importlib
import inspect
import re
import typing
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services import SERVICES
from services.chat.app.frames import HANDLERS
from services.shared.http.api import Api
from services.shared.http.gateway import PATH_PATTERNS
from services.shared.http.responses import PageQuery
from services.shared.http.schemas import RequestDay, RequestModel, RequestMoment
from services.shared.kernel.settings import Settings
from services.shared.kernel.text import Line, Text
from simulation.settings import SETTINGS
from tests.support.request_fields import Metadata, bound, parts_of, place_of, subclasses, width

# A base without a route, whose `values` each service narrows; and rules of flags, which a validator limits to 1,500 bytes.
OPEN = re.compile(r".*SettingsRequest\.(flags(\[\])?)|.*\.SettingsRequest\.values")
MAX_TEXT, MAX_ENTRIES, MAX_NUMBER = 5000, 100, 10**15
APIS: list[Api] = [importlib.import_module(f"services.{service}.app").api for service in SERVICES]


def has_bound(annotation: Any, metadata: Metadata) -> bool:
    """Return whether values of a type cannot grow without limit."""
    origin = typing.get_origin(annotation)
    if annotation in (bool, time, type(None)) or origin is typing.Literal:
        return True
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return True
    if annotation is str:
        return _is_short_text(metadata)
    if origin in (list, dict):
        return (bound(metadata, "max_length") or 10**9) <= MAX_ENTRIES
    if annotation in (int, date, datetime, AwareDatetime, timedelta):
        return _is_in_range(annotation, bound(metadata, "ge"), bound(metadata, "le"))
    return False


def _is_short_text(metadata: Metadata) -> bool:
    if texts := [part for part in metadata if isinstance(part, Text)]:
        return texts[0].max_code_points <= MAX_TEXT
    lengths = (bound(metadata, "max_length"), width(bound(metadata, "pattern") or ""))
    return min(length for length in lengths if length is not None) <= MAX_TEXT


def _is_in_range(annotation: Any, low: Any, high: Any) -> bool:
    if low is None or high is None:
        return False
    limits: dict[Any, tuple[Any, Any]] = {
        int: (0, MAX_NUMBER),
        timedelta: (timedelta(0), timedelta(days=3650)),
        date: (date(2000, 1, 1), date(2100, 1, 1)),
        AwareDatetime: (bound(typing.get_args(RequestMoment)[1:], "ge"), bound(typing.get_args(RequestMoment)[1:], "le")),
    }
    least, greatest = limits.get(annotation, (high, low))
    return bool(least <= low <= high <= greatest)


MODELS: list[type[BaseModel]] = [
    PageQuery,
    *(model for base in (RequestModel, Settings) for model in subclasses(base) if model.__module__.startswith("services.")),
]
PARTS = {part[0]: part for model in MODELS for part in parts_of(model) if not OPEN.fullmatch(part[0])}


def test_each_model_that_a_route_a_frame_or_a_webhook_takes_is_checked() -> None:
    taken: set[Any] = {
        model for api in APIS for route in api.declared_routes for model in (route.documented_body, route.query) if model
    }
    taken |= {model for model, *_ in HANDLERS.values()} | {settings.model for settings in SETTINGS.values()}
    unchecked = [model for model in taken if not any(place.startswith(f"{place_of(model)}.") for place in PARTS)]
    assert unchecked == []
    assert len(PARTS) > 250


@pytest.mark.parametrize("place", PARTS)
def test_each_value_has_an_upper_bound(place: str) -> None:
    _, annotation, metadata = PARTS[place]
    assert has_bound(annotation, metadata), (
        "use a type of services/shared/http/schemas.py, Text, or Field(ge=, le=, max_length=)"
    )


def test_each_id_in_a_path_is_short() -> None:
    assert {name: pattern for name, pattern in PATH_PATTERNS.items() if width(f"^{pattern}$") > 128} == {}


class Unbounded(BaseModel):
    number: int
    lower_bound_only: Annotated[int, Field(ge=0)]
    text: str
    any_length: Annotated[str, StringConstraints(pattern="^[a-z]*$")]
    part_of_a_text: Annotated[str, StringConstraints(pattern="[a-z]{3}")]
    entries: list[bool]
    long_entries: Annotated[list[str], Field(max_length=3)]
    moment: datetime
    day: date
    period: timedelta
    mapping: dict[str, int]
    untyped: Any
    decimal: float
    optional: str | None


class Bounded(BaseModel):
    number: Annotated[int, Field(ge=0, le=9)] | None
    text: Line
    code: Annotated[str, StringConstraints(pattern="^[a-z]{1,9}$")]
    entries: Annotated[list[Line], Field(max_length=3)]
    moment: RequestMoment | None
    day: RequestDay
    hour: time
    choice: typing.Literal["a", "b"]


def test_the_check_finds_each_kind_of_value_without_a_bound() -> None:
    unbounded = {place.rpartition(".")[2] for place, *rest in parts_of(Unbounded) if not has_bound(*rest)}
    assert {place.removesuffix("[]") for place in unbounded} == set(Unbounded.model_fields)
    assert [place for place, *rest in parts_of(Bounded) if not has_bound(*rest)] == []
