"""M21: a ring is suspected from the stream of its orders; its commission waits for a reviewer, and nothing else happens."""

from __future__ import annotations

import pytest

from services.commerce import usecases as commerce
from services.commerce.adapters.payments import AccountState
from services.commerce.domain import OrderState
from services.commerce.domain.money import Money
from services.commerce.domain.payout import PayoutSource
from services.commerce.domain.suspicion import SuspicionState
from services.commerce.repository.erasing import iter_open_orders
from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.review.errors import ConflictOfInterest
from services.shared.messaging.events import OrderSuspected, TradesDecided, TradesReported
from simulation.setup.applications import enrol_reviewer
from simulation.setup.commerce import LIN, MEI
from simulation.setup.payouts import ACCOUNT
from simulation.setup.requests import change
from tests.usecases.commerce.ring import COMMISSION, PURCHASES, RING, RingShop, caller_of

COUNT = len(RING) * PURCHASES
DAYS = 9  # after the return window


@pytest.fixture
def shop() -> RingShop:
    return RingShop()


def owed(shop: RingShop, ledger_account: str) -> int:
    return -shop.balances().get(ledger_account, 0)


def require_balanced(shop: RingShop) -> None:
    assert sum(shop.balances().values()) == 0


def test_m21_a_ring_is_suspected_once_with_one_case(shop: RingShop) -> None:
    orders = shop.buy_in_turns()
    assert not shop.groups
    events = shop.search()
    assert {shop.state_of(order) for order in orders} == {SuspicionState.SUSPECTED}
    assert [type(event) for event in events].count(OrderSuspected) == COUNT
    assert [type(event) for event in events].count(TradesReported) == 1
    (case,) = shop.open_cases
    assert case.subject["kind"] == "suspected_trades"
    assert set(case.evidence["user_ids"]) == {user.user_id for user in [*RING, MEI]}
    assert (case.evidence["orders"], case.evidence["signals"]) == (COUNT, ["coven"])
    assert shop.search() == []  # nothing new, nothing published


def test_m21_buyers_with_payers_of_their_own_are_not_suspected(shop: RingShop) -> None:
    orders = [shop.buy(buyer, f"payer of {buyer.user_id}") for _ in range(PURCHASES) for buyer in RING]
    shop.search()
    assert (shop.groups, {shop.state_of(order) for order in orders}) == ([], {None})


def test_m21_a_device_and_an_address_are_compared_too(shop: RingShop) -> None:
    for number in range(2 * len(RING)):
        buyer = RING[number % len(RING)]
        order = commerce.place_order(
            shop.ports,
            buyer,
            shop.circle_id,
            shop.new_key(buyer),
            listing_id=shop.listing.id,
            revision=shop.listing.revision,
            quantity=1,
            address_id=shop.address_of(buyer),
            device_id="one-telephone",
        )
        shop.pay(order)
        shop.flow()
    shop.search()
    (group,) = shop.groups
    assert group.signals == {"coven"}


def test_m21_hashes_leave_the_order_with_its_shipment_and_are_not_the_values(shop: RingShop) -> None:
    order = shop.buy(RING[0], "payer-0001")
    traces = shop.current_order(order).traces
    assert len(traces.payer) == len(traces.address) == 12 and not traces.device
    assert "payer-0001" not in str(shop.simulation.memory("commerce").all_items())
    commerce.ship_order(shop.ports, MEI, order.id)
    assert not any(vars_of(shop.current_order(order).traces))


def vars_of(traces: object) -> list[str]:
    return [getattr(traces, name) for name in ("payer", "device", "address")]


def test_m21_the_commission_of_a_suspected_order_is_held_and_the_seller_is_paid(shop: RingShop) -> None:
    orders = shop.buy_in_turns()
    shop.receive_orders(orders)
    shop.search()
    shop.simulation.clock.advance(days=DAYS)
    shop.schedule()
    assert owed(shop, f"owner:{LIN.user_id}") == 0
    assert owed(shop, f"commission-pending:{LIN.user_id}") == COMMISSION * COUNT
    assert owed(shop, f"seller:{MEI.user_id}") > 0
    require_balanced(shop)


