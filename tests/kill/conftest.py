"""Neither logs nor waits in the crash tests: 100,000 runs would write millions of lines."""

from __future__ import annotations

import pytest

from services.shared.kernel.observability import logger


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    logger().setLevel("CRITICAL")
    for module in ("services.chat.usecases.projections", "services.circles.usecases.stream"):
        monkeypatch.setattr(f"{module}.record_metric", lambda *metric: None)
    monkeypatch.setattr("services.shared.table.versioned.random.uniform", lambda low, high: 0)
