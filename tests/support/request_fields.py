"""The values inside request models: their types, and what the types are annotated with."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Union

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Metadata = tuple[Any, ...]
Part = tuple[str, Any, Metadata]  # the place of a value, its type, and what the type is annotated with


def subclasses(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def parts_of(model: type[BaseModel]) -> Iterator[Part]:
    model.model_rebuild()
    for name, field in model.model_fields.items():
        yield from parts(f"{place_of(model)}.{name}", field.annotation, tuple(field.metadata))


def place_of(model: type[BaseModel]) -> str:
    return f"{model.__module__.removeprefix('services.')}.{model.__name__}"


def parts(place: str, annotation: Any, metadata: Metadata = ()) -> Iterator[Part]:
    """Yield a value and the values inside it. What is annotated on an optional value applies to the value."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        yield from parts(place, arguments[0], (*arguments[1:], *metadata))
    elif origin in (Union, types.UnionType):
        for argument in arguments:
            yield from parts(place, argument, metadata)
    elif inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield from parts_of(annotation)
    else:
        yield place, annotation, metadata
        for argument in arguments if origin in (list, dict) else ():
            yield from parts(f"{place}[]", argument)


def bound(metadata: Metadata, name: str) -> Any:
    """Return the bound of this name among annotations, such as `le`; None if there is none."""
    found = [getattr(part, name) for part in _flat(metadata) if getattr(part, name, None) is not None]
    return found[0] if found else None


def _flat(metadata: Metadata) -> Iterator[Any]:
    for part in metadata:
        if isinstance(part, FieldInfo):
            yield from _flat(tuple(part.metadata))
        else:
            yield part


def width(pattern: str) -> int:
    """Return the length of the longest text that a whole pattern matches."""
    parser: Any = vars(re)["_parser"]
    return int(parser.parse(pattern).getwidth()[1]) if pattern.startswith("^") and pattern.endswith("$") else 10**9
