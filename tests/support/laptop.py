"""The laptop cloud with every stack deployed: the one that the run started, else one of the test's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cloud import Cloud
from infra.local import running_cloud


@pytest.fixture(scope="session")
def deployed() -> Iterator[Cloud]:
    """`COTERIE_HOME` names the folder in which the run saved its cloud."""
    if home := os.environ.get("COTERIE_HOME"):
        cloud = Cloud.load(Path(home))
        assert cloud is not None, f"no cloud is remembered in {home}"
        yield cloud
        return
    with running_cloud() as cloud:
        yield cloud
