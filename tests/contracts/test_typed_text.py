"""Every text field of every request has the rule of typed text, or a pattern of what a program writes."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import services.chat.app
import services.circles.app
import services.commerce.app
import services.review.app  # noqa: F401  (the apps define every request model, those of settings too)
from services.shared.http.schemas import RequestModel
from services.shared.kernel.text import Text

OPEN = {"SettingsRequest.values", "SettingsRequest.flags"}  # a base without a route: each service narrows `values`
CHECKED_BY_NAME = ".flags"  # objects of operators, validated against the flags of the service
INVISIBLE = [
    "\u3164",
    "\u2800",
    "\u200d",
    "\u200e",
    "\u200b\ufe0f",
    "\U000e0041\U000e0042",
    "\u115f",
    "\u00ad",
    "\u0301",
    " \u3000",
]
DIRECTED = ["ab\u202ecd", "ab\u2066cd"]
NEVER = ["\x1b[2Jab", "ab\x1b]0;title\x07", "ab\x00", "ab\x9b", "a" + "\u0301" * 20, "ab\ufdd0"]
SEPARATED = ["ab\u2028cd", "ab\u2029cd", "ab\u0085cd"]


def subclasses(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def leaves(place: str, annotation: Any, metadata: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    """Yield the text and untyped parts of an annotation, each with its own metadata."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        yield from leaves(place, arguments[0], (*arguments[1:], *metadata))
    elif annotation in (str, Any):
        yield place, annotation, metadata
    elif inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield from leaves_of(annotation)
    elif origin is not typing.Literal:
        for argument in arguments:
            yield from leaves(place, argument, metadata if len(arguments) == 1 or type(None) in arguments else ())


def leaves_of(model: type[BaseModel]) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
    model.model_rebuild()
    for name, field in model.model_fields.items():
        yield from leaves(f"{model.__name__}.{name}", field.annotation, tuple(field.metadata))


SHIPPED = {model for model in subclasses(RequestModel) if model.__module__.startswith("services.")}
MODELS = sorted(SHIPPED, key=lambda model: model.__name__)
LEAVES = {place: leaf for model in MODELS for place, *leaf in leaves_of(model) if place not in OPEN}
TEXTS = {place: leaf for place, leaf in LEAVES.items() if not place.endswith(CHECKED_BY_NAME)}


def test_the_models_of_all_services_are_found() -> None:
    expected = {"SendFrame.text", "NoteRequest.tags", "ListingRequest.title", "ApplicationRequest.evidence"}
    assert expected <= set(LEAVES)
    assert len(LEAVES) > 60


@pytest.mark.parametrize("place", TEXTS)
def test_a_text_field_has_the_rule_or_a_pattern(place: str) -> None:
    annotation, metadata = TEXTS[place]
    assert annotation is str, "an untyped field"
    has_pattern = any(getattr(part, "pattern", None) for part in metadata)
    assert has_pattern or any(isinstance(part, Text) for part in metadata), "use Line, Paragraph, Text or a pattern"


@pytest.mark.parametrize("place", TEXTS)
def test_no_text_field_takes_what_cannot_be_seen_or_is_a_command(place: str) -> None:
    annotation, metadata = TEXTS[place]
    field: TypeAdapter[str] = TypeAdapter(Annotated[(annotation, *metadata)])
    never = NEVER
    is_paragraph = any(isinstance(part, Text) and not part.is_line for part in metadata)
    if any(isinstance(part, Text) and part.is_pasted for part in metadata):  # no user reads it
        assert {field.validate_python(text) for text in DIRECTED} == {"abcd"}
    else:
        never = [*NEVER, *DIRECTED]
    for bad in [*INVISIBLE, *never, *([] if is_paragraph else SEPARATED)]:
        with pytest.raises(ValidationError):
            field.validate_python(bad)
    for bad in () if is_paragraph else (*NEVER[:-2], *DIRECTED, *SEPARATED):
        with pytest.raises(ValidationError):
            field.validate_python(f"https://example.org/{bad}")
    if is_paragraph:
        assert {field.validate_python(text) for text in SEPARATED} == {"ab\ncd"}