@pytest.mark.parametrize("days", [0, DAYS])
def test_m21_a_genuine_group_gets_its_commission_exactly_once(shop: RingShop, days: int) -> None:
    orders = shop.buy_in_turns()
    shop.receive_orders(orders)
    shop.search()
    shop.simulation.clock.advance(days=days)
    shop.schedule()
    shop.decide(CaseOutcome.DISMISSED)
    shop.simulation.clock.advance(days=DAYS - days)
    for _ in range(3):
        shop.simulation.clock.advance(minutes=1)
        shop.schedule()
    assert owed(shop, f"owner:{LIN.user_id}") == COMMISSION * COUNT
    assert {shop.current_order(order).state for order in orders} == {OrderState.COMPLETED}
    assert {shop.state_of(order) for order in orders} == {SuspicionState.GENUINE}
    require_balanced(shop)


@pytest.mark.parametrize("received", [False, True])
@pytest.mark.parametrize("days", [0, DAYS])
def test_m21_a_fake_group_loses_its_commission_to_the_seller(shop: RingShop, received: bool, days: int) -> None:
    orders = shop.buy_in_turns()
    if received:
        shop.receive_orders(orders)
    shop.search()
    if received:
        shop.simulation.clock.advance(days=days)
        shop.schedule()
    shop.decide(CaseOutcome.UPHELD)
    if not received:
        shop.receive_orders(orders)
    shop.simulation.clock.advance(days=2 * DAYS)
    shop.schedule()
    assert owed(shop, f"owner:{LIN.user_id}") == owed(shop, f"commission-pending:{LIN.user_id}") == 0
    platform, seller = owed(shop, "platform"), owed(shop, f"seller:{MEI.user_id}")
    assert platform + seller == sum(order.total.amount for order in orders)
    assert {shop.current_order(order).state for order in orders} == {OrderState.COMPLETED}
    require_balanced(shop)


def test_m21_a_commission_that_was_released_before_stays_until_a_reviewer_decides(shop: RingShop) -> None:
    early = [shop.buy(buyer, "one payer") for buyer in RING[:4]]
    shop.receive_orders(early)
    shop.simulation.clock.advance(days=DAYS)
    shop.schedule()
    assert owed(shop, f"owner:{LIN.user_id}") == 4 * COMMISSION
    late = [shop.buy(buyer, "one payer") for buyer in RING]
    shop.search()
    assert {shop.state_of(order) for order in [*early, *late]} == {SuspicionState.SUSPECTED}
    assert owed(shop, f"owner:{LIN.user_id}") == 4 * COMMISSION
    shop.decide(CaseOutcome.UPHELD)
    assert owed(shop, f"owner:{LIN.user_id}") == 0
    require_balanced(shop)


def test_m21_a_commission_that_was_paid_out_is_owed_after_a_fake_decision(shop: RingShop) -> None:
    early = [shop.buy(buyer, "one payer") for buyer in RING[:4]]
    shop.receive_orders(early)
    shop.simulation.clock.advance(days=DAYS)
    shop.schedule()
    shop.simulation.payments.set_account(ACCOUNT, AccountState.VERIFIED)
    commerce.set_payout_account(shop.ports, LIN, change(0), ACCOUNT)
    shop.simulation.clock.advance(hours=72)
    earned = Money(4 * COMMISSION, "CNY")
    commerce.request_payout(shop.ports, LIN, shop.new_key(LIN), source=PayoutSource.OWNER, amount=earned)
    for buyer in RING:
        shop.buy(buyer, "one payer")
    shop.search()
    shop.decide(CaseOutcome.UPHELD)
    assert owed(shop, f"owner:{LIN.user_id}") == -earned.amount
    require_balanced(shop)


def test_m21_a_refund_before_the_decision_leaves_nothing_to_cancel(shop: RingShop) -> None:
    orders = shop.buy_in_turns()
    shop.receive_orders(orders)
    shop.search()
    shop.refund(orders[0])
    shop.refund(orders[1], 5_000, number=2)
    shop.decide(CaseOutcome.UPHELD)
    shop.refund(orders[1], 5_000, number=3)
    shop.refund(orders[2], number=4)
    assert {shop.current_order(order).state for order in orders[:3]} == {OrderState.REFUNDED}
    assert owed(shop, f"owner:{LIN.user_id}") == owed(shop, f"commission-pending:{LIN.user_id}") == 0
    require_balanced(shop)


