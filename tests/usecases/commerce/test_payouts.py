"""A sanction blocks the share of its user, and no other share; the share is released once when the sanction has ended."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from services.commerce import usecases as commerce
from services.commerce.domain import EntryReason, ListingKind, Order, OrderState
from services.commerce.repository.ledger import list_entries
from services.commerce.settings import settings
from services.shared.security.auth import Caller
from simulation.settings import overridden
from simulation.setup.commerce import HAO, LIN, MEI, Shop

SELLER, SELLER_PENDING = f"seller:{MEI.user_id}", f"seller-pending:{MEI.user_id}"
OWNER, OWNER_PENDING = f"owner:{LIN.user_id}", f"commission-pending:{LIN.user_id}"
SHARES = {SELLER: 9_200, SELLER_PENDING: 0, OWNER: 300, OWNER_PENDING: 0, "platform": 500}  # when all is released
DAY = timedelta(days=1)


def shipped() -> tuple[Shop, Order]:
    shop = Shop(ListingKind.MERCHANT, amount=10_000)
    order = shop.order()
    shop.pay(order)
    return shop, commerce.ship_order(shop.ports, MEI, order.id)


def receive(shop: Shop, order: Order, how: str) -> None:
    """Let the buyer confirm receipt, or the schedule after 10 days."""
    if how == "by the buyer":
        commerce.confirm_receipt(shop.ports, HAO, order.id)
    else:
        run_schedule(shop, days=10)


def run_schedule(shop: Shop, **by: int) -> None:
    shop.simulation.clock.advance(**by)
    while commerce.handle_schedule(shop.ports):
        pass


def shares(shop: Shop) -> dict[str, int]:
    balances = shop.balances()
    assert sum(balances.values()) == 0
    return {name: -balances.get(name, 0) for name in SHARES}


def state(shop: Shop, order: Order) -> OrderState:
    return commerce.get_order(shop.ports, HAO, order.id).state


BLOCKED: dict[str, tuple[tuple[Caller, ...], dict[str, int]]] = {
    "the seller": ((MEI,), {SELLER: 0, SELLER_PENDING: 9_200}),
    "the owner": ((LIN,), {OWNER: 0, OWNER_PENDING: 300}),
    "both": ((MEI, LIN), {SELLER: 0, SELLER_PENDING: 9_200, OWNER: 0, OWNER_PENDING: 300}),
}


@pytest.mark.parametrize("how", ["by the buyer", "by the schedule"])
@pytest.mark.parametrize("level", ["restricted", "suspended", "banned"])
@pytest.mark.parametrize("who", BLOCKED)
def test_r14_a_sanction_blocks_the_share_of_its_user_alone_and_it_is_released_once(who: str, level: str, how: str) -> None:
    shop, order = shipped()
    users, unpaid = BLOCKED[who]
    for user in users:
        shop.set_account_status(user, level)
    receive(shop, order, how)
    for _ in range(3):
        run_schedule(shop, days=11)
        assert shares(shop) == SHARES | unpaid
        assert state(shop, order) is OrderState.RECEIVED
    for user in users:
        shop.set_account_status(user, "none")
    for _ in range(3):
        run_schedule(shop, days=1)
        assert shares(shop) == SHARES
        assert state(shop, order) is OrderState.COMPLETED
    reasons = Counter(entry.reason for entry in list_entries(shop.simulation.commerce_table, order.id))
    assert set(reasons.values()) == {1}
    assert (EntryReason.SELLER in reasons) is (MEI in users)


@pytest.mark.parametrize("level", ["none", "warned", "muted"])
def test_r14_a_level_below_restricted_blocks_no_payout(level: str) -> None:
    shop, order = shipped()
    for user in (MEI, LIN):
        shop.set_account_status(user, level)
    receive(shop, order, "by the buyer")
    run_schedule(shop, days=8)
    assert shares(shop) == SHARES


def test_r14_a_blocked_seller_is_paid_within_the_return_window_once_the_sanction_has_ended() -> None:
    shop, order = shipped()
    shop.set_account_status(MEI, "suspended", until=shop.simulation.clock.now + DAY)
    receive(shop, order, "by the buyer")
    run_schedule(shop, hours=23)
    assert shares(shop)[SELLER_PENDING] == 9_200
    run_schedule(shop, hours=1)
    assert shares(shop) == SHARES | {OWNER: 0, OWNER_PENDING: 300}
    run_schedule(shop, days=6, hours=11)
    assert shares(shop)[OWNER_PENDING] == 300, "the return window has not ended"
    run_schedule(shop, hours=1)
    assert (shares(shop), state(shop, order)) == (SHARES, OrderState.COMPLETED)


@pytest.mark.parametrize(("user", "account"), [(MEI, SELLER), (LIN, OWNER)])
def test_r14_a_sanction_with_an_end_blocks_until_then(user: Caller, account: str) -> None:
    shop, order = shipped()
    shop.set_account_status(user, "restricted", until=shop.simulation.clock.now + 30 * DAY)
    receive(shop, order, "by the buyer")
    run_schedule(shop, days=29)
    assert shares(shop)[account] == 0
    run_schedule(shop, days=2)
    assert shares(shop) == SHARES


@pytest.mark.parametrize(("user", "account"), [(MEI, SELLER), (LIN, OWNER)])
def test_r14_the_level_below_an_emergency_blocks_after_it_has_expired(user: Caller, account: str) -> None:
    shop, order = shipped()
    at = shop.simulation.clock.now
    emergency: dict[str, Any] = {"until": at + DAY, "previous_level": "restricted", "previous_until": at + 20 * DAY}
    shop.set_account_status(user, "suspended", **emergency)
    receive(shop, order, "by the buyer")
    run_schedule(shop, days=10)
    assert shares(shop)[account] == 0
    run_schedule(shop, days=11)
    assert shares(shop) == SHARES


def test_r14_a_level_below_an_emergency_that_blocks_nothing_releases_the_share() -> None:
    shop, order = shipped()
    emergency: dict[str, Any] = {"until": shop.simulation.clock.now + DAY, "previous_level": "muted"}
    shop.set_account_status(MEI, "suspended", **emergency)
    receive(shop, order, "by the buyer")
    assert shares(shop)[SELLER] == 0
    run_schedule(shop, days=2)
    assert shares(shop)[SELLER] == 9_200


def test_r14_a_sanction_between_receipt_and_the_end_of_the_return_window_blocks_the_commission() -> None:
    shop, order = shipped()
    receive(shop, order, "by the buyer")
    for user in (MEI, LIN):
        shop.set_account_status(user, "suspended")
    run_schedule(shop, days=8)
    assert shares(shop) == SHARES | {OWNER: 0, OWNER_PENDING: 300}, "the seller was paid before"


@pytest.mark.parametrize("late", ["none", "suspended"])
def test_r14_an_older_status_event_changes_nothing(late: str) -> None:
    """The newest status decides, whatever the order in which the events arrive, and how often."""
    newest = "suspended" if late == "none" else "none"
    shop, order = shipped()
    for level, version in ((newest, 10**13 + 1), (late, 10**13), (newest, 10**13 + 1)):
        shop.set_account_status(MEI, level, version=version)
    receive(shop, order, "by the buyer")
    assert (shares(shop)[SELLER] == 0) is (newest == "suspended")


@pytest.mark.parametrize("kind", ListingKind)
def test_r14_a_blocked_share_is_evaluated_once_per_postponement(kind: ListingKind) -> None:
    shop = Shop(kind, amount=10_000)
    order = shop.order()
    shop.pay(order)
    commerce.ship_order(shop.ports, MEI, order.id)
    shop.set_account_status(MEI, "suspended")
    with overridden(settings, payout_postponement=timedelta(hours=2)):
        receive(shop, order, "by the buyer")
        assert commerce.handle_schedule(shop.ports) == 0
        shop.simulation.clock.advance(hours=1, minutes=59)
        assert commerce.handle_schedule(shop.ports) == 0
        shop.simulation.clock.advance(minutes=1)
        assert commerce.handle_schedule(shop.ports) == 1
        assert commerce.handle_schedule(shop.ports) == 0


def test_r14_a_commission_that_turns_out_to_be_the_sellers_waits_for_a_blocked_seller() -> None:
    shop, order = shipped()
    receive(shop, order, "by the buyer")
    for user in (HAO, LIN):
        shop.set_identity(user, "one")
    shop.set_account_status(MEI, "suspended")
    run_schedule(shop, days=8)
    assert shares(shop)[OWNER_PENDING] == 300
    shop.set_account_status(MEI, "none")
    shop.set_account_status(LIN, "suspended")
    run_schedule(shop, days=2)
    assert shares(shop) == SHARES | {SELLER: 9_500, OWNER: 0}


def test_r14_a_commission_does_not_wait_for_the_next_evaluation_of_a_blocked_seller() -> None:
    shop, order = shipped()
    shop.set_account_status(MEI, "suspended")
    with overridden(settings, payout_postponement=30 * DAY):
        receive(shop, order, "by the buyer")
        run_schedule(shop, days=8)
    assert shares(shop) == SHARES | {SELLER: 0, SELLER_PENDING: 9_200}
