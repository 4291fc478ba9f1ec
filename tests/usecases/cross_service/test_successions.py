"""Transfers of circles and successions of absent owners: nothing changes without candidate and reviewers."""

from __future__ import annotations

from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind, Trust
from services.circles.domain.ownership import OfferKind, OwnershipOffer
from services.circles.publications import PUBLICATIONS as OF_CIRCLES
from services.circles.repository.circles import load_circle, member_key
from services.review import errors as review_errors
from services.review import usecases as review
from services.review.publications import PUBLICATIONS as OF_REVIEW
from services.shared.kernel.errors import Invalid
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    Event,
    SuccessionDecided,
    SuccessionOffered,
)
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.account_status import put_account_status
from services.shared.security.auth import Caller
from services.shared.table.items import Key
from services.shared.table.port import Table
from simulation.setup.applications import OPERATOR, enrol_reviewer
from simulation.setup.circles import create_circle, get_member, impose_sanction, join_circle, post_note, set_role
from simulation.setup.events import envelope
from simulation.simulation import Simulation
from simulation.users import caller, new_key, real_name_token

LIN, MEI, HAO, YAN = (caller(name) for name in ("lin", "mei", "hao", "yan"))
RUI, SHAN = caller("rui", "reviewer"), caller("shan", "reviewer")


def create_circle_of_trusted_members(simulation: Simulation, *members: Caller) -> str:
    """Create a circle whose members are trusted, with reviewers who are not members, and return its id."""
    for name in ("rui", "shan"):
        enrol_reviewer(simulation, name)
    circle_id = create_circle(simulation, LIN, *members)
    for member in members:
        key = member_key(circle_id, member.user_id)
        simulation.circles_table.update(key, set={"trust": int(Trust.MEMBER)}, when=None)
    return circle_id


def stored_event(table: Table, key: Key, publications: object, which: int = 0) -> Event:
    """Return an event that is pending on an item now."""
    item = table.get(key, consistent_read=True) or {}
    pending = pending_events_of(item)[which]
    return publications[pending.name](item, pending)  # type: ignore[index, no-any-return]


def deliver_to_review(simulation: Simulation, circle_id: str) -> str:
    event = stored_event(simulation.circles_table, Key(f"CIRCLE#{circle_id}", "CIRCLE"), OF_CIRCLES, -1)
    assert isinstance(event, SuccessionOffered)
    for _ in range(2):
        review.apply_succession_offered(simulation.review, event)
    return event.data.succession_id


def deliver_to_circles(simulation: Simulation, succession_id: str) -> None:
    event = stored_event(simulation.review_table, Key(f"SUCCESSION#{succession_id}", "SUCCESSION"), OF_REVIEW)
    assert isinstance(event, SuccessionDecided)
    for _ in range(2):
        circles.apply_succession_decided(simulation.circles, event)


def accept(simulation: Simulation, user: Caller, succession_id: str, **claims: bool) -> None:
    token = real_name_token(user.user_id, now=simulation.clock.now, **claims)  # type: ignore[arg-type]
    review.accept_succession(simulation.review, user, succession_id, token)
    deliver_to_circles(simulation, succession_id)


def approve(simulation: Simulation, succession_id: str, *reviewers: Caller) -> None:
    for reviewer in reviewers:
        review.decide_succession(simulation.review, reviewer, succession_id, True, "熟悉圈子。")


def roles(simulation: Simulation, circle_id: str, *users: Caller) -> list[Role]:
    return [get_member(simulation, circle_id, user.user_id).role for user in users]


def test_c24_a_transfer_needs_offer_acceptance_and_two_reviewers() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI, HAO)
    offer = circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    assert circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id) == offer
    succession_id = deliver_to_review(simulation, circle_id)
    before = [Role.OWNER, Role.MEMBER]
    with pytest.raises(review_errors.SuccessionNotAccepted):
        approve(simulation, succession_id, RUI)
    accept(simulation, MEI, succession_id)
    assert roles(simulation, circle_id, LIN, MEI) == before
    approve(simulation, succession_id, RUI, RUI)  # a repeat of the same decision counts once
    assert roles(simulation, circle_id, LIN, MEI) == before
    approve(simulation, succession_id, SHAN)
    deliver_to_circles(simulation, succession_id)
    assert roles(simulation, circle_id, LIN, MEI, HAO) == [Role.CO_OWNER, Role.OWNER, Role.MEMBER]
    assert load_circle(simulation.circles_table, circle_id).entity.owner == MEI.user_id
    circles.leave_circle(simulation.circles, LIN, circle_id, gives_up_role=True)
    with pytest.raises(errors.OwnerCannotLeave):
        circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)


