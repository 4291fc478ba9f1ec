"""The benchmark of orders runs: it is not part of the other tests, and prices, addresses and limits change under it."""

from __future__ import annotations

import pytest

from bench import orders


def test_orders_are_placed_and_paid_over_both_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "ORDERS", 1)
    alone, serialised = ((float(per_second), float(millis)) for _, per_second, millis in orders.measure())
    assert serialised[1] > alone[1] > 0
