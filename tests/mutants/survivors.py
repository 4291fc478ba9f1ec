"""The mutants that no test can kill, each with its reason: `survivors.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.sample import Mutant

FILE = Path(__file__).with_name("survivors.toml")


@dataclass(frozen=True)
class Survivors:
    """The accepted mutants: path, removed lines and added lines. They stay the same when the lines move."""

    changes: frozenset[tuple[str, str, str]]

    def __contains__(self, mutant: Mutant) -> bool:
        return (mutant.path, "\n".join(mutant.removed), "\n".join(mutant.added)) in self.changes


def entries() -> list[dict[str, Any]]:
    """Return the entries of the file: path, before, after, reason."""
    listed: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8")).get("survivor", [])
    return listed


def accepted() -> Survivors:
    return Survivors(frozenset((entry["path"], entry["before"].strip(), entry["after"].strip()) for entry in entries()))
