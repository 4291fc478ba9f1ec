"""M17: what the provider answers to a payout, late, repeated, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import AccountState, ProviderDenied, ProviderFailed
from services.commerce.domain.money import Money
from services.commerce.domain.payout import Payout, PayoutState
from services.commerce.repository.ledger import list_entries
from services.shared.messaging.events import DifferenceReported
from simulation.setup.commerce import MEI
from simulation.setup.payouts import ACCOUNT, PaidShop
from simulation.streams import all_changes, published_events

S = PayoutState


def sent() -> tuple[PaidShop, Payout]:
    """Return a shop with a payout whose request the provider has accepted."""
    shop = PaidShop()
    payout = shop.request(9_000)
    shop.run_schedule()
    return shop, payout


def result(shop: PaidShop, payout: Payout, kind: str, amount: int = 9_000) -> None:
    event = commerce.PayoutEvent(f"payout.{kind}", payout.reference, Money(amount, "CNY"))
    commerce.handle_provider_event(shop.ports, event)


def reported(shop: PaidShop) -> list[str]:
    events = published_events("commerce", all_changes(shop.simulation, "commerce"))
    return [event.data.evidence["flaw"] for event in events if isinstance(event, DifferenceReported)]


def test_m17_a_failed_payout_returns_the_amount_once() -> None:
    shop = PaidShop()
    payout = shop.request(9_000)
    shop.simulation.payments.accounts[ACCOUNT] = shop.simulation.payments.get_account(ACCOUNT).__class__(
        ACCOUNT, AccountState.RESTRICTED
    )
    shop.run_schedule()
    shop.deliver()
    after = shop.current(payout)
    assert (after.state, after.reason, shop.payable()) == (S.FAILED, "failed", 9_200)
    reasons = [str(entry.reason) for entry in list_entries(shop.simulation.commerce_table, payout.id)]
    assert sorted(reasons) == ["payout", "payout_returned"]
    assert reported(shop) == []


@pytest.mark.parametrize("first", ["succeeded", "failed"])
def test_m17_the_first_result_counts_and_another_one_is_a_case(first: str) -> None:
    shop, payout = sent()
    other = "failed" if first == "succeeded" else "succeeded"
    for kind in (first, first, other, other, first):
        result(shop, payout, kind)
    assert shop.current(payout).state == first
    assert shop.payable() == (200 if first == "succeeded" else 9_200)
    assert reported(shop) == ["contradicted"]


def test_m17_a_result_of_another_amount_changes_nothing_and_is_a_case() -> None:
    shop, payout = sent()
    for kind in ("succeeded", "failed"):
        result(shop, payout, kind, 8_999)
    assert (shop.current(payout).state, shop.payable(), reported(shop)) == (S.SENDING, 200, ["contradicted"])
    result(shop, payout, "succeeded")
    assert shop.current(payout).state is S.SUCCEEDED


def test_m17_a_result_of_an_unknown_payout_changes_nothing() -> None:
    shop, payout = sent()
    unknown = payout.reference[:-1] + ("1" if payout.reference.endswith("0") else "0")
    event = commerce.PayoutEvent("payout.failed", unknown, Money(9_000, "CNY"))
    commerce.handle_provider_event(shop.ports, event)
    assert shop.current(payout).state is S.SENDING


class Unreliable:
    """A provider whose payouts fail until `works` is set."""

    def __init__(self, shop: PaidShop, monkeypatch: pytest.MonkeyPatch, error: Any = ProviderFailed) -> None:
        self.works, pay_out = False, shop.simulation.payments.pay_out
        self.references: list[str] = []

        def attempt(account_id: str, amount: Money, reference: str) -> None:
            self.references.append(reference)
            if self.works:
                pay_out(account_id, amount, reference)
            else:
                raise error("503")

        monkeypatch.setattr(shop.simulation.payments, "pay_out", attempt)


def test_m17_a_request_that_fails_is_repeated_every_hour_with_one_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = PaidShop()
    provider = Unreliable(shop, monkeypatch)
    payout = shop.request(9_000)
    for hour in range(4):
        shop.run_schedule()
        assert len(provider.references) == hour + 1
        shop.simulation.clock.advance(hours=1)
    provider.works = True
    shop.run_schedule()
    shop.deliver()
    assert set(provider.references) == {f"{MEI.user_id}/{payout.id}"}
    assert shop.current(payout).state is S.SUCCEEDED
    shop.simulation.clock.advance(days=5)
    shop.run_schedule()
    assert (len(provider.references), reported(shop)) == (5, [])


def test_m17_a_payout_without_a_result_for_3_days_is_one_case_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = PaidShop()
    provider = Unreliable(shop, monkeypatch)
    payout = shop.request(9_000)
    for hour in range(80):
        shop.run_schedule()
        assert len(reported(shop)) == (hour >= 72)
        shop.simulation.clock.advance(hours=1)
    assert reported(shop) == ["unconfirmed"]
    provider.works = True
    shop.run_schedule()
    shop.deliver()
    assert shop.current(payout).state is S.SUCCEEDED


def test_m17_a_request_that_the_provider_denies_returns_the_amount(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = PaidShop()
    provider = Unreliable(shop, monkeypatch, ProviderDenied)
    payout = shop.request(9_000)
    shop.run_schedule()
    after = shop.current(payout)
    assert (after.state, after.reason, shop.payable(), len(provider.references)) == (S.FAILED, "denied", 9_200, 1)


def test_m17_a_claw_back_that_comes_with_a_payout_leaves_a_debt_and_no_money_twice() -> None:
    """The balance that a payout tests has not counted the refund yet."""
    shop = PaidShop()
    shop.refund(shop.sold)
    payout = shop.request(9_200)
    shop.update_balances()
    assert (shop.payable(), payout.state) == (-9_200, S.REQUESTED)
    result(shop, payout, "failed")
    assert shop.payable() == -9_200, "it was not sent: the result of the provider is a case"
    assert reported(shop) == ["contradicted"]
    commerce.cancel_payout(shop.ports, MEI, payout.id)
    assert shop.payable() == 0
