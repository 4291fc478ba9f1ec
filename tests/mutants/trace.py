"""Which tests run which lines, recorded once per state of the source, and the tests that could notice a mutant."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from coverage import CoverageData

READS_SOURCE = "tests/contracts/test_language.py"  # it runs none of it, and needs the repository
TESTS = ("tests/unit", "tests/usecases", "tests/contracts", "tests/cost", "tests/port", f"--ignore={READS_SOURCE}")
OPTIONS = ["-q", "-p", "tests.mutants.selected", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
OPTIONS += ["--disable-socket", "--allow-unix-socket", "-m", "not cloud"]
_DURATION = re.compile(r"^([\d.]+)s (?:setup|call|teardown) +(tests/.*)$", re.M)


class TestsFailed(Exception):
    """The tests fail without a mutant; the message is the end of their output."""


@dataclass(frozen=True)
class Trace:
    """The tests of each line.

    tests: by path and line, the ids of the tests that ran it. seconds: the duration of each test.
    declarative: the tests that run no line of the services, except in fixtures: they look at what is declared.
    """

    tests: Mapping[str, Mapping[int, frozenset[str]]]
    seconds: Mapping[str, float]
    declarative: frozenset[str]

    def select(self, path: str, line: int, source: str) -> list[str]:
        """Return the tests that could notice a change of a line, the quickest files first.

        Of a line that runs at import, such as an entry of a table, these are the tests that run a function of its file, the
        declarative ones, and the quickest others of the service.
        """
        if function := function_around(source, line):
            return self._ordered(self.tests.get(path, {}).get(line, frozenset()) or self._tests_of(path, function))
        service = path.split("/")[1]
        within = f"services/{service}/" if service != "shared" else "services/"
        likely = self._tests_of(path).union(self.declarative)
        others = likely.union(*(self._tests_of(other) for other in self.tests if other.startswith(within))) - likely
        return [*self._ordered(likely), *self._quickest(self._ordered(others))]

    def _ordered(self, tests: frozenset[str]) -> list[str]:
        by_file: dict[str, list[str]] = defaultdict(list)
        for test in sorted(tests, key=lambda test: (self.seconds.get(test, 0), test)):
            by_file[test.partition("::")[0]].append(test)
        return [test for tests in sorted(by_file.values(), key=lambda tests: (self._total(tests), tests)) for test in tests]

    def _quickest(self, tests: list[str]) -> list[str]:
        """Return the first tests that take a quarter of the time of all: a mutant that survives runs all of its tests."""
        limit = self._total(self.seconds) / 4
        return [
            test
            for test, end in zip(tests, accumulate(self.seconds.get(test, 0) for test in tests), strict=True)
            if end <= limit
        ]

    def _total(self, tests: Iterable[str]) -> float:
        return sum(self.seconds.get(test, 0) for test in tests)

    def _tests_of(self, path: str, lines: range | None = None) -> frozenset[str]:
        by_line = self.tests.get(path, {})
        return frozenset().union(*(tests for line, tests in by_line.items() if lines is None or line in lines))


def function_around(source: str, line: int) -> range | None:
    """Return the lines of the function that contains a line; None if the line runs at import."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    around = [node for node in functions if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return range(around[-1].lineno, (around[-1].end_lineno or 0) + 1) if around else None


def record(tree: Path, store: Path) -> None:
    """Run all tests in a copy of the source, and store the coverage and the duration of each. Raises: TestsFailed."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        *OPTIONS,
        "-n",
        "2",
        "--dist",
        "worksteal",
        "-vvv",
        "--durations=0",
        "--durations-min=0",
    ]
    command += ["--cov=services", "--cov-context=test", "--cov-report=", f"--cov-config={os.devnull}", *TESTS]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TestsFailed(done.stdout[-5000:] + done.stderr[-1000:])
    seconds: dict[str, float] = defaultdict(float)
    for duration, test in _DURATION.findall(done.stdout):
        seconds[test.strip()] += float(duration)
    store.mkdir(parents=True, exist_ok=True)
    (store / "seconds.json").write_text(json.dumps(seconds), encoding="utf-8")
    shutil.move(tree / ".coverage", store / "coverage")


def load(tree: Path, store: Path) -> Trace:
    """Return the trace that was recorded. A line of a fixture counts for all tests of its file: the fixture can be shared."""
    data = CoverageData(str(store / "coverage"))
    data.read()
    of_file: dict[str, set[str]] = defaultdict(set)
    for context in data.measured_contexts():
        of_file[context.partition("::")[0]].add(context.rpartition("|")[0])

    seconds = json.loads((store / "seconds.json").read_text(encoding="utf-8"))
    declarative = set(seconds)

    def tests_of(contexts: list[str]) -> frozenset[str]:
        own = {context.rpartition("|")[0] for context in contexts if context.endswith("|run")}
        declarative.difference_update(own)
        shared = {context.partition("::")[0] for context in contexts if context.endswith("|setup")}
        return frozenset(own.union(*(of_file[file] for file in shared)))

    tests = {
        Path(name).relative_to(tree).as_posix(): {
            line: tests_of(contexts) for line, contexts in data.contexts_by_lineno(name).items() if any(contexts)
        }
        for name in data.measured_files()
    }
    return Trace(tests, seconds, frozenset(declarative))
