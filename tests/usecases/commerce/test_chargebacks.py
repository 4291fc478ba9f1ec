"""Chargebacks: the buyer's bank takes a payment back, in any order with captures, refunds and its own decision."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import Order, OrderState
from services.commerce.domain.ledger import EntryReason
from services.commerce.errors import PaymentChargedBack
from services.commerce.repository.ledger import list_entries
from services.shared.kernel.errors import Invalid
from services.shared.messaging.events import ChargebackChanged, PaymentReported
from services.shared.security.account_status import SanctionLevel
from simulation.setup.commerce import HAO, MEI, Shop
from tests.usecases.commerce.test_refunds import OWNER, PENDING, SELLER, STEPS, end_return_window, open_balances, sell

S = OrderState
TOTAL = 10_000


def charge_back(shop: Shop, order: Order, state: str = "opened", amount: int = TOTAL, number: int = 1, **more: Any) -> Order:
    changed = shop.receive(order, f"chargeback.{state}", amount, chargeback_id=f"cb_{number}", **more)
    assert changed is not None
    return changed


def sold(until: OrderState) -> tuple[Shop, Order]:
    return sell(until)


@pytest.mark.parametrize("state", [state for state, _ in STEPS])
def test_m9_an_open_chargeback_takes_all_shares_and_leaves_the_state(state: OrderState) -> None:
    shop, order = sold(state)
    for _ in range(2):
        after = charge_back(shop, order)
    assert (after.state, after.charged_back, after.refunded, after.net.amount) == (state, TOTAL, 0, 0)
    assert open_balances(shop) == {}
    assert shop.current_listing().stock == 0, "the units stay reserved until it is decided"


@pytest.mark.parametrize("state", [state for state, _ in STEPS])
@pytest.mark.parametrize("amount", [TOTAL, 3_333, 1])
def test_m9_a_chargeback_that_is_won_gives_back_what_it_took(state: OrderState, amount: int) -> None:
    shop, order = sold(state)
    before = open_balances(shop)
    charge_back(shop, order, amount=amount)
    assert open_balances(shop) != before
    for _ in range(2):
        after = charge_back(shop, order, "won", amount)
    assert (after.state, after.charged_back, after.net.amount) == (state, 0, TOTAL)
    assert open_balances(shop) == before


@pytest.mark.parametrize("state", [state for state, _ in STEPS])
def test_m9_a_chargeback_that_is_lost_is_a_refund(state: OrderState) -> None:
    shop, order = sold(state)
    charge_back(shop, order)
    for _ in range(2):
        after = charge_back(shop, order, "lost")
    assert (after.state, after.charged_back, after.refunded, after.unpaid) == (S.REFUNDED, 0, TOTAL, frozenset())
    assert open_balances(shop) == {}
    assert shop.current_listing().stock == (1 if state is S.PAID else 0), "units that were shipped are not in stock"
    shop.simulation.clock.advance(days=30)
    assert commerce.handle_schedule(shop.ports) == 0


def test_m16_a_chargeback_of_40_percent_claws_back_40_percent_whenever_it_comes() -> None:
    results = []
    for state, _ in STEPS:
        shop, order = sold(state)
        charge_back(shop, order, amount=4_000)
        charge_back(shop, order, "lost", 4_000)
        for later, step in STEPS[[name for name, _ in STEPS].index(state) + 1 :]:
            assert step(shop, order) is None or shop.current_order(order).state is later
        results.append(open_balances(shop))
    assert results == [{"cash": 6_000, SELLER: -5_520, "platform": -300, OWNER: -180}] * 4


def test_m16_a_chargeback_that_is_won_after_the_release_pays_the_commission_to_the_owner() -> None:
    shop, order = sold(S.SHIPPED)
    charge_back(shop, order)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    charge_back(shop, order, "won")
    assert open_balances(shop) == {"cash": TOTAL, SELLER: -9_200, "platform": -500, PENDING: -300}
    end_return_window(shop)
    assert open_balances(shop) == {"cash": TOTAL, SELLER: -9_200, "platform": -500, OWNER: -300}


def test_m9_the_entries_name_the_chargeback() -> None:
    shop, order = sold(S.PAID)
    charge_back(shop, order, amount=2_500)
    charge_back(shop, order, "won", 2_500)
    entries = {entry.id: {line.ledger_account: line.amount for line in entry.lines} for entry in entries_of(shop, order)}
    escrow = f"escrow:{order.id}"
    assert entries["chargeback:cb_1"] == {escrow: 2_500, "cash": -2_500}
    assert entries["chargeback_reversal:cb_1"] == {escrow: -2_500, "cash": 2_500}


def entries_of(shop: Shop, order: Order) -> list[Any]:
    return list_entries(shop.simulation.commerce_table, order.id)


@pytest.mark.parametrize("first", ["won", "lost"])
def test_m9_a_decision_is_not_replaced_by_another_one(first: str) -> None:
    shop, order = sold(S.PAID)
    charge_back(shop, order)
    decided = charge_back(shop, order, first)
    entries = len(entries_of(shop, order))
    for state in ("opened", "won", "lost"):
        assert charge_back(shop, order, state) == decided
    assert len(entries_of(shop, order)) == entries


def test_m9_an_event_without_the_id_of_its_chargeback_is_an_error() -> None:
    shop, order = sold(S.PAID)
    with pytest.raises(Invalid):
        shop.receive(order, "chargeback.opened")


def test_m9_a_paid_order_is_not_shipped_while_a_chargeback_is_open() -> None:
    shop, order = sold(S.PAID)
    charge_back(shop, order, amount=1)
    with pytest.raises(PaymentChargedBack):
        commerce.ship_order(shop.ports, MEI, order.id)
    charge_back(shop, order, "won", 1)
    assert commerce.ship_order(shop.ports, MEI, order.id).state is S.SHIPPED
    charge_back(shop, order, amount=1, number=2)
    assert commerce.ship_order(shop.ports, MEI, order.id).state is S.SHIPPED, "a repeat"


def test_m9_a_refund_and_a_chargeback_of_one_payment_never_take_more_than_it_has() -> None:
    """What the provider reports beyond the capture is a negative balance, of which reviewers get a case."""
    shop, order = sold(S.PAID)
    charge_back(shop, order, amount=6_000)
    after = shop.refund(order, 6_000)
    assert (after.refunded, after.charged_back, after.net.amount, after.state) == (4_000, 6_000, 0, S.PAID)
    assert open_balances(shop) == {"cash": -2_000, f"unapplied:{after.payment_id}": 2_000}
    after = charge_back(shop, order, "won", 6_000)
    assert (after.refunded, after.charged_back, after.net.amount) == (6_000, 0, 4_000)
    assert open_balances(shop) == {"cash": 4_000, f"escrow:{order.id}": -4_000}


def test_m9_a_chargeback_of_a_second_payment_does_not_touch_the_order() -> None:
    shop, order = sold(S.PAID)
    shop.receive(order, payment_id="pay_second", captured_at=shop.simulation.clock())
    after = charge_back(shop, order, payment_id="pay_second")
    assert (after.charged_back, after.net.amount) == (0, TOTAL)
    assert commerce.handle_schedule(shop.ports) == 0, "the bank has returned it, so no refund is requested"
    charge_back(shop, order, "won", payment_id="pay_second")
    shop.simulation.payments.capture("pay_second", order.total)
    commerce.handle_schedule(shop.ports)
    assert shop.simulation.payments.get_refunded("pay_second", "CNY") == TOTAL


def test_m9_reviewers_get_a_case_and_the_parties_an_event() -> None:
    shop, order = sold(S.SHIPPED)
    seen: list[tuple[str, str]] = []
    for state in ("opened", "opened", "won"):
        charge_back(shop, order, state)
    for _, new in shop.simulation.memory("commerce").stream:
        if new and new["sk"].startswith("CHARGEBACK#"):
            seen.append((new["state"], ",".join(part.partition(":")[0] for part in new["outbox"].split())))
    names = (ChargebackChanged.name(), PaymentReported.name())
    assert [state for state, _ in seen] == ["open", "won"]
    assert all(name in seen[0][1] for name in names)
    assert names[0] in seen[1][1]
    assert names[1] not in seen[1][1], "one case"


def test_m9_a_suspended_seller_gets_a_won_chargeback_when_the_sanction_ends() -> None:
    shop, order = sold(S.SHIPPED)
    shop.set_account_status(MEI, SanctionLevel.SUSPENDED)
    charge_back(shop, order)
    commerce.confirm_receipt(shop.ports, HAO, order.id)
    charge_back(shop, order, "won")
    pending = f"seller-pending:{MEI.user_id}"
    assert open_balances(shop) == {"cash": TOTAL, pending: -9_200, "platform": -500, PENDING: -300}
    shop.set_account_status(MEI, SanctionLevel.NONE)
    shop.simulation.clock.advance(days=8)
    commerce.handle_schedule(shop.ports)
    assert open_balances(shop) == {"cash": TOTAL, SELLER: -9_200, "platform": -500, OWNER: -300}


def test_m9_the_ledger_has_the_reasons_of_chargebacks_alone_for_chargebacks() -> None:
    shop, order = sold(S.PAID)
    charge_back(shop, order)
    charge_back(shop, order, "lost")
    assert [entry.reason for entry in entries_of(shop, order)] == [EntryReason.CAPTURE, EntryReason.CHARGEBACK]


def test_m28_a_failed_payment_leaves_the_order_reserved_and_can_be_paid() -> None:
    shop = Shop()
    order = shop.order()
    for _ in range(3):
        assert shop.receive(order, "payment.failed") == order
    stream = len(shop.simulation.memory("commerce").stream)
    shop.receive(order, "payment.failed")
    assert len(shop.simulation.memory("commerce").stream) == stream, "nothing is written"
    assert partial(shop.pay, order)().state is S.PAID
    assert shop.receive(order, "payment.failed") == shop.current_order(order)
