"""Ways to take a circle, to keep it, or to come back into one that has ended: none leads anywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, Role, SanctionKind
from services.circles.domain.succession import OfferKind
from services.circles.repository.circles import find_circle
from services.review import errors as refusals
from services.review import usecases as review
from services.review.repository.tenures import find_tenure
from services.shared.kernel.errors import Muted
from services.shared.kernel.ids import derive_id
from services.shared.messaging.events import (
    AccountStatusChanged,
    AccountStatusChangedData,
    CircleChanged,
    CircleData,
    OwnerRemoved,
    OwnerRemovedData,
)
from services.shared.security.account_status import SanctionLevel, put_account_status
from services.shared.security.auth import Caller
from services.shared.table.port import Item
from simulation.setup import common as scenes
from simulation.setup.circles import circle_with, follow, post
from simulation.setup.common import (
    envelope,
    issue,
    sanction,
    the_member,
)
from simulation.simulation import World, person, token
from tests.usecases.cross_service.test_successions import (
    RUI,
    SHAN,
    accept,
    approve,
    standing_circle,
    tell_circles,
    tell_review,
)

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
MONTH = timedelta(days=30)


def removed(world: World, circle_id: str) -> None:
    """Review has removed the owner, and circles hears of it twice."""
    data = OwnerRemovedData(application_id=derive_id("app", circle_id), owner_id=LIN.user_id)
    for _ in range(2):
        circles.lose_owner(world.circles, OwnerRemoved(**envelope(world, data.application_id), data=data))


def handed_over(world: World, circle_id: str, to: Caller) -> str:
    circles.offer_ownership(world.circles, LIN, circle_id, to.user_id)
    succession_id = tell_review(world, circle_id)
    accept(world, to, succession_id)
    approve(world, succession_id, RUI, SHAN)
    tell_circles(world, succession_id)
    return succession_id


def test_c26_nobody_comes_into_a_circle_that_has_ended() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    code = issue(world, LIN, circle_id, hours=720)
    post(world, circle_id, LIN, "只对圈内说的")
    circles.close_circle(world.circles, LIN, circle_id, timedelta(days=7))
    world.clock.advance(days=8)
    for who in (person("late"), person("later"), MEI):
        if who is MEI:
            circles.handle_schedule(world.circles)
        with pytest.raises(errors.PasscodeRejected):
            circles.join_circle(world.circles, who, code)
        circles.handle_schedule(world.circles)


def test_c6_an_owner_is_not_quarantined_by_the_code_that_once_let_them_in() -> None:
    world = World()
    circle_id = standing_circle(world, MEI, HAO)
    circles.set_role(world.circles, LIN, circle_id, HAO.user_id, Role.MODERATOR)
    handed_over(world, circle_id, MEI)
    code = the_member(world, circle_id, MEI.user_id).passcode_id
    circles.quarantine_passcode(world.circles, HAO, circle_id, code)
    follow(world)
    owner = the_member(world, circle_id, MEI.user_id)
    assert (owner.role, owner.state) == (Role.OWNER, MemberState.MEMBER)
    with pytest.raises(errors.NotAllowed):
        sanction(world, HAO, circle_id, MEI, SanctionKind.BAN)


@pytest.mark.parametrize("later", ["muted here", "banned on the platform", "muted on the platform"])
def test_c24_who_is_unfit_by_the_time_takes_nothing_over(later: str) -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
    succession_id = tell_review(world, circle_id)
    accept(world, MEI, succession_id)
    if later == "muted here":
        sanction(world, LIN, circle_id, MEI, SanctionKind.MUTE, days=3)
    elif later == "banned on the platform":
        state = AccountStatusChangedData(user_id=MEI.user_id, level="banned", until=None, valid_after=0)
        put_account_status(world.circles_table, AccountStatusChanged(**envelope(world, MEI.user_id), data=state))
    else:
        how = {"level": SanctionLevel.MUTED, "until": None, "reason": "刷屏", "emergency": False}
        review.impose_sanction(world.review, RUI, MEI.user_id, **how)  # type: ignore[arg-type]
        approve(world, succession_id, RUI)
        with pytest.raises(refusals.UnderSanction):
            approve(world, succession_id, SHAN)
        return
    approve(world, succession_id, RUI, SHAN)
    tell_circles(world, succession_id)
    circle = find_circle(world.circles_table, circle_id).entity
    assert (circle.owner, circle.offer and circle.offer.is_open(world.clock())) == (LIN.user_id, False)


def test_c24_an_owner_whom_review_removed_keeps_no_power() -> None:
    world = World()
    circle_id = standing_circle(world, MEI, HAO)
    circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    removed(world, circle_id)
    for attempt in (
        lambda: circles.close_circle(world.circles, LIN, circle_id, MONTH),
        lambda: circles.offer_ownership(world.circles, LIN, circle_id, HAO.user_id),
        lambda: sanction(world, LIN, circle_id, MEI, SanctionKind.BAN),
        lambda: circles.set_role(world.circles, LIN, circle_id, HAO.user_id, Role.CO_OWNER),
    ):
        with pytest.raises(errors.NotAllowed):
            attempt()
    world.clock.advance(days=1)
    circles.handle_schedule(world.circles)
    assert circles.get_ownership_offer(world.circles, MEI, circle_id).kind is OfferKind.SUCCESSION
    with pytest.raises(errors.NotAllowed):
        circles.withdraw_ownership_offer(world.circles, LIN, circle_id)
    circles.leave_circle(world.circles, LIN, circle_id)


def test_c24_nobody_takes_a_circle_back_under_another_account() -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    review.verify_account(world.review, LIN, token(LIN.user_id, "lin the human"))
    circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
    succession_id = tell_review(world, circle_id)
    with pytest.raises(refusals.ConflictOfInterest):
        review.accept_succession(world.review, MEI, succession_id, token(MEI.user_id, "lin the human"))


def owner_is(world: World, circle_id: str, owner: Caller, version: int) -> None:
    state = CircleData(circle_id=circle_id, name="城市观鸟圈", owner_id=owner.user_id, state="active")
    review.follow_circle(world.review, CircleChanged(**envelope(world, circle_id, version), data=state))


def test_c24_the_tenure_goes_where_circles_says_and_the_cap_counts_with_it() -> None:
    world = World()
    for name in ("rui", "shan"):
        scenes.enrolled(world, name)
    application = scenes.submitted(world, LIN)
    for reviewer in (RUI, SHAN):
        scenes.decide(world, reviewer, application)
    scenes.hear(world)
    circle_id = derive_id("cir", application.id)
    owner_is(world, circle_id, MEI, 20)
    owner_is(world, circle_id, LIN, 10)  # late news of before
    owner_is(world, circle_id, MEI, 20)
    tenure = find_tenure(world.review_table, application.id).entity
    assert (tenure.owner, tenure.told) == (MEI.user_id, 20)
    identity_id: Item = next(item for item in world.review_table.all_items() if item["sk"] == "APPLICANT" and item["accounts"])  # type: ignore[attr-defined]
    assert identity_id["granted"] == []


def test_c24_offers_that_come_to_nothing_leave_no_trace_on_the_circle() -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    for _ in range(30):
        circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)
        circles.withdraw_ownership_offer(world.circles, MEI, circle_id)
        world.clock.advance(seconds=1)
    assert find_circle(world.circles_table, circle_id).entity.passed_over == ()


def test_c24_when_all_have_been_asked_it_begins_anew() -> None:
    world = World()
    circle_id = standing_circle(world, MEI)
    circles.set_role(world.circles, LIN, circle_id, MEI.user_id, Role.CO_OWNER)
    asked = 0
    for _ in range(60):
        world.clock.advance(days=1)
        circles.handle_schedule(world.circles)
        offer = find_circle(world.circles_table, circle_id).entity.offer
        asked += bool(offer and offer.ends_at - world.clock() > timedelta(days=6, hours=12))
    assert asked >= 2


@pytest.mark.parametrize("words", ["口令 {}", "{}", "来吧：{}！"])
def test_c25_a_teaser_holds_no_passcode(words: str) -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    code = issue(world, LIN, circle_id)
    with pytest.raises(errors.TeaserInvalid):
        circles.set_teaser(world.circles, LIN, circle_id, words.format(code.lower()), ("观鸟",))
    circles.set_teaser(world.circles, LIN, circle_id, "come bird with some nice folk", ("观鸟",))


def test_c25_who_is_muted_everywhere_does_not_knock() -> None:
    world = World()
    circle_id = circle_with(world, LIN)
    circles.set_teaser(world.circles, LIN, circle_id, "来看鸟。", ("观鸟",))
    muted = Caller(HAO.user_id, frozenset(), HAO.issued_at, HAO.expires_at, level=SanctionLevel.MUTED)
    with pytest.raises(Muted):
        circles.request_to_join(world.circles, muted, circle_id, "骂人的话")


def test_r5_knocking_does_not_hide_who_let_somebody_in() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    circles.set_teaser(world.circles, LIN, circle_id, "来看鸟。", ("观鸟",))
    circles.leave_circle(world.circles, MEI, circle_id)
    circles.request_to_join(world.circles, MEI, circle_id, "又来了")
    assert the_member(world, circle_id, MEI.user_id).invited_by == LIN.user_id
