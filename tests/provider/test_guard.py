"""Powertools' Idempotency around refunds and payouts: one call for a reference, whatever dies, and at what price."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from services.commerce.adapters.payments import GuardedPaymentProvider, ProviderDenied, ProviderFailed, once
from services.commerce.domain.money import Money
from services.commerce.repository.provider_calls import ProviderCalls
from services.shared.table.port import Table
from simulation.faults import FaultyTable, every_fault
from simulation.memory import MemoryTable
from simulation.meter import MeteredTable
from simulation.registry import projections_of
from simulation.soak.faults import Died
from tests.provider.steps import yuan


def new_table() -> MemoryTable:
    return MemoryTable(projections_of("commerce"))


@dataclass
class Provider:
    """Counts the calls that reach it. result: what each of them raises, in order; afterwards none does."""

    results: list[BaseException] = field(default_factory=list)
    calls: list[tuple[str, str, int, str]] = field(default_factory=list)
    until: threading.Event = field(default_factory=threading.Event)

    def refund(self, payment_id: str, amount: Money, reference: str) -> None:
        self._call("refund", payment_id, amount, reference)

    def pay_out(self, account_id: str, amount: Money, reference: str) -> None:
        self._call("pay_out", account_id, amount, reference)

    def _call(self, name: str, subject: str, amount: Money, reference: str) -> None:
        self.calls.append((name, subject, amount.amount, reference))
        if self.results:
            raise self.results.pop(0)


METHODS = ("refund", "pay_out")


def guard(provider: Provider, table: Table | None = None) -> Any:
    return GuardedPaymentProvider(provider, ProviderCalls(table or new_table()))  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_m28_a_repeat_of_what_succeeded_does_not_reach_the_provider(method: str) -> None:
    provider = Provider()
    at = guard(provider)
    for _ in range(3):
        getattr(at, method)("subject", yuan(100), "r1")
    getattr(at, method)("subject", yuan(100), "r2")
    assert provider.calls == [(method, "subject", 100, "r1"), (method, "subject", 100, "r2")]


def test_m28_a_refund_and_a_payout_can_have_one_reference() -> None:
    provider = Provider()
    at = guard(provider)
    at.refund("pay_1", yuan(100), "r1")
    at.pay_out("acct_1", yuan(100), "r1")
    assert len(provider.calls) == 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("other", [("another", 100), ("subject", 101)])
def test_m28_another_request_with_the_same_reference_is_denied(method: str, other: tuple[str, int]) -> None:
    provider = Provider()
    at = guard(provider)
    getattr(at, method)("subject", yuan(100), "r1")
    with pytest.raises(ProviderDenied):
        getattr(at, method)(other[0], yuan(other[1]), "r1")
    assert len(provider.calls) == 1


@pytest.mark.parametrize("method", METHODS)
def test_m28_a_request_without_a_reference_is_denied(method: str) -> None:
    provider = Provider()
    with pytest.raises(ProviderDenied):
        getattr(guard(provider), method)("subject", yuan(100), "")
    assert provider.calls == []


@pytest.mark.parametrize("failure", [ProviderFailed("lost"), ProviderDenied("denied"), RuntimeError("a bug")])
def test_m28_what_failed_is_raised_and_can_be_repeated_at_once(failure: Exception) -> None:
    provider = Provider([failure])
    at = guard(provider)
    with pytest.raises(type(failure)):
        at.refund("pay_1", yuan(100), "r1")
    at.refund("pay_1", yuan(100), "r1")
    assert len(provider.calls) == 2


def test_m28_a_request_that_died_is_repeated_once_it_can_no_longer_run(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider([Died(), Died()])
    at = guard(provider)
    with pytest.raises(Died):
        at.refund("pay_1", yuan(100), "r1")
    with pytest.raises(ProviderFailed):
        at.refund("pay_1", yuan(100), "r1")
    assert len(provider.calls) == 1, "the request that died can still run at the provider"
    monkeypatch.setattr(once, "RUNS_AT_MOST_MS", -1)
    at = guard(provider)
    with pytest.raises(Died):
        at.refund("pay_1", yuan(100), "r1")
    at.refund("pay_1", yuan(100), "r1")
    at.refund("pay_1", yuan(100), "r1")
    assert len(provider.calls) == 3


def test_m28_of_20_at_once_one_reaches_the_provider() -> None:
    at, entered = Provider(), threading.Barrier(20)
    guarded = guard(at)

    def attempt() -> None:
        entered.wait()
        with_retry(partial(guarded.refund, "pay_1", yuan(100), "r1"))

    with ThreadPoolExecutor(20) as pool:
        for done in [pool.submit(attempt) for _ in range(20)]:
            done.result()
    assert len(at.calls) == 1


def with_retry(call: Callable[[], None]) -> None:
    for _ in range(2000):
        try:
            return call()
        except ProviderFailed:
            continue
    raise AssertionError("the request never succeeded")


def test_m28_whatever_the_table_loses_the_request_reaches_the_provider_with_its_one_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The provider's own key makes the second of two calls harmless: the guard must never make it none."""
    monkeypatch.setattr(once, "RUNS_AT_MOST_MS", -1)
    seen = []

    def run(table: FaultyTable) -> None:
        provider = Provider()
        at = guard(provider, table)
        for _ in range(3):
            with_retry(partial(at.refund, "pay_1", yuan(100), "r1"))
        assert 1 <= len(provider.calls) <= 2
        assert set(provider.calls) == {("refund", "pay_1", 100, "r1")}
        seen.append(len(provider.calls))

    assert len(list(every_fault(new_table, run))) == 16, "4 faults at each of 4 calls"
    assert set(seen) == {1, 2}


def test_m28_the_guard_costs_2_write_units_a_request() -> None:
    table = MeteredTable(new_table())
    provider = Provider([])
    at = guard(provider, table)
    with table.measure() as cost:
        at.refund("pay_1", yuan(100), "r1")
    assert (cost.writes, cost.reads) == (2, 0)
    with table.measure() as repeated:
        at.refund("pay_1", yuan(100), "r1")
    assert (repeated.writes, repeated.reads) == (1, 0)
    provider.results.append(ProviderFailed("lost"))
    with table.measure() as failed, pytest.raises(ProviderFailed):
        at.refund("pay_1", yuan(100), "r2")
    assert (failed.writes, failed.reads) == (2, 0)


def test_m28_the_record_expires_and_has_no_readable_value() -> None:
    table = new_table()
    guard(Provider(), table).refund("pay_1", yuan(12_345), "pay_1.CNY.1")
    (item,) = table.all_items()
    assert item["expires_at"] > 0
    assert not any("pay_1" in str(value) or "12345" in str(value) for value in item.values())


def test_m28_a_cold_start_does_not_import_it() -> None:
    code = "import sys, services.commerce.wiring; print('aws_lambda_powertools.utilities.idempotency' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
