"""A role that is proposed, accepted or lost, in the list of members and in the own membership; names stay through all of it."""

from __future__ import annotations

from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.circles.names.pinyin import name_of
from services.circles.schemas.people import OwnMembershipResponse
from services.circles.settings import settings
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from simulation.setup.circles import create_circle, get_member, impose_sanction, propose_role
from simulation.simulation import Simulation
from simulation.users import caller
from tests.usecases.circles.test_profiles import choose_name, rename

LIN, MEI, HAO = (caller(name) for name in ("lin", "mei", "hao"))


def listed(simulation: Simulation, circle_id: str, role: Role | None = None) -> list[tuple[str, Role, str]]:
    members = circles.list_members(simulation.circles, HAO, circle_id, PageRequest(20), role).items
    return [(each.member.user_id, each.member.role, each.member.name.text) for each in members]


def own_membership(simulation: Simulation, user: Caller, circle_id: str) -> OwnMembershipResponse:
    return OwnMembershipResponse.of(circles.get_membership(simulation.circles, user, circle_id), simulation.clock())


def test_c28_the_list_of_members_follows_a_role_once_it_is_accepted_and_names_stay() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    rename(simulation, MEI, "阿岚")
    choose_name(simulation, MEI, circle_id, name_of("大山雀"))
    shown = get_member(simulation, circle_id, MEI.user_id).appearance

    def require_listed(role: Role) -> None:
        rows = listed(simulation, circle_id)
        assert (MEI.user_id, role, "大山雀") in rows
        assert len(rows) == 3
        assert get_member(simulation, circle_id, MEI.user_id).appearance == shown

    propose_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    require_listed(Role.MEMBER)
    assert listed(simulation, circle_id, Role.MODERATOR) == []
    circles.decline_role(simulation.circles, MEI, circle_id)
    require_listed(Role.MEMBER)
    propose_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    circles.accept_role(simulation.circles, MEI, circle_id, Role.MODERATOR)
    require_listed(Role.MODERATOR)
    assert listed(simulation, circle_id, Role.MODERATOR) == [(MEI.user_id, Role.MODERATOR, "大山雀")]
    propose_role(simulation, LIN, circle_id, MEI.user_id, Role.BUYER)
    require_listed(Role.BUYER)


def test_c28_a_new_name_leaves_a_proposal_and_its_acceptance_as_they_are() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    propose_role(simulation, LIN, circle_id, MEI.user_id, Role.BUYER)
    for user, name in ((MEI, "阿岚"), (LIN, "林间")):
        rename(simulation, user, name)
    assert circles.accept_role(simulation.circles, MEI, circle_id, Role.BUYER).role is Role.BUYER
    assert (MEI.user_id, Role.BUYER, "阿岚") in listed(simulation, circle_id)


def test_c28_a_member_reads_a_proposal_in_their_own_membership_until_it_expires() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    assert own_membership(simulation, MEI, circle_id).role_proposal is None
    propose_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    proposal = own_membership(simulation, MEI, circle_id).role_proposal
    assert proposal
    assert (proposal.role, proposal.proposed_by) == (Role.MODERATOR, LIN.user_id)
    assert own_membership(simulation, MEI, circle_id).role is Role.NEWCOMER
    assert own_membership(simulation, HAO, circle_id).role_proposal is None
    simulation.clock.now += settings().role_proposal_lifetime
    assert own_membership(simulation, MEI, circle_id).role_proposal is None


def test_c28_the_end_of_a_membership_ends_its_proposal_and_its_place_in_the_list() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI, HAO)
    rename(simulation, MEI, "阿岚")
    propose_role(simulation, LIN, circle_id, MEI.user_id, Role.MODERATOR)
    impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.KICK)
    member = get_member(simulation, circle_id, MEI.user_id)
    assert (member.proposal, member.appearance.name.text) == (None, "阿岚")
    assert [user_id for user_id, _, _ in listed(simulation, circle_id)] == [LIN.user_id, HAO.user_id]
