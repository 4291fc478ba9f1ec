"""Repeated requests, changes under an ETag, and writes of others between the read and the write of a use case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Passcode, Role, SanctionKind
from services.circles.repository.circles import load_circle
from services.circles.repository.passcodes import find_passcode, load_passcode
from services.circles.schemas import DigestPreferenceResponse, MemberResponse, ScreeningResponse, TeaserResponse
from services.shared.kernel.errors import KeyReused, PreconditionFailed
from services.shared.kernel.ids import derive_id
from services.shared.kernel.requests import ChangeRequest
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData
from services.shared.security.auth import Caller
from services.shared.table.versioned import save
from simulation.setup.circles import create_circle, get_member, impose_sanction, issue_passcode, join_circle, set_teaser
from simulation.setup.events import envelope, seat_granted
from simulation.setup.requests import CHANGE_RATE, change
from simulation.simulation import Simulation
from simulation.streams import deliver
from simulation.users import caller, new_key

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
DAY = timedelta(days=1)


def suspend(simulation: Simulation, user: Caller) -> None:
    data = AccountStatusChangedData(user_id=user.user_id, level="suspended", until=None, valid_after=0)
    deliver(simulation, "circles", AccountStatusChanged(**envelope(simulation, user.user_id), data=data))


def before_next_transaction(simulation: Simulation, action: Callable[[], object]) -> None:
    """Run `action` once, just before the next transaction of the table."""
    transact = simulation.circles_table.transact

    def interrupted(*arguments: Any, **more: Any) -> None:
        patch.stop()
        action()
        transact(*arguments, **more)

    patch = mock.patch.object(simulation.circles_table, "transact", interrupted)
    patch.start()


CHANGES: dict[str, Callable[[Simulation, str, str], object]] = {
    "nothing changed": lambda simulation, circle_id, passcode_id: None,
    "the circle is closing": lambda simulation, circle_id, passcode_id: circles.close_circle(
        simulation.circles, LIN, circle_id, 30 * DAY
    ),
    "the owner is suspended": lambda simulation, circle_id, passcode_id: suspend(simulation, LIN),
    "the passcode was revoked": lambda simulation, circle_id, passcode_id: circles.revoke_passcode(
        simulation.circles, LIN, circle_id, passcode_id
    ),
    "the passcode has expired": lambda simulation, circle_id, passcode_id: simulation.clock.advance(hours=73),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_c5_a_retry_returns_the_passcode_whatever_changed_since(changed: str) -> None:
    simulation = Simulation()
    circle_id, key = create_circle(simulation, LIN), new_key(LIN, now=simulation.clock.now)
    issue = partial(circles.issue_passcode, simulation.circles, LIN, circle_id)
    text, passcode = issue(key, 3 * DAY, 5)
    CHANGES[changed](simulation, circle_id, passcode.id)
    assert issue(key, 3 * DAY, 5) == (text, find_passcode(simulation.circles_table, passcode.id))
    with pytest.raises(KeyReused):
        issue(replace(key, body_hash="another"), 3 * DAY, 6)


@pytest.mark.parametrize("changed", CHANGES)
def test_c5_a_retried_rotation_returns_the_new_passcode_and_moves_no_end(changed: str) -> None:
    simulation = Simulation()
    circle_id, key = create_circle(simulation, LIN), new_key(LIN, now=simulation.clock.now)
    _, old = circles.issue_passcode(simulation.circles, LIN, circle_id, key, 3 * DAY, 5)
    rotate = partial(circles.rotate_passcode, simulation.circles, LIN, circle_id, old.id, replace(key, route="rotate"), DAY)
    issued = rotate()
    CHANGES[changed](simulation, circle_id, old.id)
    before = find_passcode(simulation.circles_table, old.id)
    assert rotate() == issued
    assert find_passcode(simulation.circles_table, old.id) == before


def test_c6_a_use_between_the_load_and_the_save_of_a_passcode_stays_counted() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    text = issue_passcode(simulation, LIN, circle_id)
    passcode_id = circles.join_circle(simulation.circles, MEI, text).passcode_id
    loaded = load_passcode(simulation.circles_table, circle_id, passcode_id)
    circles.join_circle(simulation.circles, HAO, text)
    save(simulation.circles, loaded, loaded.entity.revoke(at=simulation.clock()))
    stored = find_passcode(simulation.circles_table, passcode_id)
    assert stored is not None
    assert (stored.uses, stored.revoked) == (2, True)


@pytest.mark.parametrize("ending", ["revoked", "used up", "quarantined", "circle closing"])
def test_c7_a_passcode_that_ends_while_a_user_joins_is_rejected(ending: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    key = new_key(LIN, now=simulation.clock.now)
    text, passcode = circles.issue_passcode(simulation.circles, LIN, circle_id, key, DAY, 1)
    actions: dict[str, Callable[[], object]] = {
        "revoked": partial(circles.revoke_passcode, simulation.circles, LIN, circle_id, passcode.id),
        "quarantined": partial(circles.quarantine_passcode, simulation.circles, LIN, circle_id, passcode.id),
        "used up": partial(circles.join_circle, simulation.circles, HAO, text),
    }
    if ending == "circle closing":
        circles.close_circle(simulation.circles, LIN, circle_id, 30 * DAY)
    else:
        before_next_transaction(simulation, actions[ending])
    with pytest.raises(errors.PasscodeRejected):
        circles.join_circle(simulation.circles, MEI, text)
    stored = find_passcode(simulation.circles_table, passcode.id)
    assert isinstance(stored, Passcode)
    assert stored.uses == (ending == "used up")


def test_c7_two_joins_of_one_user_at_once_use_one_passcode_once() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    key = new_key(LIN, now=simulation.clock.now)
    text, passcode = circles.issue_passcode(simulation.circles, LIN, circle_id, key, DAY, 1)
    join = partial(circles.join_circle, simulation.circles, MEI, text)
    before_next_transaction(simulation, join)
    assert join() == get_member(simulation, circle_id, MEI.user_id)
    stored = find_passcode(simulation.circles_table, passcode.id)
    assert stored is not None
    assert stored.uses == 1


def test_c1_a_circle_gets_the_sanction_that_its_owner_receives_while_it_is_created() -> None:
    simulation = Simulation()
    event = seat_granted(simulation, LIN)
    before_next_transaction(simulation, partial(suspend, simulation, LIN))
    deliver(simulation, "circles", event)
    circle_id = derive_id("cir", event.data.application_id)
    circle = load_circle(simulation.circles_table, circle_id).entity
    assert circle.is_read_only(simulation.clock())
    deliver(simulation, "circles", event)
    assert load_circle(simulation.circles_table, circle_id).entity == circle


class Circle:
    """A circle of Lin with Mei, and the states in it that change under an ETag."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.ports = self.simulation.circles
        self.circle_id = create_circle(self.simulation, LIN, MEI)

    def set(self, name: str, choice: int, request: ChangeRequest) -> str:
        """Set a state to one of its values, and return its new ETag."""
        ports, circle_id = self.ports, self.circle_id
        match name:
            case "role":
                role = (Role.MODERATOR, Role.CO_OWNER)[choice]
                return MemberResponse.of(circles.set_role(ports, LIN, circle_id, MEI.user_id, request, role)).etag
            case "screening":
                rules = ("不公布巢址。", "不投喂。")[choice]
                circle = circles.set_screening(ports, LIN, circle_id, request, rules, (), approval=False)
                return ScreeningResponse.of(circle).etag
            case "teaser":
                text = ("来看鸟。", "来听鸟。")[choice]
                return TeaserResponse.of(circles.set_teaser(ports, LIN, circle_id, request, text, ("观鸟",))).etag
        preference = circles.set_digest_preference(ports, MEI, circle_id, request, bool(choice), time(23), time(7))
        return DigestPreferenceResponse.of(preference, self.simulation.clock()).etag

    def first_etag(self, name: str) -> int:
        return get_member(self.simulation, self.circle_id, MEI.user_id).version if name == "role" else 0