@pytest.mark.parametrize("flaw", ["newcomer", "muted here", "muted everywhere", "left", "banned", "stranger", "the owner"])
def test_c24_a_circle_is_not_offered_to_an_ineligible_candidate(flaw: str) -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    candidate = {"newcomer": HAO, "stranger": YAN, "the owner": LIN}.get(flaw, MEI)
    if flaw == "newcomer":
        join_circle(simulation, HAO, LIN, circle_id)
    if flaw == "muted here":
        impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    if flaw == "muted everywhere":
        state = AccountStatusChangedData(user_id=MEI.user_id, level="muted", until=None, valid_after=0)
        put_account_status(simulation.circles_table, AccountStatusChanged(**envelope(simulation, MEI.user_id), data=state))
    if flaw == "left":
        circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
    if flaw == "banned":
        impose_sanction(simulation, LIN, circle_id, MEI, SanctionKind.BAN)
    with pytest.raises(errors.CandidateNotEligible):
        circles.offer_ownership(simulation.circles, LIN, circle_id, candidate.user_id)
    assert load_circle(simulation.circles_table, circle_id).entity.offer is None


def test_c24_a_minor_or_declining_candidate_does_not_become_owner() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI, HAO)
    circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    succession_id = deliver_to_review(simulation, circle_id)
    with pytest.raises(review_errors.ApplicantNotAdult):
        accept(simulation, MEI, succession_id, adult=False)
    with pytest.raises(review_errors.SuccessionNotFound):
        accept(simulation, HAO, succession_id)
    with pytest.raises(Invalid):
        review.accept_succession(simulation.review, MEI, succession_id, real_name_token(HAO.user_id))
    circles.withdraw_ownership_offer(simulation.circles, MEI, circle_id)
    deliver_to_review(simulation, circle_id)
    with pytest.raises(review_errors.OfferNotOpen):
        accept(simulation, MEI, succession_id)
    with pytest.raises(errors.OfferNotFound):
        circles.get_ownership_offer(simulation.circles, LIN, circle_id)
    assert roles(simulation, circle_id, LIN, MEI) == [Role.OWNER, Role.MEMBER]


def test_c24_a_withdrawn_offer_has_no_effect_when_approved() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    succession_id = deliver_to_review(simulation, circle_id)
    accept(simulation, MEI, succession_id)
    circles.withdraw_ownership_offer(simulation.circles, LIN, circle_id)
    approve(simulation, succession_id, RUI, SHAN)  # review has not received the withdrawal yet
    deliver_to_circles(simulation, succession_id)
    assert roles(simulation, circle_id, LIN, MEI) == [Role.OWNER, Role.MEMBER]


def test_c24_one_rejection_closes_the_offer_and_another_candidate_can_be_asked() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI, HAO)
    circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    with pytest.raises(errors.OfferAlreadyOpen):
        circles.offer_ownership(simulation.circles, LIN, circle_id, HAO.user_id)
    succession_id = deliver_to_review(simulation, circle_id)
    accept(simulation, MEI, succession_id)
    review.decide_succession(simulation.review, RUI, succession_id, False, "时间不足。")
    deliver_to_circles(simulation, succession_id)
    with pytest.raises(review_errors.OfferNotOpen):
        approve(simulation, succession_id, SHAN)
    assert isinstance(circles.offer_ownership(simulation.circles, LIN, circle_id, HAO.user_id), OwnershipOffer)


def test_c24_a_reviewer_with_a_conflict_of_interest_cannot_decide() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    succession_id = deliver_to_review(simulation, circle_id)
    review.accept_succession(simulation.review, MEI, succession_id, real_name_token(MEI.user_id))
    same_user_as_reviewer = Caller(MEI.user_id, frozenset({"reviewer"}), MEI.signed_in_at, MEI.expires_at)
    review.enrol_reviewer(simulation.review, OPERATOR, MEI.user_id, new_key(OPERATOR), real_name_token(MEI.user_id))
    with pytest.raises(review_errors.ConflictOfInterest):
        approve(simulation, succession_id, same_user_as_reviewer)