def test_m21_new_orders_of_a_suspected_ring_join_its_open_case(shop: RingShop) -> None:
    shop.buy_in_turns()
    shop.search()
    more = shop.buy(RING[0], "one payer")
    shop.search()
    assert shop.state_of(more) is SuspicionState.SUSPECTED
    (case,) = shop.open_cases
    assert len(case.later) == 1
    assert len(shop.groups) == 1


def test_m21_users_whose_trades_are_genuine_are_not_reported_again_until_another_user_joins(shop: RingShop) -> None:
    shop.buy_in_turns(buyers=RING[:4])
    shop.buy_in_turns(buyers=RING[:4])
    shop.search()
    shop.decide(CaseOutcome.DISMISSED)
    again = shop.buy_in_turns(buyers=RING[:4])
    shop.search()
    assert ({shop.state_of(order) for order in again}, shop.open_cases) == ({None}, [])
    joined = shop.buy(RING[4], "one payer")
    shop.search()
    assert shop.state_of(joined) is SuspicionState.SUSPECTED
    assert len(shop.open_cases) == 1


def test_m21_a_fake_ring_that_goes_on_is_a_new_case(shop: RingShop) -> None:
    shop.buy_in_turns()
    shop.search()
    shop.decide(CaseOutcome.UPHELD)
    again = shop.buy(RING[0], "one payer")
    shop.search()
    assert shop.state_of(again) is SuspicionState.SUSPECTED
    assert len(shop.open_cases) == 1 and len(shop.groups) == 2


def test_m21_no_party_of_a_group_reads_or_decides_its_case(shop: RingShop) -> None:
    shop.buy_in_turns()
    shop.search()
    (case,) = shop.open_cases
    for name in ("ring-0", "mei", "lin"):
        by = enrol_reviewer(shop.simulation, name)
        with pytest.raises(ConflictOfInterest):
            review.get_case(shop.simulation.review, by, case.id)
        with pytest.raises(ConflictOfInterest):
            shop.decide(CaseOutcome.DISMISSED, by)


def test_m21_a_decision_is_published_once_and_a_repeat_changes_nothing(shop: RingShop) -> None:
    orders = shop.buy_in_turns()
    shop.receive_orders(orders)
    shop.search()
    shop.decide(CaseOutcome.UPHELD)
    decisions = [event for event in shop.events if isinstance(event, TradesDecided)]
    assert len(decisions) == 1 and decisions[0].data.is_fake
    before = shop.balances()
    commerce.apply_trades_decided(shop.ports, decisions[0])
    other = decisions[0].model_copy(update={"data": decisions[0].data.model_copy(update={"is_fake": False})})
    commerce.apply_trades_decided(shop.ports, other)
    shop.run()
    assert shop.balances() == before
    assert {shop.state_of(order) for order in orders} == {SuspicionState.FAKE}


def test_m21_nothing_happens_to_the_users_of_a_suspected_ring(shop: RingShop) -> None:
    orders = shop.buy_in_turns()
    shop.search()
    for order in orders:
        response = commerce.get_order(shop.ports, caller_of(order), order.id)
        assert response.state is OrderState.PAID
    shop.buy(RING[0], "another payer")  # they still buy, sell, ship and receive
    shop.receive_orders(orders)
    assert owed(shop, f"seller:{MEI.user_id}") > 0


def test_m21_a_held_commission_keeps_no_party_from_leaving(shop: RingShop) -> None:
    shop.receive_orders(shop.buy_in_turns())
    shop.search()
    for days, is_open in ((0, True), (DAYS, False)):
        shop.simulation.clock.advance(days=days)
        shop.schedule()
        for user in (RING[0], MEI):
            assert any(iter_open_orders(shop.ports.table, user.user_id, shop.simulation.clock())) is is_open


def test_m21_an_interrupted_search_goes_on_with_what_is_left(shop: RingShop) -> None:
    orders = shop.buy_in_turns()
    shop.simulation.clock.advance(hours=1)
    for _ in range(COUNT + 3):
        left = iter([True])
        commerce.handle_jobs(shop.ports, lambda left=left: next(left, False))  # type: ignore[misc]
    events = shop.flow()
    assert {shop.state_of(order) for order in orders} == {SuspicionState.SUSPECTED}
    assert [type(event) for event in events].count(TradesReported) == 1
