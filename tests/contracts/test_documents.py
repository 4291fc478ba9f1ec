"""What is generated is current; what the documents say of the tests is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from docs.generate import documents

ROOT = Path(__file__).parents[2]
DOCUMENTS = documents()


@pytest.mark.parametrize("path", sorted(DOCUMENTS), ids=lambda path: path.name)
def test_generated_documents_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == DOCUMENTS[path], "run: .venv/bin/python -m docs.generate"


def requirements_documented() -> set[str]:
    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    return {row.lower() for row in re.findall(r"^\| ([RCHM]\d+) \|", text, re.MULTILINE)}


def requirements_tested() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for row in re.findall(r"^test_([rchm]\d+)_", node.name):
                    found.setdefault(row, []).append(f"{path.name}::{node.name}")
    return found


def test_every_requirement_has_a_test_and_every_requirement_test_has_its_requirement() -> None:
    assert requirements_documented() == set(requirements_tested())


@pytest.mark.parametrize("path", sorted(ROOT.glob("**/*.md")), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    if {".venv", ".local", ".build", "node_modules"} & set(path.parts):
        return
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def python_files() -> list[Path]:
    folders = ("services", "simulation", "infra", "demo", "bench", "tests", "docs")
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_no_file_over_300_lines_and_no_function_over_40() -> None:
    long = []
    for path in python_files():
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > 300:
            long.append(str(path.relative_to(ROOT)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 40:
                long.append(f"{path.relative_to(ROOT)}::{node.name}")
    assert long == []
