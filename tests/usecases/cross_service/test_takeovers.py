"""Attempts to take over a circle, to keep one after removal, or to join a closed one: none succeeds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, Role, SanctionKind
from services.circles.domain.ownership import OfferKind
from services.circles.repository.circles import load_circle
from services.review import errors as review_errors
from services.review import usecases as review
from services.review.repository.tenures import load_tenure
from services.shared.kernel.errors import CallerMuted
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    CircleChanged,
    CircleData,
    OwnerRemoved,
    OwnerRemovedData,
    SuccessionOffered,
    SuccessionOfferedData,
)
from services.shared.security.account_status import SanctionLevel, put_account_status
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from simulation.memory import MemoryTable
from simulation.setup.applications import decide_application, enrol_reviewer, submit_application
from simulation.setup.circles import create_circle, get_member, impose_sanction, issue_passcode, post_note, set_role, set_teaser
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.streams import handle_all_changes, handle_new_changes
from simulation.users import caller, real_name_token
from tests.usecases.cross_service.test_successions import (
    RUI,
    SHAN,
    accept,
    approve,
    create_circle_of_trusted_members,
    deliver_to_circles,
    deliver_to_review,
)

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
MONTH = timedelta(days=30)


def remove_owner(simulation: Simulation, circle_id: str) -> None:
    """Deliver OwnerRemoved to circles, twice."""
    data = OwnerRemovedData(application_id=derive_id("app", circle_id), owner_id=LIN.user_id)
    for _ in range(2):
        circles.apply_owner_removed(simulation.circles, OwnerRemoved(**envelope(simulation, data.application_id), data=data))


def transfer_circle(simulation: Simulation, circle_id: str, to: Caller) -> str:
    circles.offer_ownership(simulation.circles, LIN, circle_id, to.user_id)
    succession_id = deliver_to_review(simulation, circle_id)
    accept(simulation, to, succession_id)
    approve(simulation, succession_id, RUI, SHAN)
    deliver_to_circles(simulation, succession_id)
    return succession_id


def test_c26_no_user_joins_a_closed_circle() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    passcode = issue_passcode(simulation, LIN, circle_id, hours=720)
    post_note(simulation, circle_id, LIN, "只对圈内说的")
    circles.close_circle(simulation.circles, LIN, circle_id, timedelta(days=7))
    simulation.clock.advance(days=8)
    for user in (caller("late"), caller("later"), MEI):
        if user is MEI:
            circles.handle_schedule(simulation.circles)
        with pytest.raises(errors.PasscodeRejected):
            circles.join_circle(simulation.circles, user, passcode)
        circles.handle_schedule(simulation.circles)


def test_c6_an_owner_is_not_quarantined_with_the_passcode_they_joined_with() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI, HAO)
    set_role(simulation, LIN, circle_id, HAO.user_id, Role.MODERATOR)
    transfer_circle(simulation, circle_id, MEI)
    passcode = get_member(simulation, circle_id, MEI.user_id).passcode_id
    circles.quarantine_passcode(simulation.circles, HAO, circle_id, passcode)
    handle_all_changes(simulation, "circles")
    owner = get_member(simulation, circle_id, MEI.user_id)
    assert (owner.role, owner.state) == (Role.OWNER, MemberState.MEMBER)
    with pytest.raises(errors.RoleNotAllowed):
        impose_sanction(simulation, HAO, circle_id, MEI, SanctionKind.BAN)


@pytest.mark.parametrize("sanction_kind", ["muted here", "banned on the platform", "muted on the platform"])
def test_c24_a_candidate_sanctioned_in_the_meantime_does_not_become_owner(sanction_kind: str) -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    succession_id = deliver_to_review(simulation, circle_id)
    accept(simulation, MEI, succession_id)
    if sanction_kind == "muted here":
        impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=3)
    elif sanction_kind == "banned on the platform":
        state = AccountStatusChangedData(user_id=MEI.user_id, level="banned", until=None, valid_after=0)
        put_account_status(simulation.circles_table, AccountStatusChanged(**envelope(simulation, MEI.user_id), data=state))
    else:
        terms = {"level": SanctionLevel.MUTED, "violation": Violation.SPAM, "until": None, "reason": "刷屏", "emergency": False}
        review.impose_sanction(simulation.review, RUI, MEI.user_id, **terms)  # type: ignore[arg-type]
        approve(simulation, succession_id, RUI)
        with pytest.raises(review_errors.ApplicantSanctioned):
            approve(simulation, succession_id, SHAN)
        return
    approve(simulation, succession_id, RUI, SHAN)
    deliver_to_circles(simulation, succession_id)
    circle = load_circle(simulation.circles_table, circle_id).entity
    assert (circle.owner, circle.offer and circle.offer.is_open(simulation.clock())) == (LIN.user_id, False)


def test_c24_a_removed_owner_has_no_permissions_left() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI, HAO)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    remove_owner(simulation, circle_id)
    for attempt in (
        lambda: circles.close_circle(simulation.circles, LIN, circle_id, MONTH),
        lambda: circles.offer_ownership(simulation.circles, LIN, circle_id, HAO.user_id),
        lambda: impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.BAN),
        lambda: set_role(simulation, LIN, circle_id, HAO.user_id, Role.CO_OWNER),
    ):
        with pytest.raises(errors.RoleNotAllowed):
            attempt()
    simulation.clock.advance(days=1)
    circles.handle_schedule(simulation.circles)
    assert circles.get_ownership_offer(simulation.circles, MEI, circle_id).kind is OfferKind.SUCCESSION
    with pytest.raises(errors.RoleNotAllowed):
        circles.withdraw_ownership_offer(simulation.circles, LIN, circle_id)
    circles.leave_circle(simulation.circles, LIN, circle_id, gives_up_role=True)


def test_c24_an_owner_cannot_become_successor_under_another_account() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    review.verify_identity(simulation.review, LIN, real_name_token(LIN.user_id, "lin the human"))
    circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    succession_id = deliver_to_review(simulation, circle_id)
    with pytest.raises(review_errors.ConflictOfInterest):
        review.accept_succession(simulation.review, MEI, succession_id, real_name_token(MEI.user_id, "lin the human"))


def deliver_circle_changed(
    simulation: Simulation, circle_id: str, owner: Caller, version: int, *, closed: bool = False
) -> None:
    state = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=owner.user_id, state="closed" if closed else "active")
    review.apply_circle_changed(simulation.review, CircleChanged(**envelope(simulation, circle_id, version), data=state))


def test_c24_the_tenure_and_its_cap_follow_the_owner() -> None:
    simulation = Simulation()
    for name in ("rui", "shan"):
        enrol_reviewer(simulation, name)
    application = submit_application(simulation, LIN)
    for reviewer in (RUI, SHAN):
        decide_application(simulation, reviewer, application)
    handle_new_changes(simulation, "review")
    circle_id = derive_id("cir", application.id)
    deliver_circle_changed(simulation, circle_id, MEI, 20)
    deliver_circle_changed(simulation, circle_id, LIN, 10)  # a late event of an earlier state
    deliver_circle_changed(simulation, circle_id, MEI, 20)
    tenure = load_tenure(simulation.review_table, application.id).entity
    assert (tenure.owner, tenure.source_version) == (MEI.user_id, 20)
    assert granted(simulation) == [], "the seat no longer counts for the former owner"


def test_c24_a_closed_circle_does_not_count_for_the_owner_it_passed_to() -> None:
    simulation = Simulation()
    for name in ("rui", "shan"):
        enrol_reviewer(simulation, name)
    application = submit_application(simulation, LIN)
    for reviewer in (RUI, SHAN):
        decide_application(simulation, reviewer, application)
    handle_new_changes(simulation, "review")
    circle_id = derive_id("cir", application.id)
    pass_circle_to_mei(simulation, circle_id)
    assert granted(simulation) == [application.id], "it counts for the new owner"
    deliver_circle_changed(simulation, circle_id, MEI, 30, closed=True)
    handle_new_changes(simulation, "review")
    assert granted(simulation) == []
    deliver_circle_changed(simulation, circle_id, MEI, 20)  # the change of owner is delivered again
    handle_new_changes(simulation, "review")
    assert granted(simulation) == []


def pass_circle_to_mei(simulation: Simulation, circle_id: str) -> None:
    """Let Mei accept the circle, two reviewers approve, and circles publish her as the owner."""
    succession_id = derive_id("suc", circle_id)
    offer = SuccessionOfferedData(
        succession_id=succession_id,
        circle_id=circle_id,
        owner_id=LIN.user_id,
        candidate_id=MEI.user_id,
        kind="transfer",
        state="offered",
        expires_at=simulation.clock() + timedelta(days=7),
    )
    review.apply_succession_offered(simulation.review, SuccessionOffered(**envelope(simulation, succession_id), data=offer))
    review.accept_succession(simulation.review, MEI, succession_id, real_name_token(MEI.user_id, "mei", now=simulation.clock()))
    for reviewer in (RUI, SHAN):
        review.decide_succession(simulation.review, reviewer, succession_id, True, "写得清楚。")
    handle_new_changes(simulation, "review")
    deliver_circle_changed(simulation, circle_id, MEI, 20)
    handle_new_changes(simulation, "review")


def granted(simulation: Simulation) -> list[str]:
    """The circles that count for any applicant."""
    assert isinstance(simulation.review_table, MemoryTable)
    applicants = [item for item in simulation.review_table.all_items() if item["sk"] == "APPLICANT"]
    return [application_id for item in applicants for application_id in item["granted"]]


def test_c24_withdrawn_offers_leave_no_trace_on_the_circle() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    for _ in range(30):
        circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
        circles.withdraw_ownership_offer(simulation.circles, MEI, circle_id)
        simulation.clock.advance(seconds=1)
    assert load_circle(simulation.circles_table, circle_id).entity.past_candidates == ()


def test_c24_after_all_candidates_the_first_is_asked_again() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    asked = 0
    for _ in range(60):
        simulation.clock.advance(days=1)
        circles.handle_schedule(simulation.circles)
        offer = load_circle(simulation.circles_table, circle_id).entity.offer
        asked += bool(offer and offer.expires_at - simulation.clock() > timedelta(days=6, hours=12))
    assert asked >= 2


@pytest.mark.parametrize("text", ["口令 {}", "{}", "来吧：{}！"])
def test_c25_a_teaser_with_a_passcode_is_an_error(text: str) -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    passcode = issue_passcode(simulation, LIN, circle_id)
    with pytest.raises(errors.TeaserInvalid):
        set_teaser(simulation, LIN, circle_id, text.format(passcode.lower()), ("观鸟",))
    set_teaser(simulation, LIN, circle_id, "come bird with some nice folk", ("观鸟",))


def test_c25_a_member_who_left_while_muted_cannot_request_to_join_with_a_text() -> None:
    """A mute of the platform is denied before the use case: tests/app/test_access.py."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, HAO)
    set_teaser(simulation, LIN, circle_id, "来看鸟。", ("观鸟",))
    impose_sanction(simulation, LIN, circle_id, HAO, SanctionKind.MUTE, days=1)
    circles.leave_circle(simulation.circles, HAO, circle_id, gives_up_role=True)
    with pytest.raises(CallerMuted):
        circles.request_to_join(simulation.circles, HAO, circle_id, "骂人的话")
    simulation.clock.advance(days=1)
    circles.request_to_join(simulation.circles, HAO, circle_id, "想回来")
    assert get_member(simulation, circle_id, HAO.user_id).request_text == "想回来"


def test_r5_a_request_to_join_keeps_the_inviter() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    set_teaser(simulation, LIN, circle_id, "来看鸟。", ("观鸟",))
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
    circles.request_to_join(simulation.circles, MEI, circle_id, "又来了")
    assert get_member(simulation, circle_id, MEI.user_id).invited_by == LIN.user_id
