"""A hundred thousand runs would say a million lines, and wait for nobody."""

from __future__ import annotations

import pytest

from services.shared.observe import logger


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    logger().setLevel("CRITICAL")
    for module in ("services.chat.usecases.membership", "services.circles.usecases.folds"):
        monkeypatch.setattr(f"{module}.count", lambda *metric: None)
    monkeypatch.setattr("services.shared.stored.random.uniform", lambda low, high: 0)
