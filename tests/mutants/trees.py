"""Copies of the source, one per process: a mutant is written only there, so an interrupted run leaves the source as it was."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.sample import Mutant
from tests.mutants.selected import SELECTED
from tests.mutants.trace import OPTIONS

TEST_SECONDS = 120  # one test that runs longer is a mutant that does not end
_HANGING = re.compile(r"^Timeout \(", re.M)
_times = count(1)


class Outcome(StrEnum):
    """What the tests said about a mutant.

    timeout: a test did not end, which counts as killed. types: only mypy rejects it, as `make test` does; it counts as killed.
    uncovered: no test runs the line, which counts as survived.
    """

    KILLED = "killed"
    TYPES = "types"
    TIMEOUT = "timeout"
    SURVIVED = "survived"
    UNCOVERED = "uncovered"


class Tree:
    """A copy of the source at `path`, with a process that runs pytest in it."""

    def __init__(self, root: Path, path: Path) -> None:
        self.root, self.path = root, path
        self._server: subprocess.Popen[str] | None = None

    def copy(self) -> str:
        """Copy every file that git knows or would add; return the hash of the Python files."""
        shutil.rmtree(self.path, ignore_errors=True)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        content = hashlib.sha256()
        for name in sorted(filter(None, listed.split("\0"))):
            if (self.root / name).is_file():
                (self.path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.root / name, self.path / name)
                content.update(name.encode() + (self.root / name).read_bytes() if name.endswith(".py") else b"")
        return content.hexdigest()[:20]

    def try_mutant(self, mutant: Mutant, tests: Sequence[str]) -> Outcome:
        """Write the mutant, run the tests up to the first failure, then mypy if none failed, and write the source back."""
        target = self.path / mutant.path
        source, times = target.read_bytes(), target.stat()
        target.write_text(mutant.code, encoding="utf-8")
        os.utime(target, (next(_times),) * 2)  # bytecode of another mutant has the same size, but another time
        try:
            outcome = self._run_tests(tests) if tests else Outcome.UNCOVERED
            is_unnoticed = outcome in (Outcome.SURVIVED, Outcome.UNCOVERED)
            return Outcome.TYPES if is_unnoticed and not self._has_valid_types(mutant.path) else outcome
        finally:
            target.write_bytes(source)
            os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))

    def _run_tests(self, tests: Sequence[str]) -> Outcome:
        selected, output = self.path.with_suffix(".tests"), self.path.with_suffix(".log")
        selected.write_text("\n".join(tests), encoding="utf-8")
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        timeout = ["-o", f"faulthandler_timeout={TEST_SECONDS}", "-o", "faulthandler_exit_on_timeout=true"]
        arguments = [*OPTIONS, *timeout, "-x", *files]
        code = self._run({"arguments": arguments, "environment": {SELECTED: str(selected)}, "output": str(output)})
        if _HANGING.search(output.read_text(encoding="utf-8", errors="replace")):
            return Outcome.TIMEOUT
        return Outcome.SURVIVED if code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else Outcome.KILLED

    def _has_valid_types(self, path: str) -> bool:
        command = [sys.executable, "-m", "mypy", "--cache-dir", str(self.path.with_suffix(".mypy")), path]
        return subprocess.run(command, cwd=self.path, capture_output=True, check=False).returncode == 0

    def _run(self, request: dict[str, Any]) -> int:
        if self._server is None:
            command = [sys.executable, "-m", "tests.mutants.server"]
            self._server = subprocess.Popen(command, cwd=self.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def close(self) -> None:
        if self._server:
            self._server.communicate()
