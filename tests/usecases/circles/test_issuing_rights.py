"""C6: a passcode ends with its issuer's right to issue, for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.circles.domain.issuing import end_passcodes, is_right_in_force
from services.circles.errors import PasscodeRejected
from services.circles.repository.circles import load_circle
from services.circles.usecases.circles import remove_owner
from services.circles.usecases.ownership import transfer_ownership
from services.shared.messaging.events import AccountStatusChanged, AccountStatusChangedData
from services.shared.table.items import Key
from simulation.setup.circles import create_circle, get_member, impose_sanction, issue_passcode, join_circle, set_role
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.users import caller

LIN, MEI, NEW = (caller(name) for name in ("lin", "mei", "new"))


def circle_with_moderator(simulation: Simulation) -> str:
    circle_id = create_circle(simulation, LIN, MEI)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    return circle_id


def regain(simulation: Simulation, circle_id: str) -> None:
    circles.lift_member_sanction(simulation.circles, LIN, circle_id, MEI.user_id, "误判")
    join_circle(simulation, MEI, LIN, circle_id)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)


def apply_suspension(simulation: Simulation, user_id: str, version: int = 7) -> None:
    data = AccountStatusChangedData(user_id=user_id, level="suspended", until=None, valid_after=0)
    event = AccountStatusChanged(**envelope(simulation, user_id, version), data=data)
    circles.apply_account_status_changed(simulation.circles, event)


ENDS: dict[str, Callable[[Simulation, str], object]] = {
    "demoted": lambda simulation, circle_id: set_role(simulation, LIN, circle_id, MEI.user_id, Role.MEMBER),
    "demoted to buyer": lambda simulation, circle_id: set_role(simulation, LIN, circle_id, MEI.user_id, Role.BUYER),
    "kicked": lambda simulation, circle_id: impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.KICK),
    "banned": lambda simulation, circle_id: impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.BAN),
    "left": lambda simulation, circle_id: circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True),
    "suspended": lambda simulation, circle_id: apply_suspension(simulation, MEI.user_id),
}


@pytest.mark.parametrize("end", ENDS)
def test_c6_a_passcode_ends_with_the_right_and_does_not_return_with_it(end: str) -> None:
    simulation = Simulation()
    circle_id = circle_with_moderator(simulation)
    code = issue_passcode(simulation, MEI, circle_id)
    ENDS[end](simulation, circle_id)
    with pytest.raises(PasscodeRejected):
        circles.join_circle(simulation.circles, NEW, code)
    regain(simulation, circle_id)
    with pytest.raises(PasscodeRejected):
        circles.join_circle(simulation.circles, NEW, code)
    assert circles.join_circle(simulation.circles, NEW, issue_passcode(simulation, MEI, circle_id)).is_active


def test_c6_a_mute_and_a_promotion_end_no_passcode() -> None:
    simulation = Simulation()
    circle_id = circle_with_moderator(simulation)
    code = issue_passcode(simulation, MEI, circle_id)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    assert circles.join_circle(simulation.circles, NEW, code).is_active


def test_c6_a_repeated_suspension_ends_no_passcode_that_was_issued_since() -> None:
    simulation = Simulation()
    member = get_member(simulation, circle_with_moderator(simulation), MEI.user_id)
    suspended = end_passcodes(member, 7, at=simulation.clock())
    assert suspended.issuing != member.issuing
    assert end_passcodes(suspended, 7, at=simulation.clock()) is suspended


@pytest.mark.parametrize("is_removed", [False, True])
def test_c6_an_owners_passcodes_pass_to_the_successor_unless_the_owner_was_removed(is_removed: bool) -> None:
    simulation = Simulation()
    circle_id = circle_with_moderator(simulation)
    code = issue_passcode(simulation, LIN, circle_id)
    offer = circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    if is_removed:
        remove_owner(simulation.circles, circle_id, LIN.user_id)
    transfer_ownership(simulation.circles, circle_id, offer.id)
    assert load_circle(simulation.circles_table, circle_id).entity.owner == MEI.user_id
    if is_removed:
        with pytest.raises(PasscodeRejected):
            circles.join_circle(simulation.circles, NEW, code)
    else:
        circles.leave_circle(simulation.circles, LIN, circle_id, gives_up_role=True)
        assert circles.join_circle(simulation.circles, NEW, code).is_active


def test_c6_a_demotion_between_the_read_and_the_transaction_ends_the_passcode(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    circle_id = circle_with_moderator(simulation)
    code = issue_passcode(simulation, MEI, circle_id)

    checked = is_right_in_force

    def demote_after_check(*arguments: object) -> bool:
        in_force = checked(*arguments)  # type: ignore[arg-type]
        set_role(simulation, LIN, circle_id, MEI.user_id, Role.MEMBER)
        return in_force

    monkeypatch.setattr("services.circles.usecases.joining.is_right_in_force", demote_after_check)
    with pytest.raises(PasscodeRejected):
        circles.join_circle(simulation.circles, NEW, code)
    assert simulation.circles_table.get(Key(f"CIRCLE#{circle_id}", f"MEMBER#{NEW.user_id}")) is None
