"""Signing out everywhere: tokens, refresh tokens and sockets end in every service, whatever arrives twice or late (A1)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from services.circles import usecases as circles
from services.circles.adapters.user_pool import NO_POOL, UserPool
from services.review import usecases as review
from services.review.errors import UserNotFound
from services.shared.kernel.errors import SignInEnded, Unavailable
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData, SignedOut, SignedOutData
from services.shared.security.account_status import (
    SanctionLevel,
    account_status_key,
    account_status_unchanged,
    get_account_status,
    get_account_status_and_version,
)
from services.shared.security.auth import Caller, authorize
from services.shared.security.violations import Violation
from services.shared.table.items import Check, Put
from services.shared.table.port import ConditionFailed
from simulation.faults import Fault, FaultyTable, Lost
from simulation.setup.applications import enrol_reviewer
from simulation.setup.chat import MEI, Lobby
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import all_changes, deliver, published_events, subscribers_of
from simulation.users import caller

SERVICES = ("circles", "chat", "commerce", "review")
LIN = caller("lin")


def sign_out(simulation: Simulation, by: Caller = LIN) -> list[SignedOut]:
    """Sign out and deliver the event; return all such events until now."""
    circles.sign_out_everywhere(simulation.circles, by)
    events = [event for event in published_events("circles", all_changes(simulation, "circles")) if type(event) is SignedOut]
    for service, _ in subscribers_of(events[-1]):
        deliver(simulation, service, events[-1])
    return events


def signed_out(simulation: Simulation, at: int) -> SignedOut:
    data = SignedOutData(user_id=LIN.user_id, signed_out_at=at)
    return SignedOut(**envelope(simulation, LIN.user_id, at), data=data)


def is_signed_in(simulation: Simulation, service: str, by: Caller) -> bool:
    try:
        authorize(simulation.table(service), by, simulation.clock())
    except SignInEnded:
        return False
    return True


def seconds(simulation: Simulation) -> int:
    return int(simulation.clock().timestamp())


def item(simulation: Simulation, service: str) -> Any:
    return simulation.table(service).get(account_status_key(LIN.user_id), consistent_read=True)


def test_a1_a_sign_out_ends_every_sign_in_until_now_in_all_services() -> None:
    simulation = Simulation()
    sign_out(simulation)
    at = seconds(simulation)
    later = [replace(LIN, signed_in_at=at + 1), replace(LIN, signed_in_at=at), LIN]
    for service in SERVICES:
        assert [is_signed_in(simulation, service, one) for one in later] == [True, False, False], service
        assert is_signed_in(simulation, service, caller("mei")), "other users stay signed in"
    assert simulation.user_pool.ended == [LIN.user_id]


def test_a1_a_repeat_in_the_same_second_publishes_nothing_and_a_later_one_does() -> None:
    simulation = Simulation()
    assert len(sign_out(simulation)) == len(sign_out(simulation)) == 1
    simulation.clock.advance(seconds=1)
    first, second = sign_out(simulation)
    assert second.data.signed_out_at == first.data.signed_out_at + 1 == second.entity_version


def test_a1_the_sign_in_of_the_request_ends_also_if_the_clock_of_the_issuer_is_ahead() -> None:
    simulation = Simulation()
    ahead = replace(LIN, signed_in_at=seconds(simulation) + 3)
    sign_out(simulation, ahead)
    assert not any(is_signed_in(simulation, service, ahead) for service in SERVICES)


def test_a1_without_the_user_pool_nothing_is_stored_and_the_request_can_be_repeated() -> None:
    simulation = Simulation()
    with (
        mock.patch.object(simulation.user_pool, "end_refresh_tokens", side_effect=Unavailable(retry_after=1)),
        pytest.raises(Unavailable),
    ):
        circles.sign_out_everywhere(simulation.circles, LIN)
    assert all(item(simulation, service) is None for service in SERVICES)
    assert is_signed_in(simulation, "circles", LIN)


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.CONFLICT, Fault.THROTTLED])
def test_a1_after_a_crash_between_both_effects_the_token_of_the_request_is_still_valid(fault: Fault) -> None:
    """The other order would leave refresh tokens that no request of this user can end."""
    simulation = Simulation()
    faulty = replace(simulation.circles, table=FaultyTable(simulation.circles_table, fault, 1))
    with pytest.raises(Exception):  # noqa: B017 (each fault raises its own)
        circles.sign_out_everywhere(faulty, LIN)
    assert simulation.user_pool.ended == [LIN.user_id]
    assert is_signed_in(simulation, "circles", LIN)
    sign_out(simulation)
    assert not is_signed_in(simulation, "circles", LIN)


def test_a1_after_a_lost_response_the_sign_out_is_complete() -> None:
    simulation = Simulation()
    faulty = replace(simulation.circles, table=FaultyTable(simulation.circles_table, Fault.RESPONSE_LOST, 1))
    with pytest.raises(Lost):
        circles.sign_out_everywhere(faulty, LIN)
    assert not is_signed_in(simulation, "circles", LIN)


@pytest.mark.parametrize("service", ["chat", "commerce", "review"])
def test_a1_an_event_twice_or_late_never_moves_the_moment_back(service: str) -> None:
    simulation = Simulation()
    at = seconds(simulation)
    for moments in itertools.permutations((at, at + 5, at + 5, at + 9)):
        for moment in moments:
            deliver(simulation, service, signed_out(simulation, moment))
        assert get_account_status(simulation.table(service), LIN.user_id).signed_out_at == at + 9


def status_changed(simulation: Simulation, level: str, version: int) -> AccountStatusChanged:
    data = AccountStatusChangedData(user_id=LIN.user_id, level=level, until=None, valid_after=version)
    return AccountStatusChanged(**envelope(simulation, LIN.user_id, version), data=data)


@pytest.mark.parametrize("service", ["circles", "chat", "commerce"])
def test_a1_a_sanction_and_a_sign_out_change_the_same_item_in_any_order_and_neither_undoes_the_other(service: str) -> None:
    results = set()
    for order in itertools.permutations(range(4)):
        simulation = Simulation()
        at = seconds(simulation)
        events: list[Any] = [
            lambda simulation: deliver(simulation, service, status_changed(simulation, "restricted", 100)),
            lambda simulation: deliver(simulation, service, status_changed(simulation, "muted", 200)),
        ]
        if service == "circles":
            events += [lambda simulation: circles.sign_out_everywhere(simulation.circles, LIN)] * 2
        else:
            events += [lambda simulation, at=at: deliver(simulation, service, signed_out(simulation, at))] * 2
        for position in order:
            events[position](simulation)
        status = get_account_status(simulation.table(service), LIN.user_id)
        results.add((status.level, status.valid_after, status.signed_out_at - at, item(simulation, service)["version"]))
    assert results == {(SanctionLevel.MUTED, 200, 0, 200)}


def test_a1_a_status_without_an_end_removes_the_end_of_the_one_before() -> None:
    simulation = Simulation()
    temporary = status_changed(simulation, "muted", 100)
    until = temporary.data.model_copy(update={"until": simulation.clock(), "previous_level": "warned"})
    deliver(simulation, "chat", temporary.model_copy(update={"data": until}))
    deliver(simulation, "chat", status_changed(simulation, "banned", 200))
    assert not item(simulation, "chat").keys() & {"until", "previous_level", "previous_until"}


def test_a1_a_sign_out_is_no_sanction_record() -> None:
    simulation = Simulation()
    sign_out(simulation)
    by = enrol_reviewer(simulation, "rui")
    with pytest.raises(UserNotFound):
        review.get_sanction_record(simulation.review, by, LIN.user_id)
    assert get_account_status_and_version(simulation.circles_table, LIN.user_id)[1] == 0


def test_a1_a_sanction_over_a_sign_out_keeps_it_and_publishes_nothing_of_it() -> None:
    simulation = Simulation()
    sign_out(simulation)
    by = enrol_reviewer(simulation, "rui")
    mute = {"level": SanctionLevel.MUTED, "violation": Violation.SPAM, "until": None, "reason": "刷屏。", "emergency": False}
    review.impose_sanction(simulation.review, by, LIN.user_id, **mute)  # type: ignore[arg-type]
    simulation.clock.advance(seconds=5)
    sign_out(simulation)
    status = get_account_status(simulation.review_table, LIN.user_id)
    assert (status.level, status.signed_out_at) == (SanctionLevel.MUTED, seconds(simulation))
    record = review.get_sanction_record(simulation.review, by, LIN.user_id)
    assert (record.current is not None, record.version) == (True, item(simulation, "review")["version"])
    changes = published_events("review", all_changes(simulation, "review"))
    assert not any("signed_out_at" in event.detail()["data"] for event in changes)


@pytest.mark.parametrize("before", [False, True])
def test_a1_the_condition_of_no_status_holds_beside_a_sign_out(before: bool) -> None:
    """A circle is provisioned and handed over on the condition that no sanction came in between."""
    simulation = Simulation()
    table = simulation.circles_table
    if before:
        circles.sign_out_everywhere(simulation.circles, LIN)
    check: Check = account_status_unchanged(LIN.user_id, 0)
    marker = {"pk": "TEST", "sk": "TEST"}
    table.transact([Put(marker, None), check], token="one")
    deliver(simulation, "circles", status_changed(simulation, "muted", 100))
    circles.sign_out_everywhere(simulation.circles, LIN)
    table.transact([Put(marker, None), account_status_unchanged(LIN.user_id, 100)], token="two")
    with pytest.raises(ConditionFailed):
        table.transact([Put(marker, None), check], token="three")


# sockets


def test_a1_a_sign_out_closes_the_sockets_of_the_sign_ins_before_it_and_no_later_one() -> None:
    room = Lobby()
    room.subscribe(MEI, "m1")
    simulation = room.simulation
    at = seconds(simulation)
    event = SignedOut(**envelope(simulation, MEI.user_id, at), data=SignedOutData(user_id=MEI.user_id, signed_out_at=at))
    deliver(simulation, "chat", event)
    assert simulation.sockets.closed == ["m1"]
    simulation.clock.advance(seconds=2)
    room.subscribe(replace(MEI, signed_in_at=at + 1), "m2")
    deliver(simulation, "chat", event)
    assert simulation.sockets.closed == ["m1"]


def test_a1_a_repeated_event_closes_the_socket_if_the_first_delivery_died() -> None:
    room = Lobby()
    room.subscribe(MEI, "m1")
    at = seconds(room.simulation)
    data = SignedOutData(user_id=MEI.user_id, signed_out_at=at)
    event = SignedOut(**envelope(room.simulation, MEI.user_id, at), data=data)
    with mock.patch.object(room.simulation.sockets, "close", side_effect=Lost), pytest.raises(Lost):
        deliver(room.simulation, "chat", event)
    deliver(room.simulation, "chat", event)
    assert room.simulation.sockets.closed == ["m1"]


# the adapter of the user pool


class IdpStandIn:
    """Records the calls of the user pool; each raises `error`, if there is one."""

    class exceptions:
        class UserNotFoundException(Exception):
            pass

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.calls = error, list[dict[str, str]]()

    def admin_user_global_sign_out(self, **request: str) -> None:
        self.calls.append(request)
        if self.error:
            raise self.error

    admin_delete_user = admin_user_global_sign_out


def pool(idp: IdpStandIn, pool_id: str = "pool") -> UserPool:
    connect: Any = lambda: idp  # noqa: E731
    return UserPool(pool_id, connect)


def test_a1_refresh_tokens_end_in_the_user_pool_by_the_users_id() -> None:
    idp = IdpStandIn()
    pool(idp).end_refresh_tokens(LIN.user_id)
    assert idp.calls == [{"UserPoolId": "pool", "Username": LIN.user_id}]


def test_a1_with_another_issuer_the_user_pool_is_not_called() -> None:
    idp = IdpStandIn()
    pool(idp, NO_POOL).end_refresh_tokens(LIN.user_id)
    assert idp.calls == []


def test_a1_a_user_without_an_entry_in_the_pool_is_signed_out() -> None:
    pool(IdpStandIn(IdpStandIn.exceptions.UserNotFoundException())).end_refresh_tokens(LIN.user_id)


@pytest.mark.parametrize(
    "error",
    [ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Op"), ConnectTimeoutError(endpoint_url="https://idp")],
)
def test_a1_a_user_pool_that_does_not_respond_is_an_error_that_the_client_repeats(error: Exception) -> None:
    with pytest.raises(Unavailable):
        pool(IdpStandIn(error)).end_refresh_tokens(LIN.user_id)