@pytest.mark.parametrize("name", ["role", "screening", "teaser", "digest preference"])
def test_a_late_request_never_undoes_a_newer_change(name: str) -> None:
    circle = Circle()
    first, lost = change(circle.first_etag(name), "first", "0"), change(circle.first_etag(name), "lost", "0")
    etag = circle.set(name, 0, first)
    assert circle.set(name, 0, first) == etag
    newer = circle.set(name, 1, change(int(etag), "second", "1"))
    assert newer != etag
    assert circle.set(name, 0, first) == newer, "a repeat returns the present state"
    with pytest.raises(PreconditionFailed):
        circle.set(name, 0, lost)
    with pytest.raises(KeyReused):
        circle.set(name, 0, change(int(etag), "second", "0"))


def test_c9_a_screening_based_on_a_removed_one_is_denied() -> None:
    circle = Circle()
    etag = circle.set("screening", 0, change(0))
    circles.stop_screening(circle.ports, LIN, circle.circle_id)
    with pytest.raises(PreconditionFailed):
        circle.set("screening", 1, change(int(etag)))
    now = ScreeningResponse.of(circles.get_screening(circle.ports, LIN, circle.circle_id))
    assert not now.on
    circle.set("screening", 1, change(int(now.etag)))


def test_c9_other_changes_of_the_circle_do_not_change_the_etag_of_its_screening() -> None:
    circle = Circle()
    etag = circle.set("screening", 0, change(0))
    suspend(circle.simulation, LIN)
    assert ScreeningResponse.of(circles.get_screening(circle.ports, MEI, circle.circle_id)).etag == etag


