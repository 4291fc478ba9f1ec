"""A ban applies to every user of the same identity: with a new passcode and with a request to join."""

from __future__ import annotations

from unittest import mock

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, Role, SanctionKind
from services.circles.repository import identities as repository
from services.circles.repository.circles import find_member
from services.review import usecases as review
from services.shared.kernel.errors import Invalid
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AccountVerified
from services.shared.security.auth import Caller
from simulation.setup.circles import (
    create_circle,
    get_member,
    impose_sanction,
    issue_passcode,
    join_circle,
    set_role,
    set_teaser,
)
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes, new_changes, published_events
from simulation.users import caller, real_name_token

LIN, QIU, SECOND_ACCOUNT, HAO = (caller(name) for name in ("lin", "qiu", "second-account-of-qiu", "hao"))


def verify(simulation: Simulation, account: Caller, identity_id: str) -> None:
    """Verify the identity of a user, and deliver the event to circles twice."""
    review.verify_identity(simulation.review, account, real_name_token(account.user_id, identity_id))
    for event in published_events("review", new_changes(simulation, "review")):
        assert isinstance(event, AccountVerified)
        assert identity_id not in event.data.identity_id
        for _ in range(2):
            deliver(simulation, "circles", event)


def is_rejected(simulation: Simulation, circle_id: str, user: Caller) -> bool:
    passcode = issue_passcode(simulation, LIN, circle_id)
    try:
        circles.join_circle(simulation.circles, user, passcode)
    except errors.PasscodeRejected:
        return True
    circles.leave_circle(simulation.circles, user, circle_id, gives_up_role=True)
    return False


@pytest.mark.parametrize("known", ["before the ban", "after the ban"])
def test_c10_a_ban_applies_to_another_user_of_the_same_identity(known: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, QIU)
    if known == "before the ban":
        verify(simulation, QIU, "identity of qiu")
    impose_sanction(simulation, LIN, circle_id, QIU, SanctionKind.BAN, days=30)
    if known == "after the ban":
        assert not is_rejected(simulation, circle_id, SECOND_ACCOUNT), "the identity is not known yet"
        verify(simulation, QIU, "identity of qiu")
    verify(simulation, SECOND_ACCOUNT, "identity of qiu")
    verify(simulation, HAO, "another identity")
    assert is_rejected(simulation, circle_id, SECOND_ACCOUNT)
    assert is_rejected(simulation, circle_id, QIU)
    assert not is_rejected(simulation, circle_id, HAO)
    simulation.clock.advance(days=31)
    assert not is_rejected(simulation, circle_id, SECOND_ACCOUNT), "a ban ends by the clock"


def test_c10_a_lifted_ban_allows_the_other_user_to_join_too() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, QIU)
    for account in (QIU, SECOND_ACCOUNT):
        verify(simulation, account, "identity of qiu")
    impose_sanction(simulation, LIN, circle_id, QIU, SanctionKind.BAN)
    assert is_rejected(simulation, circle_id, SECOND_ACCOUNT)
    circles.lift_member_sanction(simulation.circles, LIN, circle_id, QIU.user_id, "误判")
    assert not is_rejected(simulation, circle_id, SECOND_ACCOUNT)


def test_c10_a_request_of_the_other_user_has_no_effect_in_that_circle_only() -> None:
    simulation = Simulation()
    circle_id, elsewhere = create_circle(simulation, LIN, QIU), create_circle(simulation, LIN)
    for account in (QIU, SECOND_ACCOUNT):
        verify(simulation, account, "identity of qiu")
    impose_sanction(simulation, LIN, circle_id, QIU, SanctionKind.BAN)
    pending = {}
    for each in (circle_id, elsewhere):
        set_teaser(simulation, LIN, each, "来看鸟。", ("观鸟",))
        circles.request_to_join(simulation.circles, SECOND_ACCOUNT, each, "想加入")
        pending[each] = [
            member.user_id for member in circles.list_pending_members(simulation.circles, LIN, each, PageRequest(20))[0]
        ]
    assert pending == {circle_id: [], elsewhere: [SECOND_ACCOUNT.user_id]}


def test_c10_a_statement_about_another_user_is_rejected() -> None:
    simulation = Simulation()
    with pytest.raises(Invalid):
        review.verify_identity(simulation.review, SECOND_ACCOUNT, real_name_token(QIU.user_id))


