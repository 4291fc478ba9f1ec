"""The mutants of the source, and a sample of them.

mutmut makes the mutants: it parses a file and changes one node, such as an operator, a number, a text or an argument. Its own
runner is not used: it changes functions only, so no table of permissions, and it puts all mutants into the source at once.
"""

from __future__ import annotations

import difflib
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from libcst import CSTNode, Module
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import create_mutations

# A file belongs to the first area that names it.
AREAS = {
    "permissions": ("*/domain/permissions.py", "shared/security/actions.py", "shared/security/account_status.py"),
    "money": (
        "commerce/domain/*.py",
        "commerce/usecases/ledger.py",
        "commerce/usecases/payments.py",
        "commerce/usecases/settlement.py",
    ),
    "review": ("review/domain/*.py",),
    "domain": ("*/domain/*.py",),
    "repository": ("*/repository/*.py",),
    "security": ("shared/security/*.py",),
    "shared": ("shared/table/*.py", "shared/kernel/*.py"),
}


@dataclass(frozen=True)
class Mutant:
    """One change of one source file.

    path: the file, below the root of the tree. line: where the changed node begins. code: the whole changed file.
    removed, added: the lines that differ, without their indentation.
    """

    area: str
    path: str
    line: int
    code: str
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def diff(self) -> str:
        return "\n".join([f"    - {line}" for line in self.removed] + [f"    + {line}" for line in self.added])


@dataclass(frozen=True)
class Change:
    """A mutant whose code is not generated yet: the node and what replaces it."""

    path: str
    line: int
    module: Module
    node: CSTNode
    replacement: CSTNode

    def mutant(self, area: str) -> Mutant:
        before, changed = self.module.code, self.module.deep_replace(self.node, self.replacement)
        assert isinstance(changed, Module)
        lines = list(difflib.ndiff(before.splitlines(), changed.code.splitlines()))
        removed = tuple(line[2:].strip() for line in lines if line.startswith("- "))
        added = tuple(line[2:].strip() for line in lines if line.startswith("+ "))
        return Mutant(area, self.path, self.line, changed.code, removed, added)


def sample(root: Path, count: int, seed: int, only: str = "**/*.py") -> list[Mutant]:
    """Return mutants of every area in equal shares, each on a line of its own.

    only: a pattern that the files match, below `services`.
    Lines are drawn first: a call with ten arguments has thirty mutants, but is one line that a test must hold.
    """
    generator = random.Random(seed)
    files = files_by_area(root / "services", only)
    chosen: list[Mutant] = []
    areas = sorted(files, key=lambda area: len(files[area]))  # a small area leaves its share to the others
    for position, area in enumerate(areas):
        share = (count - len(chosen)) // (len(areas) - position)
        by_line: dict[tuple[str, int], list[Change]] = defaultdict(list)
        for path in files[area]:
            for change in changes(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")):
                by_line[change.path, change.line].append(change)
        for line in generator.sample(sorted(by_line), min(share, len(by_line))):
            chosen.append(generator.choice(by_line[line]).mutant(area))
    return chosen


def files_by_area(services: Path, only: str) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    left = set(services.glob(only))
    for area, patterns in AREAS.items():
        matching = left.intersection(path for pattern in patterns for path in services.glob(pattern))
        files[area] = sorted(matching)
        left -= matching
    return files


def changes(path: str, source: str) -> Iterable[Change]:
    """Yield every change that mutmut makes in a file."""
    module, mutations, _, _ = create_mutations(path, source)
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    for mutation in mutations:
        position = positions.get(mutation.original_node)
        if position is not None:
            yield Change(path, position.start.line, module, mutation.original_node, mutation.mutated_node)