def test_c24_a_candidate_who_leaves_does_not_become_owner() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)
    succession_id = deliver_to_review(simulation, circle_id)
    accept(simulation, MEI, succession_id)
    circles.leave_circle(simulation.circles, MEI, circle_id, gives_up_role=True)
    approve(simulation, succession_id, RUI, SHAN)
    deliver_to_circles(simulation, succession_id)
    circle = load_circle(simulation.circles_table, circle_id).entity
    assert (circle.owner, circle.offer and circle.offer.is_open(simulation.clock())) == (LIN.user_id, False)


def run_schedule_daily(simulation: Simulation, circle_id: str, days: int = 31) -> None:
    for _ in range(days):
        simulation.clock.advance(days=1)
        circles.handle_schedule(simulation.circles)


def test_c24_the_co_owner_who_accepts_succeeds_a_silent_owner() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, HAO, MEI, YAN)
    for number, user in enumerate((MEI, HAO)):
        simulation.clock.advance(hours=number)
        circles.leave_circle(simulation.circles, user, circle_id, gives_up_role=True)
        join_circle(simulation, user, LIN, circle_id)
        set_role(simulation, LIN, circle_id, user.user_id, Role.CO_OWNER)
    run_schedule_daily(simulation, circle_id, 29)
    assert load_circle(simulation.circles_table, circle_id).entity.offer is None
    run_schedule_daily(simulation, circle_id, 3)
    offer = circles.get_ownership_offer(simulation.circles, MEI, circle_id)
    assert (offer.kind, offer.candidate) == (OfferKind.SUCCESSION, MEI.user_id)
    run_schedule_daily(simulation, circle_id, 8)  # she does not accept: the next co-owner is asked
    offer = circles.get_ownership_offer(simulation.circles, HAO, circle_id)
    assert offer.candidate == HAO.user_id
    succession_id = deliver_to_review(simulation, circle_id)
    accept(simulation, HAO, succession_id)
    run_schedule_daily(simulation, circle_id, 20)
    assert roles(simulation, circle_id, LIN, HAO) == [Role.OWNER, Role.CO_OWNER], "without approval nothing changes"
    approve(simulation, succession_id, RUI, SHAN)
    deliver_to_circles(simulation, succession_id)
    assert roles(simulation, circle_id, LIN, MEI, HAO) == [Role.MEMBER, Role.CO_OWNER, Role.OWNER]


def test_c24_a_co_owner_who_declines_a_succession_is_not_asked_before_the_others() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, HAO, MEI)
    for user in (HAO, MEI):
        set_role(simulation, LIN, circle_id, user.user_id, Role.CO_OWNER)
    run_schedule_daily(simulation, circle_id, 32)
    first = load_circle(simulation.circles_table, circle_id).entity.offer
    assert first
    declining = next(user for user in (HAO, MEI) if user.user_id == first.candidate)
    circles.withdraw_ownership_offer(simulation.circles, declining, circle_id)
    run_schedule_daily(simulation, circle_id, 2)
    second = load_circle(simulation.circles_table, circle_id).entity.offer
    assert second
    assert {first.candidate, second.candidate} == {HAO.user_id, MEI.user_id}


@pytest.mark.parametrize("sign", ["reads", "posts", "checks in"])
def test_c24_an_active_owner_is_not_succeeded(sign: str) -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    set_role(simulation, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    note = post_note(simulation, circle_id, MEI)
    run_schedule_daily(simulation, circle_id, 20)
    if sign == "reads":
        circles.record_views(simulation.circles, LIN, circle_id, [note.id])
    elif sign == "posts":
        post_note(simulation, circle_id, LIN)
    else:
        circles.check_in(simulation.circles, LIN, circle_id)
    run_schedule_daily(simulation, circle_id, 20)
    assert load_circle(simulation.circles_table, circle_id).entity.offer is None


def test_c24_without_co_owners_nothing_is_offered() -> None:
    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    run_schedule_daily(simulation, circle_id, 45)
    assert load_circle(simulation.circles_table, circle_id).entity.offer is None


def test_c24_of_concurrent_offers_one_is_stored() -> None:
    """The owner offers the circle to two members at the same moment; the circle's version lets one offer through."""
    from tests.support.races import race, split_results

    simulation = Simulation()
    circle_id = create_circle_of_trusted_members(simulation, MEI, HAO)
    offer = partial(circles.offer_ownership, simulation.circles, LIN, circle_id)
    calls = [partial(offer, user.user_id) for user in (MEI, HAO) * 8]
    offers, raised = split_results(race(calls, 16))
    assert len({stored.candidate for stored in offers}) == 1
    assert {type(error) for error in raised} == {errors.OfferAlreadyOpen}
