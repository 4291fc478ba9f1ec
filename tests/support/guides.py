"""The snippets of a Markdown page, and how they are run."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.contracts.vocabulary import ROOT

GUIDES = ROOT / "docs" / "guides"
LANGUAGES = ("python", "bash", "ts")


def snippets(page: Path, language: str) -> str:
    """Return the snippets of a page in one language, one after the other; empty if it has none."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))


def run_python(page: Path, names: dict[str, Any]) -> dict[str, Any]:
    """Run the Python snippets of a page, which share their names. Return the names afterwards."""
    exec(compile(snippets(page, "python"), str(page), "exec"), names)
    return names


def run_bash(page: Path, environment: Mapping[str, str]) -> str:
    """Run the shell snippets of a page, and return what they print."""
    return _run(["bash", "-eu", "-c", snippets(page, "bash")], environment)


def run_typescript(page: Path, environment: Mapping[str, str], folder: Path) -> str:
    """Run the TypeScript snippets of a page with Node, and return what they print."""
    source = folder / "snippet.mts"
    source.write_text(snippets(page, "ts"), encoding="utf-8")
    return _run([str(Path(sys.executable).with_name("node")), "--no-warnings", str(source)], environment)


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    env = {"PATH": "/usr/bin:/bin", **environment}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
