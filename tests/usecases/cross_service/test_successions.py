"""Whose a circle is: transfer, succession of an absent owner, and that nothing changes without everybody's word."""

from __future__ import annotations

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind, Trust
from services.circles.domain.succession import Offer, OfferKind
from services.circles.publications import PUBLICATIONS as OF_CIRCLES
from services.circles.repository.circles import find_circle, member_key
from services.review import errors as refusals
from services.review import usecases as review
from services.review.publications import PUBLICATIONS as OF_REVIEW
from services.shared.kernel.errors import Invalid
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    Event,
    SuccessionAnswered,
    SuccessionOffered,
)
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.account_status import put_account_status
from services.shared.security.auth import Caller
from services.shared.table.port import Key, Table
from simulation.setup import common as scenes
from simulation.setup.circles import circle_with, post
from simulation.setup.common import envelope, sanction, the_member
from simulation.simulation import World, person, token

LIN, MEI, HAO, YAN = (person(name) for name in ("lin", "mei", "hao", "yan"))
RUI, SHAN = person("rui", "reviewer"), person("shan", "reviewer")


def standing_circle(world: World, *members: Caller) -> str:
    """A circle whose members are trusted, and reviewers who know nobody of it."""
    for name in ("rui", "shan"):
        scenes.enrolled(world, name)
    circle_id = circle_with(world, LIN, *members)
    for member in members:
        key = member_key(circle_id, member.user_id)
        world.circles_table.update(key, set={"trust": int(Trust.MEMBER)}, when=None)
    return circle_id


def told(table: Table, key: Key, publications: object, which: int = 0) -> Event:
    """An event that an item carries now."""
    item = table.get(key, consistent_read=True) or {}
    pending = pending_events_of(item)[which]
    return publications[pending.name](item, pending)  # type: ignore[index, no-any-return]


def tell_review(world: World, circle_id: str) -> str:
    event = told(world.circles_table, Key(f"CIRCLE#{circle_id}", "CIRCLE"), OF_CIRCLES, -1)
    assert isinstance(event, SuccessionOffered)
    for _ in range(2):
        review.keep_offer(world.review, event)
    return event.data.succession_id


def tell_circles(world: World, succession_id: str) -> None:
    event = told(world.review_table, Key(f"SUCCESSION#{succession_id}", "SUCCESSION"), OF_REVIEW)
    assert isinstance(event, SuccessionAnswered)
    for _ in range(2):
        circles.take_answer(world.circles, event)


def accept(world: World, who: Caller, succession_id: str, **said: bool) -> None:
    now = world.clock.now
    word = token(who.user_id, now=now, **said)  # type: ignore[arg-type]
    review.accept_succession(world.review, who, succession_id, word)
    tell_circles(world, succession_id)


def approve(world: World, succession_id: str, *reviewers: Caller) -> None:
    for reviewer in reviewers:
        review.decide_succession(world.review, reviewer, succession_id, True, "熟悉圈子。")


def roles(world: World, circle_id: str, *who: Caller) -> list[Role]:
    return [the_member(world, circle_id, one.user_id).role for one in who]


def test_c24_a_transfer_takes_offer_acceptance_and_two_reviewers() -> None:
    world = World()
    circle_id = standing_circle(world, MEI, HAO)
    offer = circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
    assert circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id) == offer
    succession_id = tell_review(world, circle_id)
    before = [Role.OWNER, Role.MEMBER]
    with pytest.raises(refusals.SuccessionWaits):
        approve(world, succession_id, RUI)
    accept(world, MEI, succession_id)
    assert roles(world, circle_id, LIN, MEI) == before
    approve(world, succession_id, RUI, RUI)  # the same word twice is once
    assert roles(world, circle_id, LIN, MEI) == before
    approve(world, succession_id, SHAN)
    tell_circles(world, succession_id)
    assert roles(world, circle_id, LIN, MEI, HAO) == [Role.CO_OWNER, Role.OWNER, Role.MEMBER]
    assert find_circle(world.circles_table, circle_id).entity.owner == MEI.user_id
    circles.leave_circle(world.circles, LIN, circle_id)
    with pytest.raises(errors.OwnerCannotLeave):
        circles.leave_circle(world.circles, MEI, circle_id)


