"""A6: the services erase a deleted account, however their work is interrupted and whatever comes late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ConnectTimeoutError

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.adapters.user_pool import NO_POOL
from services.circles.domain.deletion import DeletionState
from services.circles.repository.deletions import find_deletion
from services.circles.settings import settings
from services.commerce import usecases as commerce
from services.commerce.repository.erasing import iter_listings
from services.commerce.settings import settings as settings_of_commerce
from services.review import usecases as review
from services.shared.kernel.errors import Unavailable
from services.shared.messaging.events import BlocksChanged, BlocksChangedData, MembershipChanged, MembershipChangedData
from services.shared.security.auth import Caller
from services.shared.table.purging import SECOND_PURGE_AFTER
from simulation.setup.events import envelope, take_down_changed
from simulation.streams import deliver
from simulation.users import new_key
from tests.kill.actions import CIRCLE, HAO, LIN, MEI
from tests.support.deletions import delete_account, finish_orders, no_time_after, request_deletion, run_until, state_of
from tests.support.filled_accounts import FilledAccounts
from tests.support.filled_circle import as_text
from tests.usecases.cross_service.test_sign_outs import IdpStandIn, pool

S = DeletionState


@pytest.fixture
def filled() -> FilledAccounts:
    filled = FilledAccounts()
    finish_orders(filled)
    return filled


def test_a6_workers_that_stop_after_each_step_erase_the_same(filled: FilledAccounts) -> None:
    request_deletion(filled, MEI)
    filled.driver.clock.now += settings().deletion_notice
    use_cases: dict[str, Any] = {"chat": chat, "commerce": commerce, "review": review}
    steps = 0
    while state_of(filled, MEI) is not S.DELETED and steps < 300:
        steps += 1
        filled.driver.clock.advance(minutes=1)
        circles.handle_schedule(filled.simulation.circles, no_time_after(4 + steps % 7))
        for name, jobs in use_cases.items():
            jobs.handle_jobs(filled.simulation.ports(name), no_time_after(1 + steps % 5))
        filled.driver.run()
    assert state_of(filled, MEI) is S.DELETED
    assert [
        item for _, item in filled.items() if "mei: " in as_text(item) and not item["pk"].startswith(("BUYER#", "CASE#"))
    ] == []


@pytest.mark.parametrize("by", ["platform", "moderator"])
def test_a6_a_reservation_of_a_listing_that_was_just_ended_is_waited_for(filled: FilledAccounts, by: str) -> None:
    """The reservation can still be paid, though the platform or a moderator has ended the seller's only listing since."""
    for other in iter_listings(filled.simulation.commerce_table, MEI.user_id):
        if other.id != filled.listings[MEI.user_id].id:
            commerce.withdraw_listing(filled.simulation.commerce, MEI, CIRCLE, other.id)
    request_deletion(filled, MEI)
    filled.driver.clock.now += settings().deletion_notice
    circles.handle_schedule(filled.simulation.circles)
    filled.driver.run()
    commerce.handle_jobs(filled.simulation.commerce)  # the check, whose result is not delivered yet
    listing, ports = filled.listings[MEI.user_id], filled.simulation.commerce
    key = new_key(LIN, now=filled.driver.clock.now)
    order = commerce.place_order(ports, LIN, CIRCLE, key, listing_id=listing.id, revision=listing.revision, quantity=1)
    if by == "platform":
        deliver(filled.simulation, "commerce", take_down_changed(filled.simulation, "commerce", "listing", listing.id, CIRCLE))
    else:
        commerce.remove_listing(ports, LIN, CIRCLE, listing.id, "疑似仿品")
    filled.driver.run()
    while filled.driver.clock.now < order.created_at + settings_of_commerce().reservation_lifetime - timedelta(minutes=4):
        filled.driver.clock.advance(minutes=3)
        filled.run_schedules(1)
        assert "commerce" in _waiting_for(filled, MEI)
    reference, at = f"{LIN.user_id}/{order.id}", filled.driver.clock.now
    event = commerce.WebhookEvent("payment.captured", "pay_last", reference, order.total, captured_at=at)
    assert commerce.handle_webhook_event(ports, event)
    filled.driver.clock.advance(minutes=10)
    filled.run_schedules(2)
    assert "commerce" in _waiting_for(filled, MEI), "the order is paid, and must be shipped or given back"


