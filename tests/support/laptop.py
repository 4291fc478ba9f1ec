"""The laptop cloud with all stacks deployed: the one that `tests.run` started, or a new one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cloud import Cloud
from infra.local import running_cloud


@pytest.fixture(scope="session")
def deployed() -> Iterator[Cloud]:
    """Yield the cloud that is saved in the folder `COTERIE_HOME`, or a new one."""
    if home := os.environ.get("COTERIE_HOME"):
        cloud = Cloud.load(Path(home))
        assert cloud is not None, f"no cloud is saved in {home}"
        yield cloud
        return
    with running_cloud() as cloud:
        yield cloud