@pytest.mark.parametrize("flaw", ["newcomer", "muted here", "muted everywhere", "left", "banned", "stranger", "oneself"])
def test_c24_a_circle_is_not_offered_to_who_is_unfit(flaw: str) -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    whom = {"newcomer": HAO, "stranger": YAN, "oneself": LIN}.get(flaw, MEI)
    if flaw == "newcomer":
        scenes.join(world, HAO, LIN, circle_id)
    if flaw == "muted here":
        sanction(world, LIN, circle_id, MEI, SanctionKind.MUTE, days=1)
    if flaw == "muted everywhere":
        state = AccountStatusChangedData(user_id=MEI.user_id, level="muted", until=None, valid_after=0)
        put_account_status(world.circles_table, AccountStatusChanged(**envelope(world, MEI.user_id), data=state))
    if flaw == "left":
        circles.leave_circle(world.circles, MEI, circle_id)
    if flaw == "banned":
        sanction(world, LIN, circle_id, MEI, SanctionKind.BAN)
    with pytest.raises(errors.CandidateNotEligible):
        circles.offer_ownership(world.circles, LIN, circle_id, whom.user_id)
    assert find_circle(world.circles_table, circle_id).entity.offer is None


def test_c24_who_is_under_age_or_unwilling_takes_nothing_over() -> None:
    world = World()
    circle_id = standing_circle(world, MEI, HAO)
    circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
    succession_id = tell_review(world, circle_id)
    with pytest.raises(refusals.NotAdult):
        accept(world, MEI, succession_id, adult=False)
    with pytest.raises(refusals.SuccessionNotFound):
        accept(world, HAO, succession_id)
    with pytest.raises(Invalid):
        review.accept_succession(world.review, MEI, succession_id, token(HAO.user_id))
    circles.withdraw_ownership_offer(world.circles, MEI, circle_id)
    tell_review(world, circle_id)
    with pytest.raises(refusals.OfferExpired):
        accept(world, MEI, succession_id)
    with pytest.raises(errors.NothingOffered):
        circles.get_ownership_offer(world.circles, LIN, circle_id)
    assert roles(world, circle_id, LIN, MEI) == [Role.OWNER, Role.MEMBER]


def test_c24_an_offer_that_was_taken_back_is_not_approved_into_being() -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
    succession_id = tell_review(world, circle_id)
    accept(world, MEI, succession_id)
    circles.withdraw_ownership_offer(world.circles, LIN, circle_id)
    approve(world, succession_id, RUI, SHAN)  # the news of the withdrawal is late
    tell_circles(world, succession_id)
    assert roles(world, circle_id, LIN, MEI) == [Role.OWNER, Role.MEMBER]


def test_c24_one_refusal_ends_it_and_the_next_can_be_asked() -> None:
    world = World()
    circle_id = standing_circle(world, MEI, HAO)
    circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
    with pytest.raises(errors.OfferOpen):
        circles.offer_ownership(world.circles, LIN, circle_id, HAO.user_id)
    succession_id = tell_review(world, circle_id)
    accept(world, MEI, succession_id)
    review.decide_succession(world.review, RUI, succession_id, False, "时间不足。")
    tell_circles(world, succession_id)
    with pytest.raises(refusals.OfferExpired):
        approve(world, succession_id, SHAN)
    assert isinstance(circles.offer_ownership(world.circles, LIN, circle_id, HAO.user_id), Offer)


