"""Races of payouts with each other, with a claw-back, with another account, and of approvals: no money twice, none too much."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import AccountState
from services.commerce.domain import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.money import Money
from services.commerce.domain.payout import Payout, PayoutSource, PayoutState
from services.commerce.repository.balances import count_entries, get_balances
from services.commerce.repository.ledger import append_entry, list_entries
from services.commerce.repository.payouts import get_payout, list_payouts
from services.commerce.settings import settings
from services.commerce.usecases.stream import handle_changes
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.stream import Change
from services.shared.table.items import Key
from simulation.settings import overridden
from simulation.setup.commerce import MEI, Shop
from simulation.setup.payouts import ACCOUNT, OPERATORS, OTHER_ACCOUNT
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.races.conftest import Rounds
from tests.support.races import race

pytestmark = pytest.mark.cloud

S = PayoutState
EARNED = 10_000


class Earner:
    """Mei has 100.00 yuan, and an account that is paid."""

    def __init__(self, simulation: Simulation) -> None:
        self.shop = Shop(simulation=simulation)
        self.ports, self.table = self.shop.ports, simulation.commerce_table
        self.provider = simulation.payments
        for account_id in (ACCOUNT, OTHER_ACCOUNT):
            self.provider.set_account(account_id, AccountState.VERIFIED)
        self.book(EntryReason.CAPTURE, "cash", self.seller, EARNED)
        commerce.set_payout_account(self.ports, MEI, change(0), ACCOUNT)
        simulation.clock.advance(hours=72)

    @property
    def seller(self) -> str:
        return f"seller:{MEI.user_id}"

    def book(self, reason: EntryReason, debit: str, credit: str, amount: int) -> Callable[[], Any]:
        lines = (EntryLine(debit, amount), EntryLine(credit, -amount))
        entry = LedgerEntry(new_id("ord"), reason, "CNY", lines, "subject" if reason is EntryReason.REFUND else "")
        writes = [append_entry(entry, is_counted=True), *count_entries([entry], self.ports.clock())]
        return partial(self.table.transact, writes, token=new_id("txn")) if reason is EntryReason.REFUND else self._now(writes)

    def _now(self, writes: Any) -> Callable[[], Any]:
        self.table.transact(writes, token=new_id("txn"))
        return lambda: None

    def request(self, amount: int, key: Any = None) -> Payout:
        key = key or new_key(MEI, now=self.ports.clock())
        return commerce.request_payout(self.ports, MEI, key, source=PayoutSource.SELLER, amount=Money(amount, "CNY"))

    @property
    def payouts(self) -> list[Payout]:
        return list_payouts(self.table, MEI.user_id, PageRequest(100)).items

    @property
    def balance(self) -> int:
        (balance,) = get_balances(self.table, [(self.seller, "CNY")], consistent_read=True)
        return -balance

    def count_returns(self) -> None:
        """Count the entries that returned amounts, as the stream does."""
        for payout in self.payouts:
            for entry in list_entries(self.table, payout.id):
                if entry.reason is not EntryReason.PAYOUT:
                    item = append_entry(entry).item
                    for _ in range(2):
                        handle_changes(self.ports, [Change(f"{entry.order_id}", Key.of(item), None, item)])


def test_m17_20_payouts_of_60_percent_at_once_are_one(rounds: Rounds) -> None:
    for simulation in rounds:
        earner = Earner(simulation)
        race([partial(earner.request, 6_000) for _ in range(20)])
        assert ([payout.amount.amount for payout in earner.payouts], earner.balance) == ([6_000], 4_000)


def test_m17_a_retry_at_the_same_time_is_one_payout(rounds: Rounds) -> None:
    for simulation in rounds:
        earner = Earner(simulation)
        key = new_key(MEI, now=simulation.clock.now)
        race([partial(earner.request, 3_000, key) for _ in range(8)])
        assert (len(earner.payouts), earner.balance) == (1, 7_000)


def test_m17_a_payout_racing_a_claw_back_leaves_the_sum_of_both(rounds: Rounds) -> None:
    """Whichever is first: no payout of what a counted refund took, and never a balance that is not the sum of its entries."""
    for simulation in rounds:
        earner = Earner(simulation)
        claw_back = earner.book(EntryReason.REFUND, earner.seller, "cash", 5_000)
        race([*[partial(earner.request, 4_000) for _ in range(6)], claw_back])
        paid = sum(payout.amount.amount for payout in earner.payouts)
        assert earner.balance == EARNED - 5_000 - paid
        assert paid in (4_000, 8_000)


def test_m17_a_payout_racing_another_account_is_never_paid_to_it(rounds: Rounds) -> None:
    for simulation in rounds:
        earner = Earner(simulation)
        version = commerce.get_payout_account(earner.ports, MEI).version
        calls: list[Callable[[], Any]] = [partial(earner.request, 1_000) for _ in range(4)]
        calls.append(partial(commerce.set_payout_account, earner.ports, MEI, change(version, "other"), OTHER_ACCOUNT))
        race(random.sample(calls, len(calls)) + [partial(commerce.handle_schedule, earner.ports)] * 2)
        while commerce.handle_schedule(earner.ports):
            pass
        earner.count_returns()
        assert {account for account, _ in earner.provider.paid_out.values()} <= {ACCOUNT}
        sent = [payout for payout in earner.payouts if payout.state is S.SENDING]
        assert len(earner.provider.paid_out) == len(sent)
        assert earner.balance == EARNED - 1_000 * len(sent)
        assert all(payout.state in (S.SENDING, S.CANCELED) for payout in earner.payouts)


def test_m17_approvals_of_two_users_of_one_identity_at_once_are_one(rounds: Rounds) -> None:
    one, two, three = OPERATORS
    for simulation in rounds:
        earner = Earner(simulation)
        for operator, identity in ((one, "same"), (two, "same"), (three, "other")):
            earner.shop.set_identity(operator, identity)
        with overridden(settings, payout_approval_limit=0):
            payout = earner.request(9_000)
        race([partial(commerce.approve_payout, earner.ports, user, payout.id) for user in (one, two)] * 4)
        assert len(get_payout(earner.table, MEI.user_id, payout.id).approver_ids) == 1
        assert not earner.provider.paid_out
        race([partial(commerce.approve_payout, earner.ports, user, payout.id) for user in OPERATORS] * 3)
        approved = get_payout(earner.table, MEI.user_id, payout.id)
        assert (approved.state, approved.approver_ids[1]) == (S.REQUESTED, three.user_id)


def test_m17_schedule_cancellation_and_results_at_once_end_in_one_state(rounds: Rounds) -> None:
    for simulation in rounds:
        earner = Earner(simulation)
        payout = earner.request(9_000)
        result = commerce.PayoutEvent("payout.succeeded", payout.reference, payout.amount)
        calls: list[Callable[[], Any]] = [
            *[partial(commerce.handle_schedule, earner.ports)] * 4,
            partial(commerce.cancel_payout, earner.ports, MEI, payout.id),
        ]
        race(random.sample(calls, len(calls)))
        while commerce.handle_schedule(earner.ports):
            pass
        after = get_payout(earner.table, MEI.user_id, payout.id)
        assert (after.state is S.SENDING) == bool(earner.provider.paid_out)
        if after.state is S.SENDING:
            race([partial(commerce.handle_provider_event, earner.ports, result)] * 8)
        earner.count_returns()
        is_paid = get_payout(earner.table, MEI.user_id, payout.id).state is S.SUCCEEDED
        assert earner.balance == (1_000 if is_paid else EARNED)
        assert len(list_entries(earner.table, payout.id)) == 2