@pytest.mark.parametrize("verified", ["before the ban", "after the ban"])
@pytest.mark.parametrize("is_pending", [False, True])
def test_c10_a_ban_ends_the_membership_or_request_of_another_user_of_the_identity(verified: str, is_pending: bool) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, QIU)
    if is_pending:
        set_teaser(simulation, LIN, circle_id, "来看鸟。", ("观鸟",))
        circles.request_to_join(simulation.circles, SECOND_ACCOUNT, circle_id, "想加入")
    else:
        join_circle(simulation, SECOND_ACCOUNT, LIN, circle_id)
    verify(simulation, QIU, "identity of qiu")
    if verified == "before the ban":
        verify(simulation, SECOND_ACCOUNT, "identity of qiu")
    impose_sanction(simulation, LIN, circle_id, QIU, SanctionKind.BAN)
    if verified == "after the ban":
        verify(simulation, SECOND_ACCOUNT, "identity of qiu")
    assert get_member(simulation, circle_id, SECOND_ACCOUNT.user_id).state is MemberState.BANNED
    with pytest.raises(errors.MemberNotFound):
        circles.approve_member(simulation.circles, LIN, circle_id, SECOND_ACCOUNT.user_id)
    assert is_rejected(simulation, circle_id, SECOND_ACCOUNT)
    circles.lift_member_sanction(simulation.circles, LIN, circle_id, QIU.user_id, "误判")
    assert not is_rejected(simulation, circle_id, SECOND_ACCOUNT)


def test_c10_the_stream_completes_a_ban_that_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, QIU, SECOND_ACCOUNT)
    for account in (QIU, SECOND_ACCOUNT):
        verify(simulation, account, "identity of qiu")
    monkeypatch.setattr("services.circles.usecases.members.ban_identity", lambda *_: None)
    impose_sanction(simulation, LIN, circle_id, QIU, SanctionKind.BAN)
    assert get_member(simulation, circle_id, SECOND_ACCOUNT.user_id).is_active
    handle_new_changes(simulation, "circles")
    assert get_member(simulation, circle_id, SECOND_ACCOUNT.user_id).state is MemberState.BANNED


def test_c10_a_ban_of_a_second_account_does_not_remove_the_owner() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, QIU)
    for account in (QIU, LIN):
        verify(simulation, account, "identity of qiu")
    impose_sanction(simulation, LIN, circle_id, QIU, SanctionKind.BAN)
    handle_new_changes(simulation, "circles")
    assert get_member(simulation, circle_id, LIN.user_id).is_active


@pytest.mark.parametrize("kind", [SanctionKind.BAN, SanctionKind.KICK])
def test_c10_a_member_who_leaves_while_they_are_excluded_stays_excluded(kind: SanctionKind) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, HAO)
    before = find_member(simulation.circles_table, circle_id, HAO.user_id)
    impose_sanction(simulation, LIN, circle_id, HAO, kind)
    excluded = get_member(simulation, circle_id, HAO.user_id)
    read_before = mock.patch("services.circles.usecases.members.repository.find_member", return_value=before)
    with read_before, pytest.raises(errors.CircleNotFound):
        circles.leave_circle(simulation.circles, HAO, circle_id, gives_up_role=True)
    assert get_member(simulation, circle_id, HAO.user_id) == excluded
    assert is_rejected(simulation, circle_id, HAO)


def test_c10_the_rank_of_the_imposer_at_the_ban_counts_also_after_they_left() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, HAO, QIU, SECOND_ACCOUNT)
    set_role(simulation, LIN, circle_id, HAO.user_id, Role.CO_OWNER)
    set_role(simulation, LIN, circle_id, SECOND_ACCOUNT.user_id, Role.MODERATOR)
    verify(simulation, QIU, "identity of qiu")
    impose_sanction(simulation, HAO, circle_id, QIU, SanctionKind.BAN)
    circles.leave_circle(simulation.circles, HAO, circle_id, gives_up_role=True)
    verify(simulation, SECOND_ACCOUNT, "identity of qiu")
    assert get_member(simulation, circle_id, SECOND_ACCOUNT.user_id).state is MemberState.BANNED


@pytest.mark.parametrize("verified", ["before the ban", "after the ban"])
@pytest.mark.parametrize("user", [QIU, SECOND_ACCOUNT])
def test_c10_a_later_verification_under_another_identity_hides_no_earlier_one(user: Caller, verified: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, QIU, SECOND_ACCOUNT)
    if verified == "after the ban":
        impose_sanction(simulation, LIN, circle_id, QIU, SanctionKind.BAN)
    verify(simulation, user, "identity of qiu")
    verify(simulation, user, "another identity")
    verify(simulation, SECOND_ACCOUNT if user is QIU else QIU, "identity of qiu")
    if verified == "before the ban":
        impose_sanction(simulation, LIN, circle_id, QIU, SanctionKind.BAN)
    assert get_member(simulation, circle_id, SECOND_ACCOUNT.user_id).state is MemberState.BANNED
    assert is_rejected(simulation, circle_id, SECOND_ACCOUNT)


def test_c10_every_banned_user_of_an_identity_counts_also_behind_a_page_of_expired_bans() -> None:
    table = Simulation().circles_table
    users = [f"user-{number:02}" for number in range(2 * repository.PAGE_SIZE + 1)]
    for user_id in users:
        repository.put_ban(table, "cir_1", "identity of qiu", user_id)
    found = repository.iter_banned_user_ids(table, "cir_1", ["identity of qiu"], consistent_read=True)
    assert list(found) == users