def test_c24_nobody_near_decides() -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
    succession_id = tell_review(world, circle_id)
    review.accept_succession(world.review, MEI, succession_id, token(MEI.user_id))
    twin = Caller(MEI.user_id, frozenset({"reviewer"}), MEI.issued_at, MEI.expires_at)
    review.enrol_reviewer(world.review, scenes.OPERATOR, MEI.user_id, token(MEI.user_id))
    with pytest.raises(refusals.ConflictOfInterest):
        approve(world, succession_id, twin)


def test_c24_who_leaves_while_the_platform_decides_takes_nothing_over() -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
    succession_id = tell_review(world, circle_id)
    accept(world, MEI, succession_id)
    circles.leave_circle(world.circles, MEI, circle_id)
    approve(world, succession_id, RUI, SHAN)
    tell_circles(world, succession_id)
    circle = find_circle(world.circles_table, circle_id).entity
    assert (circle.owner, circle.offer and circle.offer.is_open(world.clock())) == (LIN.user_id, False)


def silent_month(world: World, circle_id: str, days: int = 31) -> None:
    for _ in range(days):
        world.clock.advance(days=1)
        circles.handle_schedule(world.circles)


def test_c24_a_silent_owner_is_succeeded_by_the_co_owner_who_accepts() -> None:
    world = World()
    circle_id = standing_circle(world, HAO, MEI, YAN)
    for number, one in enumerate((MEI, HAO)):
        world.clock.advance(hours=number)
        circles.leave_circle(world.circles, one, circle_id)
        scenes.join(world, one, LIN, circle_id)
        circles.set_role(world.circles, LIN, circle_id, one.user_id, Role.CO_OWNER)
    silent_month(world, circle_id, 29)
    assert find_circle(world.circles_table, circle_id).entity.offer is None
    silent_month(world, circle_id, 3)
    offer = circles.get_ownership_offer(world.circles, MEI, circle_id)
    assert (offer.kind, offer.to) == (OfferKind.SUCCESSION, MEI.user_id)
    silent_month(world, circle_id, 8)  # she does not answer: the next
    offer = circles.get_ownership_offer(world.circles, HAO, circle_id)
    assert offer.to == HAO.user_id
    succession_id = tell_review(world, circle_id)
    accept(world, HAO, succession_id)
    silent_month(world, circle_id, 20)
    assert roles(world, circle_id, LIN, HAO) == [Role.OWNER, Role.CO_OWNER], "without approval nothing changes"
    approve(world, succession_id, RUI, SHAN)
    tell_circles(world, succession_id)
    assert roles(world, circle_id, LIN, MEI, HAO) == [Role.MEMBER, Role.CO_OWNER, Role.OWNER]


@pytest.mark.parametrize("sign", ["reads", "posts", "checks in"])
def test_c24_an_owner_who_gives_a_sign_is_not_succeeded(sign: str) -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    note = post(world, circle_id, MEI)
    silent_month(world, circle_id, 20)
    if sign == "reads":
        circles.record_views(world.circles, LIN, circle_id, [note.id])
    elif sign == "posts":
        post(world, circle_id, LIN)
    else:
        circles.check_in(world.circles, LIN, circle_id)
    silent_month(world, circle_id, 20)
    assert find_circle(world.circles_table, circle_id).entity.offer is None


def test_c24_without_co_owners_nothing_is_offered() -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    silent_month(world, circle_id, 45)
    assert find_circle(world.circles_table, circle_id).entity.offer is None


def test_c24_offers_at_once_are_one() -> None:
    """By the owner to two people at the same moment: the circle's version lets one through."""
    from tests.support.races import apart, race

    world = World()
    circle_id = standing_circle(world, MEI, HAO)
    calls = [lambda who=who: circles.offer_ownership(world.circles, LIN, circle_id, who.user_id) for who in (MEI, HAO) * 8]  # type: ignore[misc]
    served, refused = apart(race(calls, 16))
    assert len({offer.to for offer in served}) == 1
    assert {type(one) for one in refused} == {errors.OfferOpen}
