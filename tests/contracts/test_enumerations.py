"""The values of enumerations, which are stored in items, published in events and shown by the API."""

from __future__ import annotations

import importlib
import pkgutil
from enum import Enum, StrEnum

import pytest

import services
from services.shared.pictures.upload import PictureType

MODULES = [importlib.import_module(module.name) for module in pkgutil.walk_packages(services.__path__, "services.")]
ENUMERATIONS = [
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Enum) and value.__module__ == module.__name__
]


@pytest.mark.parametrize(
    "enumeration", ENUMERATIONS, ids=lambda enumeration: f"{enumeration.__module__}.{enumeration.__name__}"
)
def test_the_value_of_an_enumeration_is_its_name_or_its_place(enumeration: type[Enum]) -> None:
    """A renamed value is no longer found in items that were stored under the old one."""
    if enumeration is PictureType:
        assert {member.value for member in enumeration} == {f"image/{member.name.lower()}" for member in enumeration}
    elif issubclass(enumeration, StrEnum):
        assert {member.value for member in enumeration} == {member.name.lower() for member in enumeration}
    else:
        assert [member.value for member in enumeration] == list(range(len(enumeration)))


def test_every_enumeration_was_found() -> None:
    assert len(ENUMERATIONS) > 30