def test_c3_a_role_is_not_given_to_a_member_who_was_sanctioned_in_between() -> None:
    circle = Circle()
    etag = circle.first_etag("role")
    impose_sanction(circle.simulation, LIN, circle.circle_id, MEI, SanctionKind.MUTE, days=1)
    with pytest.raises(PreconditionFailed):
        circle.set("role", 0, change(etag))


class Undone(NamedTuple):
    """An action, what undoes it, and how its effect is seen."""

    act: Callable[[Simulation, str, ChangeRequest | None], object]
    undo: Callable[[Simulation, str], object]
    state: Callable[[Simulation, str], object]


def _impose(kind: SanctionKind) -> Callable[[Simulation, str, ChangeRequest | None], object]:
    return lambda simulation, circle_id, request: circles.impose_member_sanction(
        simulation.circles, LIN, circle_id, MEI.user_id, kind, reason="x", until=None, request=request
    )


def _lift(simulation: Simulation, circle_id: str, request: ChangeRequest | None = None) -> object:
    return circles.lift_member_sanction(simulation.circles, LIN, circle_id, MEI.user_id, "x", request=request)


def _sanctions(simulation: Simulation, circle_id: str) -> object:
    member = get_member(simulation, circle_id, MEI.user_id)
    return member.state, member.sanction, member.mute


def _rejoin(simulation: Simulation, circle_id: str) -> object:
    simulation.clock.advance(days=40)
    return join_circle(simulation, MEI, LIN, circle_id)


def _stored_circle(simulation: Simulation, circle_id: str) -> object:
    return load_circle(simulation.circles_table, circle_id).entity


UNDONE = {
    "a mute that was lifted": Undone(_impose(SanctionKind.MUTE), _lift, _sanctions),
    "a ban that was lifted": Undone(_impose(SanctionKind.BAN), _lift, _sanctions),
    "a kick before the user joined again": Undone(_impose(SanctionKind.KICK), _rejoin, _sanctions),
    "the lifting of a ban before another ban": Undone(
        _lift, lambda simulation, circle_id: _impose(SanctionKind.BAN)(simulation, circle_id, None), _sanctions
    ),
    "the closing of a circle that was reopened": Undone(
        lambda simulation, circle_id, request: circles.close_circle(
            simulation.circles, LIN, circle_id, 30 * DAY, request=request
        ),
        lambda simulation, circle_id: circles.reopen_circle(simulation.circles, LIN, circle_id),
        _stored_circle,
    ),
}


@pytest.mark.parametrize("undone", UNDONE)
def test_a_late_repeat_of_an_action_does_not_restore_what_was_undone(undone: str) -> None:
    simulation, (act, undo, state) = Simulation(), UNDONE[undone]
    circle_id = create_circle(simulation, LIN, MEI)
    request = ChangeRequest.of_key(new_key(LIN, now=simulation.clock.now), CHANGE_RATE)
    if act is _lift:
        _impose(SanctionKind.BAN)(simulation, circle_id, None)
    before = state(simulation, circle_id)
    act(simulation, circle_id, request)
    assert state(simulation, circle_id) != before
    undo(simulation, circle_id)
    after = state(simulation, circle_id)
    act(simulation, circle_id, request)
    assert state(simulation, circle_id) == after


def test_a_late_repeat_of_a_closing_does_not_delete_a_newer_teaser() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    close = partial(circles.close_circle, simulation.circles, LIN, circle_id, 30 * DAY)
    request = ChangeRequest.of_key(new_key(LIN, now=simulation.clock.now), CHANGE_RATE)
    close(request=request)
    circles.reopen_circle(simulation.circles, LIN, circle_id)
    teaser = set_teaser(simulation, LIN, circle_id, "城市里看得到的野鸟。", ("观鸟",))
    close(request=request)
    assert circles.get_teaser(simulation.circles, circle_id) == teaser
