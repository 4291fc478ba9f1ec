"""A pytest plugin that runs the tests that a file names, in its order: `-p tests.mutants.selected`, with SELECTED_TESTS=path.

A test that the mutant renames, such as a case per entry of a table, is left out: its absence is no failure. All tests run
without SELECTED_TESTS. Property tests draw the same examples in every run, and do not search for the smallest failing one.
"""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

SELECTED = "SELECTED_TESTS"
PHASES = (hypothesis.Phase.explicit, hypothesis.Phase.generate)


def pytest_configure() -> None:
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=PHASES)
    hypothesis.settings.load_profile("mutants")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if SELECTED in os.environ:
        order = {name: place for place, name in enumerate(Path(os.environ[SELECTED]).read_text(encoding="utf-8").split("\n"))}
        items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])