def _waiting_for(filled: FilledAccounts, user: Caller) -> tuple[str, ...]:
    deletion = find_deletion(filled.simulation.circles_table, user.user_id)
    assert deletion
    return tuple(deletion.waiting_for)


def test_a6_a_deletion_does_not_end_what_others_have(filled: FilledAccounts) -> None:
    before = _own_kinds(filled, HAO)
    delete_account(filled, MEI)
    assert _own_kinds(filled, HAO) == before


def _own_kinds(filled: FilledAccounts, user: Caller) -> list[tuple[str, str]]:
    ignored = ("digest", "check_ins", "note", "likes_received")  # counters of likes and comments change
    return sorted((line["service"], line["kind"]) for line in filled.export_account(user) if line["kind"] not in ignored)


def test_a6_late_events_of_a_deleted_account_bring_nothing_back(filled: FilledAccounts) -> None:
    """Each is older than what is stored now, or is erased by the second run of the service."""
    late = {**envelope(filled.simulation, MEI.user_id), "entity_version": 1}
    member = MembershipChangedData(
        circle_id=CIRCLE, user_id=MEI.user_id, role="moderator", state="member", invited_by=LIN.user_id
    )
    delete_account(filled, MEI)
    filled.driver.clock.now += SECOND_PURGE_AFTER
    filled.run_schedules()
    before = sorted(as_text(item) for _, item in filled.items())
    for service in ("chat", "commerce"):
        data = BlocksChangedData(user_id=MEI.user_id, blocked=[HAO.user_id])
        deliver(filled.simulation, service, BlocksChanged(**late, data=data))
        deliver(filled.simulation, service, MembershipChanged(**late, data=member))
    assert sorted(as_text(item) for _, item in filled.items()) == before


def test_a6_what_a_late_event_brought_is_erased_by_the_second_run(filled: FilledAccounts) -> None:
    member = MembershipChangedData(circle_id=CIRCLE, user_id=MEI.user_id, role="member", state="left", invited_by=LIN.user_id)
    delete_account(filled, MEI)
    deliver(filled.simulation, "review", MembershipChanged(**envelope(filled.simulation, MEI.user_id), data=member))
    assert [item for _, item in filled.items() if item["sk"] == f"INVITER#{LIN.user_id}" and MEI.user_id in item["pk"]]
    filled.driver.clock.now += SECOND_PURGE_AFTER
    filled.run_schedules()
    kept = ("ACCOUNT_STATUS", "IDENTITY#", "DELETION", "BLOCKS", "CIRCLE#")
    left = [item["sk"] for _, item in filled.items() if item["pk"] == f"USER#{MEI.user_id}"]
    assert [sk for sk in left if not sk.startswith(kept)] == []


# The sign-in


def test_a6_a_user_pool_that_does_not_respond_delays_the_end_alone(filled: FilledAccounts) -> None:
    """Everything is erased before; the next run deletes the sign-in."""
    assert request_deletion(filled, MEI).state is S.SCHEDULED
    filled.driver.clock.now += settings().deletion_notice
    with mock.patch.object(filled.simulation.user_pool, "delete_user", side_effect=Unavailable(retry_after=1)):
        for _ in range(8):
            filled.driver.clock.advance(minutes=1)
            filled.run_schedules(1)
        assert state_of(filled, MEI) is S.DELETING
    run_until(filled, MEI, S.DELETED)
    assert filled.simulation.user_pool.deleted == [MEI.user_id]


def test_a6_the_sign_in_is_deleted_in_the_user_pool_by_the_users_id() -> None:
    idp, other, missing = IdpStandIn(), IdpStandIn(), IdpStandIn(IdpStandIn.exceptions.UserNotFoundException())
    pool(idp).delete_user(MEI.user_id)
    assert idp.calls == [{"UserPoolId": "pool", "Username": MEI.user_id}]
    pool(other, NO_POOL).delete_user(MEI.user_id)
    assert other.calls == []
    pool(missing).delete_user(MEI.user_id)
    with pytest.raises(Unavailable):
        pool(IdpStandIn(ConnectTimeoutError(endpoint_url="https://idp"))).delete_user(MEI.user_id)
