"""What is generated is current; what the documents say of the tests is true."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from docs.generate import documents

ROOT = Path(__file__).parents[2]
INSTALLED = {".venv", ".local", ".build", "node_modules"}
MARKDOWN = sorted(path for path in ROOT.glob("**/*.md") if not INSTALLED & set(path.relative_to(ROOT).parts))


def test_generated_documents_are_current() -> None:
    stale = [path.name for path, text in documents().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run: .venv/bin/python -m docs.generate"


@dataclass(frozen=True)
class Requirement:
    """A row of docs/requirements.md. missing: what follows `Missing:` in its limits."""

    id: str
    sentences: list[str]
    limits: str
    missing: str
    state: str


def requirements() -> dict[str, Requirement]:
    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    found = {}
    for row in re.findall(r"^\| [ARCHM]\d+ \|.*$", text, re.MULTILINE):
        row_id, does, limits, state = (cell.strip() for cell in row.strip("|").split("|"))
        limits, _, missing = limits.partition("Missing:")
        found[row_id] = Requirement(row_id, re.split(r"(?<=\.)\s+(?=[A-Z0-9`精])", does), limits, missing.strip(), state)
    return found


REQUIREMENTS = requirements()


@cache
def requirements_tested() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for row in re.findall(r"^test_([archm]\d+)_", node.name):
                    found.setdefault(row.upper(), []).append(f"{path.name}::{node.name}")
    return found


def test_every_requirement_has_a_test_and_every_requirement_test_has_its_requirement() -> None:
    assert REQUIREMENTS.keys() == requirements_tested().keys()


@pytest.mark.parametrize("row", REQUIREMENTS.values(), ids=REQUIREMENTS.keys())
def test_a_requirement_is_built_if_nothing_of_it_is_missing(row: Requirement) -> None:
    assert row.state == ("part" if row.missing else "built")
    hidden = re.search(
        r"\byet\b|\bnot built\b|\bcomes? with [ARCHM]\d|\blater version|\bTODO\b", " ".join([*row.sentences, row.limits])
    )
    assert not hidden, f"{hidden[0]}: what is missing follows `Missing:`"


@pytest.mark.parametrize("row", REQUIREMENTS.values(), ids=REQUIREMENTS.keys())
def test_a_built_requirement_has_a_test_for_each_sentence(row: Requirement) -> None:
    tests = {name.partition("::")[2] for name in requirements_tested()[row.id]}
    assert row.state == "part" or len(tests) >= len(row.sentences)


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_requirement_named_in_a_document_is_on_the_page_of_requirements(path: Path) -> None:
    """Beside those that only a `Missing:` or a limit names, which are not built at all."""
    named = set(re.findall(r"\b[ARCHM][1-9]\d?\b", path.read_text(encoding="utf-8")))
    absent = set(re.findall(r"[ARCHM]\d+", " ".join(row.limits + row.missing for row in REQUIREMENTS.values())))
    assert named <= REQUIREMENTS.keys() | absent


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def python_files() -> list[Path]:
    folders = ("services", "simulation", "infra", "demo", "bench", "tests", "docs", "clients")
    generated = ROOT / "clients" / "python" / "coterie_client" / "models.py"
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py") if path != generated]


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
