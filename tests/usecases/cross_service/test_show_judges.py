"""The invariant of shows in the search: it finds no flaw in what the services do, and each planted one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.circles.repository.notes import note_key
from services.circles.repository.receipts import receipt_key
from simulation.registry import REGISTRY
from simulation.soak.invariants import shows_have_the_badge_while_the_purchase_is_kept
from simulation.soak.judging.state import Judged
from tests.support.shown_purchases import HAO, ShowMarket


def flaws(market: ShowMarket) -> list[str]:
    tables = {service: market.simulation.memory(service) for service in REGISTRY}
    soak: Any = SimpleNamespace(driver=SimpleNamespace(tables=tables))
    return list(shows_have_the_badge_while_the_purchase_is_kept(Judged(soak, "")))


def test_m14_the_judge_agrees_with_a_purchase_from_its_receipt_to_its_return() -> None:
    market = ShowMarket()
    order = market.receive(market.buy())
    assert flaws(market) == [f"{order.id} was received and has no receipt"]
    market.publish()
    market.show(order)
    market.show(order, market.second)
    assert flaws(market) == []
    market.return_units(order, market.second)
    market.publish()
    assert flaws(market) == []
    market.refund(order, order.total.amount)
    market.publish()
    assert flaws(market) == []


@pytest.mark.parametrize("planted", ["a badge that stays", "a badge that is missing", "a receipt that stays"])
def test_m14_the_judge_finds_planted_defects(planted: str) -> None:
    market = ShowMarket()
    order = market.received(market.listing)
    note = market.show(order)
    table, key = market.simulation.circles_table, note_key(market.circle_id, note.id)
    before = table.get(key, consistent_read=True)
    receipt = table.get(receipt_key(market.circle_id, HAO.user_id, order.id), consistent_read=True)
    assert before
    assert receipt
    if planted == "a badge that is missing":
        table.put({name: value for name, value in before.items() if name != "show"}, when=None)
    else:
        market.refund(order, order.total.amount)
        market.publish()
        table.put(before if planted == "a badge that stays" else receipt, when=None)
    assert flaws(market)
