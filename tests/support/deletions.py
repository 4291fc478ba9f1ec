"""The deletion of an account of the filled circles, from the request to the last erasure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from services.circles import usecases as circles
from services.circles.domain.deletion import ContentChoice, Deletion, DeletionState
from services.circles.repository.deletions import find_deletion
from services.circles.settings import settings
from services.commerce import usecases as commerce
from services.commerce.repository.orders import ORDERS
from services.shared.security.auth import Caller
from simulation.users import caller
from tests.support.filled_accounts import FilledAccounts
from tests.support.filled_circle import MEMBERS
from tests.support.payouts import pay_out_all

USERS = {user.user_id: user for user in MEMBERS}
MONTH = timedelta(days=31)  # after it no order is returnable


def finish_orders(filled: FilledAccounts) -> None:
    """Ship, receive and complete all orders, and pay out what sellers and owners have earned."""
    items = [item for item in filled.driver.tables["commerce"].all_items() if item["sk"].startswith("ORDER#")]
    for order in map(ORDERS.from_item, items):
        if order.state == "paid":
            commerce.ship_order(filled.simulation.commerce, USERS[order.seller_id], order.id)
        if order.state in ("paid", "shipped"):
            commerce.confirm_receipt(filled.simulation.commerce, USERS[order.buyer_id], order.id)
    filled.driver.clock.now += MONTH
    filled.run_schedules()
    filled.driver.run()
    pay_out_all(filled.simulation, MEMBERS)
    filled.driver.run()


def request_deletion(filled: FilledAccounts, user: Caller, content: ContentChoice = ContentChoice.DELETE) -> Deletion:
    """Request the deletion, and let all services check it."""
    circles.request_deletion(filled.simulation.circles, user, content)
    filled.driver.run()
    filled.run_schedules(2)
    return circles.get_deletion(filled.simulation.circles, user)


def delete_account(filled: FilledAccounts, user: Caller, content: ContentChoice = ContentChoice.DELETE) -> None:
    """Delete an account without open orders, to the end."""
    assert request_deletion(filled, user, content).state is DeletionState.SCHEDULED
    filled.driver.clock.now += settings().deletion_notice
    run_until(filled, user, DeletionState.DELETED)


def run_until(filled: FilledAccounts, user: Caller, state: DeletionState, runs: int = 12) -> None:
    """Run the schedules every 5 minutes until a deletion has a state."""
    for _ in range(runs):
        if state_of(filled, user) is state:
            return
        filled.driver.clock.advance(minutes=5)
        filled.run_schedules(1)
    raise AssertionError(find_deletion(filled.simulation.circles_table, user.user_id))


def state_of(filled: FilledAccounts, user: Caller) -> DeletionState:
    deletion = find_deletion(filled.simulation.circles_table, user.user_id)
    assert deletion
    return deletion.state


def no_time_after(steps: int) -> Callable[[], bool]:
    left = iter(range(steps))
    return lambda: next(left, None) is not None


STRANGER = caller("stranger")
