"""A6: the way from the request of a deletion to its end: checks, withdrawal, postponement, crashes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Role
from services.circles.domain.deletion import ContentChoice, Deletion, DeletionState, ObstacleKind
from services.circles.repository.circles import member_key
from services.circles.repository.deletions import find_deletion
from services.circles.settings import settings
from services.commerce import usecases as commerce
from services.commerce.domain import EntryLine, EntryReason, LedgerEntry
from services.commerce.domain.money import Money
from services.commerce.domain.payout_account import PayoutAccount
from services.commerce.repository.ledger import append_entry
from services.commerce.repository.payout_accounts import get_payout_account
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import (
    AccountDeleted,
    AccountDeletedData,
    AccountStatusChanged,
    AccountStatusChangedData,
    DeletionChecked,
    DeletionCheckedData,
    TradesErased,
    UserErasedData,
)
from services.shared.security.auth import Caller
from simulation.setup.events import envelope
from simulation.streams import deliver
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LIN, MEI, YAN
from tests.support.deletions import STRANGER, delete_account, finish_orders, request_deletion, run_until, state_of
from tests.support.filled_accounts import FilledAccounts
from tests.support.filled_circle import PRICE, as_text
from tests.support.payouts import pay_out

S = DeletionState


@pytest.fixture
def open_orders() -> FilledAccounts:
    return FilledAccounts()


@pytest.fixture
def filled(open_orders: FilledAccounts) -> FilledAccounts:
    finish_orders(open_orders)
    return open_orders


def get(filled: FilledAccounts, user: Caller) -> Deletion:
    return circles.get_deletion(filled.simulation.circles, user)


def buy(filled: FilledAccounts, buyer: Caller, seller: Caller) -> str:
    """Order and pay something of a seller, and return the order."""
    listing = filled.listings[seller.user_id]
    ports, key = filled.simulation.commerce, new_key(buyer, now=filled.driver.clock.now)
    order = commerce.place_order(ports, buyer, CIRCLE, key, listing_id=listing.id, revision=listing.revision, quantity=1)
    reference, payment_id = f"{buyer.user_id}/{order.id}", f"pay-{order.id}"
    at = filled.driver.clock.now
    commerce.handle_webhook_event(
        ports, commerce.WebhookEvent("payment.captured", payment_id, reference, PRICE, captured_at=at)
    )
    filled.driver.run()
    return order.id


def finish(filled: FilledAccounts, order_id: str, buyer: Caller, seller: Caller) -> None:
    commerce.ship_order(filled.simulation.commerce, seller, order_id)
    commerce.confirm_receipt(filled.simulation.commerce, buyer, order_id)


# The request


def test_a6_an_owner_hands_over_or_closes_their_circles_first(filled: FilledAccounts) -> None:
    for user, circle_id in ((LIN, CIRCLE), (HAO, filled.second)):
        with pytest.raises(errors.OwnerCannotDeleteAccount) as denied:
            circles.request_deletion(filled.simulation.circles, user, ContentChoice.KEEP)
        assert denied.value.facts == {"circles": [circle_id]}
        with pytest.raises(errors.DeletionNotFound):
            get(filled, user)


def test_a6_open_orders_must_be_finished_first_and_are_named(open_orders: FilledAccounts) -> None:
    deletion = request_deletion(open_orders, MEI)
    assert (deletion.state, deletion.deletes_at) == (S.DENIED, None)
    found = {(obstacle.kind, obstacle.id) for obstacle in deletion.obstacles}
    items = [item for item in open_orders.driver.tables["commerce"].all_items() if item["sk"].startswith("ORDER#")]
    purchases = {(ObstacleKind.PURCHASE, item["id"]) for item in items if item["buyer_id"] == MEI.user_id}
    sales = {(ObstacleKind.SALE, item["id"]) for item in items if item["seller_id"] == MEI.user_id}
    assert found == purchases | sales | {(ObstacleKind.BALANCE, "seller")}, "what was earned is paid out first"
    assert all((purchases, sales))
    finish_orders(open_orders)
    assert get(open_orders, MEI).state is S.DENIED, "it is checked again only on request"
    again = request_deletion(open_orders, MEI)
    assert (again.state, again.obstacles) == (S.SCHEDULED, ())


def test_a6_an_order_that_expired_unpaid_is_no_obstacle(filled: FilledAccounts) -> None:
    listing = filled.listings[HAO.user_id]
    key = new_key(YAN, now=filled.driver.clock.now)
    ports = filled.simulation.commerce
    commerce.place_order(ports, YAN, CIRCLE, key, listing_id=listing.id, revision=listing.revision, quantity=1)
    assert request_deletion(filled, YAN).state is S.DENIED
    filled.driver.clock.advance(hours=1)
    assert request_deletion(filled, YAN).state is S.SCHEDULED


def test_a6_a_repeated_request_changes_only_the_choice_for_the_content(filled: FilledAccounts) -> None:
    first = request_deletion(filled, MEI, ContentChoice.DELETE)
    filled.driver.clock.advance(days=3)
    assert request_deletion(filled, MEI, ContentChoice.DELETE) == first
    changed = request_deletion(filled, MEI, ContentChoice.KEEP)
    assert (changed.state, changed.deletes_at, changed.content) == (S.SCHEDULED, first.deletes_at, ContentChoice.KEEP)


def test_a6_a_user_without_a_request_has_no_deletion(filled: FilledAccounts) -> None:
    for user in (MEI, STRANGER):
        with pytest.raises(errors.DeletionNotFound):
            get(filled, user)
        circles.withdraw_deletion(filled.simulation.circles, user)


# The checks


def test_a6_without_a_response_nothing_is_deleted_and_the_state_says_so(filled: FilledAccounts) -> None:
    ports = filled.simulation.circles
    circles.request_deletion(ports, MEI, ContentChoice.DELETE)
    for _ in range(40):
        filled.driver.clock.advance(days=1)
        circles.handle_schedule(ports)
    deletion = get(filled, MEI)
    assert (deletion.state, deletion.waiting_for) == (S.CHECKING, ("commerce",))
    assert deletion.is_delayed(filled.driver.clock.now)
    assert not deletion.is_delayed((deletion.started_at or filled.driver.clock.now) + timedelta(minutes=59))


def test_a6_results_of_an_earlier_check_and_repeated_ones_change_nothing(filled: FilledAccounts) -> None:
    before = request_deletion(filled, MEI)
    for check in (before.check, before.check - 1, before.check + 1):
        data = DeletionCheckedData(user_id=MEI.user_id, check=check, obstacles=[])
        deliver(filled.simulation, "circles", DeletionChecked(**envelope(filled.simulation, MEI.user_id), data=data))
    assert get(filled, MEI) == before
    data = DeletionCheckedData(user_id=STRANGER.user_id, check=1, obstacles=[])
    deliver(filled.simulation, "circles", DeletionChecked(**envelope(filled.simulation, STRANGER.user_id), data=data))
    assert find_deletion(filled.simulation.circles_table, STRANGER.user_id) is None


def test_a6_a_repeated_event_of_the_end_erases_nothing_twice(filled: FilledAccounts) -> None:
    delete_account(filled, MEI)
    before = sorted(as_text(item) for _, item in filled.items())
    data = UserErasedData(user_id=MEI.user_id)
    deliver(filled.simulation, "circles", TradesErased(**envelope(filled.simulation, MEI.user_id), data=data))
    assert sorted(as_text(item) for _, item in filled.items()) == before
    deleted = AccountDeletedData(user_id=MEI.user_id, content="keep")
    for service in ("chat", "commerce", "review"):
        deliver(filled.simulation, service, AccountDeleted(**envelope(filled.simulation, MEI.user_id), data=deleted))
    filled.run_schedules()
    assert state_of(filled, MEI) is S.DELETED
    tombstones = [item for _, item in filled.items() if item["pk"] == f"ERASED#{MEI.user_id}"]
    assert [item["deletes_content"] for item in tombstones] == [True] * 3


# The time to withdraw


def test_a6_a_deletion_that_is_withdrawn_on_day_15_deletes_nothing(filled: FilledAccounts) -> None:
    request_deletion(filled, MEI)
    assert settings().deletion_notice == timedelta(days=15)
    filled.driver.clock.now += settings().deletion_notice - timedelta(minutes=1)
    circles.withdraw_deletion(filled.simulation.circles, MEI)
    filled.driver.clock.now += settings().deletion_notice
    filled.run_schedules()
    assert state_of(filled, MEI) is S.WITHDRAWN
    with pytest.raises(errors.DeletionNotFound):
        get(filled, MEI)
    assert filled.export_account(MEI)


def test_a6_of_a_withdrawal_and_the_schedule_exactly_one_wins(filled: FilledAccounts) -> None:
    """The withdrawal comes between the result of the last check and every write around it."""
    request_deletion(filled, MEI)
    filled.driver.clock.now += settings().deletion_notice
    circles.handle_schedule(filled.simulation.circles)
    assert get(filled, MEI).state is S.CHECKING
    circles.withdraw_deletion(filled.simulation.circles, MEI)
    filled.driver.run()
    filled.run_schedules()
    assert state_of(filled, MEI) is S.WITHDRAWN
    request_deletion(filled, MEI)
    filled.driver.clock.now += settings().deletion_notice
    run_until(filled, MEI, S.DELETING)
    with pytest.raises(errors.DeletionStarted):
        circles.withdraw_deletion(filled.simulation.circles, MEI)
    with pytest.raises(errors.DeletionStarted):
        circles.request_deletion(filled.simulation.circles, MEI, ContentChoice.KEEP)
    run_until(filled, MEI, S.DELETED)


def test_a6_an_order_that_was_opened_meanwhile_postpones_the_deletion(filled: FilledAccounts) -> None:
    request_deletion(filled, MEI)
    filled.driver.clock.now += settings().deletion_notice - timedelta(days=1)
    order = buy(filled, LIN, MEI)
    filled.driver.clock.now += timedelta(days=1)
    filled.run_schedules(2)
    postponed = get(filled, MEI)
    assert postponed.state is S.SCHEDULED
    assert [(obstacle.kind, obstacle.id) for obstacle in postponed.obstacles] == [(ObstacleKind.SALE, order)]
    assert postponed.deletes_at
    assert postponed.deletes_at > filled.driver.clock.now
    finish(filled, order, LIN, MEI)
    filled.driver.clock.now += timedelta(days=31)
    filled.run_schedules()
    filled.driver.run()
    pay_out(filled.simulation, MEI)
    filled.driver.run()
    filled.driver.clock.now += settings().deletion_postponement
    run_until(filled, MEI, S.DELETED)


def earn(filled: FilledAccounts, amount: int) -> None:
    """Let Mei have an amount that can be paid out."""
    lines = (EntryLine("cash", amount), EntryLine(f"seller:{MEI.user_id}", -amount))
    entry = LedgerEntry(new_id("ord"), EntryReason.CAPTURE, "CNY", lines, payment_id="pay_earned")
    put = append_entry(entry)
    filled.simulation.commerce_table.put(put.item, when=put.when)
    filled.driver.run()


@pytest.mark.parametrize(("amount", "state"), [(100, S.DENIED), (99, S.SCHEDULED)])
def test_a6_a_balance_is_paid_out_first_unless_it_is_below_the_least_payout(
    filled: FilledAccounts, amount: int, state: S
) -> None:
    earn(filled, amount)
    deletion = request_deletion(filled, MEI)
    assert deletion.state is state
    assert [obstacle.kind for obstacle in deletion.obstacles] == [ObstacleKind.BALANCE] * (state is S.DENIED)


def test_a6_a_balance_that_a_sanction_blocks_keeps_no_user_from_leaving(filled: FilledAccounts) -> None:
    earn(filled, 50_000)
    status = AccountStatusChangedData(user_id=MEI.user_id, level="banned", until=None, valid_after=0)
    about = envelope(filled.simulation, MEI.user_id, millis(filled.driver.clock.now))
    deliver(filled.simulation, "commerce", AccountStatusChanged(**about, data=status))
    assert request_deletion(filled, MEI).state is S.SCHEDULED


def test_a6_an_open_payout_has_a_result_first(filled: FilledAccounts) -> None:
    earn(filled, 9_000)
    pay_out(filled.simulation, MEI, 9_000, is_confirmed=False)
    filled.driver.run()
    (obstacle,) = request_deletion(filled, MEI).obstacles
    assert obstacle.kind is ObstacleKind.PAYOUT
    event = commerce.PayoutEvent("payout.succeeded", f"{MEI.user_id}/{obstacle.id}", Money(9_000, "CNY"))
    commerce.handle_provider_event(filled.simulation.commerce, event)
    filled.driver.run()
    assert request_deletion(filled, MEI).state is S.SCHEDULED
    filled.driver.clock.now += settings().deletion_notice
    run_until(filled, MEI, S.DELETED)
    account = get_payout_account(filled.simulation.commerce_table, MEI.user_id)
    assert account == PayoutAccount(MEI.user_id), "where a deleted user was paid is deleted"


def test_a6_an_order_between_the_last_check_and_the_deletion_is_finished_before_the_erasure(filled: FilledAccounts) -> None:
    request_deletion(filled, MEI)
    filled.driver.clock.now += settings().deletion_notice
    circles.handle_schedule(filled.simulation.circles)
    filled.driver.run()
    commerce.handle_jobs(filled.simulation.commerce)  # the check, whose result is not delivered yet
    listing = filled.listings[MEI.user_id]
    key, ports = new_key(LIN, now=filled.driver.clock.now), filled.simulation.commerce
    order = commerce.place_order(ports, LIN, CIRCLE, key, listing_id=listing.id, revision=listing.revision, quantity=1)
    filled.driver.run()
    assert state_of(filled, MEI) is S.DELETING
    filled.run_schedules()
    deletion = find_deletion(filled.simulation.circles_table, MEI.user_id)
    assert deletion
    assert "commerce" in deletion.waiting_for
    assert commerce.get_order(ports, LIN, order.id).state == "reserved"
    filled.driver.clock.now += timedelta(days=2)
    run_until(filled, MEI, S.DELETED)


def test_a6_a_circle_that_the_user_owns_by_then_postpones_the_deletion(filled: FilledAccounts) -> None:
    request_deletion(filled, MEI)
    key = member_key(CIRCLE, MEI.user_id)
    filled.driver.tables["circles"].update(key, set={"role": str(Role.OWNER)}, when=None)
    filled.driver.clock.now += settings().deletion_notice
    filled.run_schedules(2)
    assert [obstacle.kind for obstacle in get(filled, MEI).obstacles] == [ObstacleKind.CIRCLE]
