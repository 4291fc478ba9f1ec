"""The tools, installed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.node import Tools


@pytest.fixture(scope="session")
def tools() -> Tools:
    return Tools.installed(Path(__file__).parent)
