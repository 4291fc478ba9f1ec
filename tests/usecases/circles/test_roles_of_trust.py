"""C28: a role of trust takes effect when its person accepts; who holds one confirms before leaving; moderators read the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Member, MemberState, Role, SanctionKind
from services.circles.domain.moderation_log import ModerationAct
from services.circles.repository.circles import member_key, member_to_item
from services.circles.schemas import CircleResponse, MemberResponse
from services.circles.settings import settings
from services.circles.usecases import handle_changes
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import Versioned, save
from simulation.settings import overridden
from simulation.setup.circles import (
    create_circle,
    get_member,
    impose_sanction,
    issue_passcode,
    post_note,
    propose_role,
    set_role,
)
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_all_changes, published_events
from simulation.users import caller, new_key

LIN, MEI, HAO, YAN, NEW = (caller(name) for name in ("lin", "mei", "hao", "yan", "new"))
PAGE = PageRequest(50)
TRUST = (Role.BUYER, Role.MODERATOR, Role.CO_OWNER)


class Governed:
    """A circle of Lin with Mei, Hao and Yan."""

    def __init__(self) -> None:
        self.simulation = Simulation()
        self.ports = self.simulation.circles
        self.id = create_circle(self.simulation, LIN, MEI, HAO, YAN)

    def propose(self, by: Caller, user: Caller, role: Role) -> Member:
        self.simulation.clock.advance(seconds=1)
        return propose_role(self.simulation, by, self.id, user.user_id, role)

    def accept(self, user: Caller, role: Role) -> Member:
        self.simulation.clock.advance(seconds=1)
        return circles.accept_role(self.ports, user, self.id, role)

    def give(self, user: Caller, role: Role, by: Caller = LIN) -> None:
        set_role(self.simulation, by, self.id, user.user_id, role)

    def role(self, user: Caller) -> Role:
        return get_member(self.simulation, self.id, user.user_id).role

    def published_roles(self, user: Caller) -> list[str]:
        events = published_events("circles", all_changes(self.simulation, "circles"))
        return [event.data.role for event in events if getattr(event.data, "user_id", "") == user.user_id]  # type: ignore[attr-defined]

    def log(self, by: Caller = LIN) -> list[Any]:
        handle_all_changes(self.simulation, "circles")
        return circles.list_moderation_log(self.ports, by, self.id, PAGE).items

    def response(self, user: Caller) -> CircleResponse:
        own = circles.get_circle(self.ports, user, self.id)
        return CircleResponse.of(own, circles.picture_addresses(self.ports), self.simulation.clock())


@pytest.mark.parametrize("role", TRUST)
def test_c28_a_role_of_trust_is_in_effect_once_its_person_accepts(role: Role) -> None:
    circle = Governed()
    proposed = circle.propose(LIN, MEI, role)
    assert proposed.proposal
    assert (proposed.role, proposed.proposal.role, proposed.proposal.by) == (Role.MEMBER, role, LIN.user_id)
    response = circle.response(MEI)
    assert response.own_role_proposal
    assert (response.own_role, response.own_role_proposal.role) == (Role.NEWCOMER, role)
    assert set(circle.published_roles(MEI)) == {"newcomer"}, "no event has the role before"
    for _ in range(3):
        assert circle.accept(MEI, role).role is role
    assert circle.published_roles(MEI)[-1] == str(role)
    assert get_member(circle.simulation, circle.id, MEI.user_id).proposal is None


def test_c28_declining_changes_nothing() -> None:
    circle = Governed()
    before = circle.published_roles(MEI)
    circle.propose(LIN, MEI, Role.MODERATOR)
    for _ in range(2):
        circles.decline_role(circle.ports, MEI, circle.id)
    member = get_member(circle.simulation, circle.id, MEI.user_id)
    assert (member.role, member.state, member.proposal) == (Role.MEMBER, MemberState.MEMBER, None)
    assert circle.published_roles(MEI) == before, "declining publishes nothing"
    with pytest.raises(errors.RoleProposalEnded):
        circle.accept(MEI, Role.MODERATOR)
    with pytest.raises(errors.RoleNotAllowed):
        circle.log(MEI)


def test_c28_a_lower_role_is_in_effect_at_once_and_the_own_role_withdraws_a_proposal() -> None:
    circle = Governed()
    circle.give(MEI, Role.MODERATOR)
    assert circle.propose(LIN, MEI, Role.CO_OWNER).role is Role.MODERATOR
    assert circle.propose(LIN, MEI, Role.BUYER).role is Role.BUYER
    with pytest.raises(errors.RoleProposalEnded):
        circle.accept(MEI, Role.CO_OWNER)
    circle.propose(LIN, MEI, Role.MODERATOR)
    assert circle.propose(LIN, MEI, Role.BUYER).proposal is None
    assert circle.role(MEI) is Role.BUYER


def test_c28_only_the_role_that_is_proposed_now_can_be_accepted() -> None:
    circle = Governed()
    first = circle.propose(LIN, MEI, Role.MODERATOR)
    assert circle.propose(LIN, MEI, Role.MODERATOR) == first, "a repeat changes nothing"
    circle.propose(LIN, MEI, Role.BUYER)
    for role in (Role.MODERATOR, Role.CO_OWNER):
        with pytest.raises(errors.RoleProposalEnded):
            circle.accept(MEI, role)
    assert circle.accept(MEI, Role.BUYER).role is Role.BUYER
    with pytest.raises(errors.RoleProposalEnded):
        circle.accept(HAO, Role.MODERATOR)
    with pytest.raises(errors.CircleNotFound):
        circle.accept(NEW, Role.MODERATOR)


def test_c28_a_proposal_expires() -> None:
    circle = Governed()
    with overridden(settings, role_proposal_lifetime=timedelta(hours=2)):
        proposed = circle.propose(LIN, MEI, Role.MODERATOR)
        assert proposed.proposal
        circle.simulation.clock.now = proposed.proposal.expires_at
        with pytest.raises(errors.RoleProposalEnded):
            circles.accept_role(circle.ports, MEI, circle.id, Role.MODERATOR)
        assert circle.response(MEI).own_role_proposal is None
        assert circle.propose(LIN, MEI, Role.MODERATOR) != proposed, "it can be proposed again"


END_OF_RIGHT: dict[str, Callable[[Governed], Any]] = {
    "demoted": lambda circle: circle.propose(LIN, YAN, Role.MODERATOR),
    "left": lambda circle: circles.leave_circle(circle.ports, YAN, circle.id, gives_up_role=True),
    "kicked": lambda circle: impose_sanction(circle.simulation, LIN, circle.id, YAN, SanctionKind.KICK),
    "muted": lambda circle: impose_sanction(circle.simulation, LIN, circle.id, YAN, SanctionKind.MUTE, days=1),
}


@pytest.mark.parametrize("end", END_OF_RIGHT.values(), ids=END_OF_RIGHT.keys())
def test_c28_a_proposal_is_void_when_the_right_of_its_proposer_has_ended(end: Callable[[Governed], Any]) -> None:
    circle = Governed()
    circle.give(YAN, Role.CO_OWNER)
    circle.propose(YAN, MEI, Role.MODERATOR)
    end(circle)
    with pytest.raises(errors.RoleProposalEnded):
        circle.accept(MEI, Role.MODERATOR)
    assert circle.role(MEI) is Role.MEMBER


def test_c28_a_demotion_that_crosses_the_acceptance_wins() -> None:
    """The proposer is demoted after the acceptance has read their right."""
    circle = Governed()
    circle.give(YAN, Role.CO_OWNER)
    circle.propose(YAN, MEI, Role.MODERATOR)
    table, transact = circle.simulation.circles_table, circle.simulation.circles_table.transact
    crossed: list[Member] = []

    def demote_first(*arguments: Any, **named: Any) -> Any:
        if not crossed:
            crossed.append(circle.propose(LIN, YAN, Role.MEMBER))
        return transact(*arguments, **named)

    table.transact = demote_first  # type: ignore[method-assign]
    with pytest.raises(errors.RoleProposalEnded):
        circle.accept(MEI, Role.MODERATOR)
    assert (circle.role(MEI), circle.role(YAN), len(crossed)) == (Role.MEMBER, Role.MEMBER, 1)


def test_c28_a_proposal_ends_with_the_membership() -> None:
    circle = Governed()
    for end in (
        lambda: circles.leave_circle(circle.ports, MEI, circle.id),
        lambda: impose_sanction(circle.simulation, LIN, circle.id, HAO, SanctionKind.KICK),
    ):
        for user in (MEI, HAO):
            if get_member(circle.simulation, circle.id, user.user_id).is_active:
                circle.propose(LIN, user, Role.MODERATOR)
        end()
    for user in (MEI, HAO):
        assert get_member(circle.simulation, circle.id, user.user_id).proposal is None
    circles.join_circle(circle.ports, MEI, issue_passcode(circle.simulation, LIN, circle.id))
    with pytest.raises(errors.RoleProposalEnded):
        circle.accept(MEI, Role.MODERATOR)


@pytest.mark.parametrize("role", TRUST)
def test_c28_who_leaves_with_a_role_of_trust_is_asked_first(role: Role) -> None:
    circle = Governed()
    circle.give(MEI, role)
    with pytest.raises(errors.RoleHeld) as raised:
        circles.leave_circle(circle.ports, MEI, circle.id)
    assert raised.value.facts == {"role": str(role)}
    assert circle.role(MEI) is role
    circles.leave_circle(circle.ports, MEI, circle.id, gives_up_role=True)
    circles.leave_circle(circle.ports, HAO, circle.id)
    with pytest.raises(errors.OwnerCannotLeave):
        circles.leave_circle(circle.ports, LIN, circle.id, gives_up_role=True)


def test_c28_a_role_that_is_accepted_while_its_member_leaves_is_asked_about() -> None:
    circle = Governed()
    circle.propose(LIN, MEI, Role.MODERATOR)
    before = get_member(circle.simulation, circle.id, MEI.user_id)
    item = circle.simulation.circles_table.get(member_key(circle.id, MEI.user_id))
    circle.accept(MEI, Role.MODERATOR)
    with pytest.raises(ConditionFailed):
        save(circle.ports, Versioned(before, item, member_to_item), before.leave(at=circle.simulation.clock()))
    with pytest.raises(errors.RoleHeld):
        circles.leave_circle(circle.ports, MEI, circle.id)


def moderate(circle: Governed) -> tuple[str, str, str, Member]:
    """Do each act of moderation once; return the note, the comment, the passcode and the muted member."""
    simulation, ports = circle.simulation, circle.ports
    circle.give(MEI, Role.MODERATOR)
    circle.propose(LIN, YAN, Role.BUYER)
    circles.decline_role(ports, YAN, circle.id)
    note, key = post_note(simulation, circle.id, HAO), new_key(HAO, now=simulation.clock.now)
    comment = circles.add_comment(ports, HAO, circle.id, note.id, key, text="骂人的话", parent_id=None)
    circles.remove_comment(ports, MEI, circle.id, note.id, comment.id, "人身攻击。")
    circles.remove_note(ports, MEI, circle.id, note.id, "广告。")
    simulation.clock.advance(seconds=1)
    muted = impose_sanction(simulation, MEI, circle.id, HAO, SanctionKind.MUTE, days=1)
    simulation.clock.advance(seconds=1)
    circles.lift_member_sanction(ports, MEI, circle.id, HAO.user_id, "误判")
    simulation.clock.advance(seconds=1)
    impose_sanction(simulation, LIN, circle.id, HAO, SanctionKind.KICK)
    simulation.clock.advance(seconds=1)
    key = new_key(MEI, now=simulation.clock.now)
    text, passcode = circles.issue_passcode(ports, MEI, circle.id, key, timedelta(days=1), 5)
    circles.join_circle(ports, NEW, text)
    circles.quarantine_passcode(ports, LIN, circle.id, passcode.id)
    return note.id, comment.id, passcode.id, muted


def test_c28_the_log_names_act_subject_reason_end_and_actor_newest_first() -> None:
    circle = Governed()
    note_id, comment_id, passcode_id, muted = moderate(circle)
    entries = circle.log(MEI)
    assert [(entry.act, entry.subject_id, entry.by, entry.reason) for entry in entries] == [
        (ModerationAct.QUARANTINE, passcode_id, LIN.user_id, ""),
        (ModerationAct.KICK, HAO.user_id, LIN.user_id, "公布巢址"),
        (ModerationAct.LIFT, HAO.user_id, MEI.user_id, "误判"),
        (ModerationAct.MUTE, HAO.user_id, MEI.user_id, "公布巢址"),
        (ModerationAct.REMOVE_NOTE, note_id, MEI.user_id, "广告。"),
        (ModerationAct.REMOVE_COMMENT, comment_id, MEI.user_id, "人身攻击。"),
        (ModerationAct.DECLINE_ROLE, YAN.user_id, YAN.user_id, ""),
        (ModerationAct.PROPOSE_ROLE, YAN.user_id, LIN.user_id, ""),
        (ModerationAct.ROLE, MEI.user_id, MEI.user_id, ""),
        (ModerationAct.PROPOSE_ROLE, MEI.user_id, LIN.user_id, ""),
    ]
    assert muted.mute
    assert entries[3].until == muted.mute.until
    assert {entry.role for entry in entries[6:]} == {Role.BUYER, Role.MODERATOR}
    handle_changes(circle.ports, all_changes(circle.simulation, "circles"))
    assert circle.log(MEI) == entries, "a repeat of the stream adds nothing"
    first = circles.list_moderation_log(circle.ports, MEI, circle.id, PageRequest(4))
    rest = circles.list_moderation_log(circle.ports, MEI, circle.id, PageRequest(20, first.next))
    assert first.items + rest.items == entries


def test_c28_members_do_not_read_the_log_and_see_no_reason_of_others() -> None:
    circle = Governed()
    impose_sanction(circle.simulation, LIN, circle.id, HAO, SanctionKind.MUTE, days=1)
    circle.give(MEI, Role.BUYER)
    for user in (MEI, HAO, YAN):
        with pytest.raises(errors.RoleNotAllowed):
            circle.log(user)
    with pytest.raises(errors.CircleNotFound):
        circle.log(NEW)
    assert MemberResponse.of(get_member(circle.simulation, circle.id, HAO.user_id)).role_proposal is None
