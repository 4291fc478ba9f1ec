"""The tools, installed once."""

from __future__ import annotations

import pytest

from tests.documents.tools import Tools


@pytest.fixture(scope="session")
def tools() -> Tools:
    return Tools.installed()
