"""The generated part of the Python client is current, and the client is a package that depends on nothing else here."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from coterie_client import models

from tests.contracts.vocabulary import ROOT

CLIENT = ROOT / "clients" / "python"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    source = CLIENT / "generate.py"
    module = ModuleType("generate")
    module.__file__ = str(source)
    exec(compile(source.read_text(encoding="utf-8"), source, "exec"), vars(module))
    return module


def test_models_and_routes_are_current(generator: ModuleType) -> None:
    generated: dict[Path, str] = generator.generated()
    for path, text in generated.items():
        assert path.read_text(encoding="utf-8") == text, "run: .venv/bin/python clients/python/generate.py"


def test_a_response_can_have_a_new_value_and_a_new_field() -> None:
    circle = {"circle_id": "c", "name": "n", "tags": [], "seat": 1, "state": "archived", "read_only": False, "a_field": 1}
    times = {"closes_at": None, "created_at": "2026-01-01T00:00:00Z", "own_mute": None, "own_role": "gardener"}
    assert models.CircleResponse.model_validate(circle | times).own_role == "gardener"


def test_the_client_is_typed_and_names_what_it_needs() -> None:
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {line.partition(">")[0] for line in project["dependencies"]} == {"httpx", "pydantic", "websockets"}
    assert (CLIENT / "coterie_client" / "py.typed").exists()
    assert models.NoteResponse.model_fields
