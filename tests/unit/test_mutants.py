"""The mutation run: the sample of a seed, the tests that could notice a mutant, and that only copies change."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mutants import selected, server, survivors
from tests.mutants.sample import AREAS, Mutant, sample
from tests.mutants.trace import Trace
from tests.mutants.trees import Outcome, Tree

ROOT = Path(__file__).parents[2]
SOURCE = """LIMIT = 5


def is_full(count: int) -> bool:
    return count >= LIMIT
"""
FILES = (
    "chat/domain/permissions.py",
    "commerce/domain/money.py",
    "review/domain/case.py",
    "chat/domain/room.py",
    "chat/repository/rooms.py",
    "shared/security/keys.py",
    "shared/kernel/text.py",
)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A source with one file per area and one test of it, which accepts any limit."""
    root = tmp_path / "root"
    for name in FILES:
        (root / "services" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "services" / name).write_text(SOURCE)
    (root / "tests" / "mutants").mkdir(parents=True)
    for module in (selected, server):
        shutil.copy(str(module.__file__), root / "tests" / "mutants")
    test = (
        "from services.chat.domain.room import LIMIT, is_full\ndef test_full(): assert is_full(LIMIT)\ndef test_other(): pass\n"
    )
    (root / "tests" / "test_room.py").write_text(test)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return Tree(root, tmp_path / "copy")


def test_a_sample_has_every_area_and_repeats_for_its_seed(tree: Tree) -> None:
    mutants = sample(tree.root, 14, seed=1)
    assert {mutant.area: mutant.path for mutant in mutants} == dict(
        zip(AREAS, (f"services/{name}" for name in FILES), strict=True)
    )
    assert len({(mutant.path, mutant.line) for mutant in mutants}) == 14
    assert sample(tree.root, 14, seed=1) == mutants != sample(tree.root, 14, seed=2)
    for mutant in mutants:
        (removed,), (added,) = mutant.removed, mutant.added
        assert mutant.code != SOURCE == mutant.code.replace(added, removed)


def test_a_mutant_is_tried_by_the_tests_that_could_notice_it() -> None:
    room = {5: frozenset({"a.py::one", "b.py::slow"}), 4: frozenset({"c.py::signature"})}
    others = {"services/chat/app.py": {9: frozenset({"d.py::app"})}, "services/review/app.py": {9: frozenset({"e.py::slow"})}}
    trace = Trace(
        {"services/chat/domain/room.py": room, **others},
        {"b.py::slow": 9, "e.py::slow": 9, "f.py::declared": 1},
        frozenset({"f.py::declared"}),
    )
    select = trace.select
    assert select("services/chat/domain/room.py", 5, SOURCE) == ["a.py::one", "b.py::slow"]
    at_import = ["a.py::one", "c.py::signature", "f.py::declared", "b.py::slow", "d.py::app"]
    assert select("services/chat/domain/room.py", 1, SOURCE) == at_import
    assert select("services/shared/kernel/text.py", 1, SOURCE) == [
        "f.py::declared",
        "a.py::one",
        "c.py::signature",
        "d.py::app",
    ]
    assert select("services/shared/kernel/text.py", 5, SOURCE) == []


def test_a_mutant_is_written_only_to_the_copy(tree: Tree) -> None:
    first = tree.copy()
    room, tests = "services/chat/domain/room.py", ["tests/test_room.py::test_full", "tests/test_room.py::test_absent"]
    killed = Mutant("domain", room, 5, SOURCE.replace(">=", "<"), (), ())
    survived = Mutant("domain", room, 1, SOURCE.replace("5", "6"), (), ())
    assert tree.try_mutant(killed, tests) is Outcome.KILLED
    assert tree.try_mutant(survived, tests) is Outcome.SURVIVED
    assert tree.try_mutant(survived, []) is Outcome.UNCOVERED
    tree.close()
    assert (tree.path / room).read_text() == (tree.root / room).read_text() == SOURCE
    assert tree.copy() == first
    (tree.root / room).write_text(killed.code)
    assert tree.copy() != first


def test_an_accepted_survivor_has_a_reason_and_is_still_in_the_source() -> None:
    for entry in survivors.entries():
        assert len(entry["reason"]) > 20
        source = [line.strip() for line in (ROOT / entry["path"]).read_text(encoding="utf-8").splitlines()]
        assert set(entry["before"].strip().splitlines()) <= set(source), f"{entry['path']} has no line {entry['before']}"
