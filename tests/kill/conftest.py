"""Neither logs nor waits in the crash tests: 100,000 runs would write millions of lines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.commerce.settings import settings
from services.shared.kernel.observability import logger
from simulation.settings import overridden


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    logger().setLevel("CRITICAL")
    for module in ("services.chat.usecases.projections", "services.circles.usecases.stream"):
        monkeypatch.setattr(f"{module}.record_metric", lambda *metric: None)
    monkeypatch.setattr("services.shared.table.versioned.random.uniform", lambda low, high: 0)


@pytest.fixture(autouse=True)
def few_stock_items() -> Iterator[None]:
    """Let a crash before and after the write of each stock item be few."""
    with overridden(settings, stock_shards=3):
        yield
