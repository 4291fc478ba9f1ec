"""Races of a suspicion: with its decision, with a release, with a refund; of two decisions, and of two searches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind, Order
from services.commerce.domain.suspicion import SuspicionState
from services.commerce.domain.trade_group import GroupState, TradeGroup
from services.commerce.repository import trades
from services.commerce.repository.balances import sum_entries
from services.commerce.repository.ledger import list_entries
from services.commerce.usecases import suspicions
from services.shared.messaging.events import TradesDecided, TradesDecidedData
from services.shared.table.jobs import Job
from services.shared.table.versioned import save
from simulation.setup.commerce import HAO, LIN, MEI, Shop
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from tests.races.conftest import Rounds
from tests.support.races import race

pytestmark = pytest.mark.cloud

AMOUNT, COMMISSION = 10_000, 300
OWNER, PENDING, SELLER = f"owner:{LIN.user_id}", f"commission-pending:{LIN.user_id}", f"seller:{MEI.user_id}"


class SuspectedShop(Shop):
    """Hao has received an order of Mei with a commission for Lin; a group has it, and it is marked or not."""

    def __init__(self, simulation: Simulation, *, is_marked: bool = True) -> None:
        super().__init__(ListingKind.MERCHANT, 1, AMOUNT, simulation)
        self.placed = self.pay(self.order())
        commerce.ship_order(self.ports, MEI, self.placed.id)
        commerce.confirm_receipt(self.ports, HAO, self.placed.id)
        users, orders = frozenset({HAO.user_id, MEI.user_id}), frozenset({self.placed.id})
        self.group = TradeGroup(self.placed.id, self.circle_id, 1, user_ids=users, order_ids=orders)
        new = trades.load_group_or(self.ports.table, self.group)
        save(self.ports, new, self.group)
        if is_marked:
            assert self.mark()

    def mark(self) -> bool:
        return suspicions.suspect_order(self.ports, self.group, HAO.user_id, self.placed.id)

    def decide(self, *, is_fake: bool) -> Callable[[], None]:
        about = TradesDecidedData(case_id="cas", circle_id=self.circle_id, group_id=self.group.id, is_fake=is_fake)
        event = TradesDecided(**envelope(self.simulation, "cas"), data=about)
        return partial(commerce.apply_trades_decided, self.ports, event)

    def apply(self) -> None:
        job = Job(suspicions.DECIDE, f"{self.circle_id}/{self.group.id}", self.ports.clock())
        list(suspicions.apply_decision(self.ports, job))

    def end_window(self) -> None:
        self.simulation.clock.advance(days=9)

    @property
    def now(self) -> Order:
        return self.current_order(self.placed)

    @property
    def state(self) -> SuspicionState | None:
        return self.now.suspicion.state if self.now.suspicion else None

    @property
    def owed(self) -> Counter[str]:
        """What the ledger owes to each account of the order, without zeros."""
        entries = list_entries(self.ports.table, self.placed.id)
        assert all(sum(line.amount for line in entry.lines) == 0 for entry in entries)
        sums = {name.partition("#")[0]: -amount for name, amount in sum_entries(entries).items() if amount}
        assert sum(sums.values()) == 0
        return Counter(sums)


def test_m21_two_opposite_decisions_at_once_are_one(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = SuspectedShop(simulation)
        race([shop.decide(is_fake=number % 2 == 0) for number in range(6)])
        race([shop.apply] * 3)
        shop.end_window()
        race([partial(commerce.handle_schedule, shop.ports)] * 2)
        group = trades.load_group(shop.ports.table, shop.circle_id, shop.group.id).entity
        is_fake = group.state is GroupState.FAKE
        assert shop.state is (SuspicionState.FAKE if is_fake else SuspicionState.GENUINE)
        assert (shop.owed[OWNER], shop.owed[PENDING]) == (0 if is_fake else COMMISSION, 0)


def test_m21_a_suspicion_against_its_decision_marks_what_is_then_decided(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = SuspectedShop(simulation, is_marked=False)
        race([shop.mark, shop.mark, shop.decide(is_fake=True)])
        shop.apply()
        assert shop.state in (None, SuspicionState.FAKE)
        assert shop.owed[PENDING] == (COMMISSION if shop.state is None else 0)


def test_m21_a_suspicion_against_the_release_holds_the_commission_or_comes_after_it(rounds: Rounds) -> None:
    for simulation in rounds:
        shop = SuspectedShop(simulation, is_marked=False)
        shop.end_window()
        race([shop.mark, partial(commerce.handle_schedule, shop.ports)])
        assert shop.state is SuspicionState.SUSPECTED
        assert shop.owed[OWNER] + shop.owed[PENDING] == COMMISSION
        assert {shop.owed[OWNER], shop.owed[PENDING]} == {0, COMMISSION}
        shop.decide(is_fake=True)()
        shop.apply()
        assert shop.owed[OWNER] == shop.owed[PENDING] == 0


@pytest.mark.parametrize("amount", [AMOUNT // 2, AMOUNT])
@pytest.mark.parametrize("is_fake", [False, True])
def test_m21_a_decision_against_a_refund_leaves_the_shares_of_what_is_left(rounds: Rounds, amount: int, is_fake: bool) -> None:
    for simulation in rounds:
        shop = SuspectedShop(simulation)
        shop.decide(is_fake=is_fake)()
        calls: list[Callable[[], Any]] = [shop.apply, partial(shop.refund, shop.placed, amount), shop.apply]
        race(calls)
        shop.apply()
        shop.end_window()
        commerce.handle_schedule(shop.ports)
        rest = AMOUNT - amount
        assert shop.owed[OWNER] == (0 if is_fake else COMMISSION * rest // AMOUNT)
        assert (shop.owed[PENDING], shop.owed["cash"]) == (0, -rest)
        assert shop.owed[SELLER] == rest - shop.owed["platform"] - shop.owed[OWNER]


def test_m21_two_searches_at_once_suspect_each_order_once(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.commerce.domain.wash_trade.MIN_ORDERS", 1)
    monkeypatch.setattr(suspicions, "MIN_ORDERS_OF_PAIR", 1)
    for simulation in rounds:
        shop = Shop(ListingKind.MERCHANT, 1, AMOUNT, simulation)
        paid = shop.pay(shop.order())
        assert paid.paid_at
        trades.put_trade(shop.ports.table, paid, paid.paid_at)
        for user in (HAO, MEI):
            shop.set_identity(user, "one-person")
        job = Job(suspicions.SEARCH, shop.circle_id, shop.ports.clock())
        race([lambda shop=shop, job=job: list(suspicions.search_trades(shop.ports, job))] * 4)  # type: ignore[misc]
        list(suspicions.search_trades(shop.ports, job))
        (group,) = trades.list_groups(shop.ports.table, shop.circle_id, shop.ports.clock())
        assert set(group.order_ids) == trades.list_suspected_ids(shop.ports.table, shop.circle_id) == {paid.id}
        assert shop.current_order(paid).suspicion
