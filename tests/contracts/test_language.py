"""Names and prose use the field's terms: none of the retired words comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.vocabulary import RETIRED, ROOT, retired_identifiers, retired_in, retired_prose, tracked, words_of

SELF = {ROOT / "tests/contracts/vocabulary.py", ROOT / "tests/contracts/test_language.py"}
PACKAGES = ("services", "simulation", "infra", "demo", "bench", "docs", "tests", "clients")


def python_of(package: str) -> list[Path]:
    return [path for path in tracked(f"{package}/*.py") if path not in SELF]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_identifier_has_a_retired_word(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {name} ({word})"
        for path in python_of(package)
        for line, name, word in retired_identifiers(path.read_text(encoding="utf-8"), shapes=package == "services")
    ]
    assert found == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_docstring_and_no_comment_has_a_retired_word(package: str) -> None:
    assert [
        f"{path.relative_to(ROOT)}:{line} {word}" for path in python_of(package) for line, word in retired_prose(path)
    ] == []


def test_no_markdown_has_a_retired_word() -> None:
    assert [f"{path.relative_to(ROOT)}:{line} {word}" for path in tracked("*.md") for line, word in retired_prose(path)] == []


def test_a_retired_word_is_found_in_every_style_of_name() -> None:
    for name in ("told", "was_told", "TOLD_ONCE", "WasTold", "_told"):
        assert retired_in(name) == ["told"], name
    assert retired_in("let_in_once") == ["let in"]
    assert retired_in("LastOwner") == ["last owner"]
    assert words_of("HTTPServer") == ["http", "server"]
    assert "gone" in RETIRED


def test_a_retired_shape_is_found_in_a_definition() -> None:
    source = "def read_note(): ...\ndef note_to(): ...\nclass PasscodeOver: ...\ndef mark_read(): ...\n"
    assert [(name, shape) for _, name, shape in retired_identifiers(source, shapes=True)] == [
        ("read_note", "read_x"),
        ("note_to", "x_to, x_from"),
        ("PasscodeOver", "XOver, XRefused"),
    ]
