"""What a circle shows of itself, and knocking on its door."""

from __future__ import annotations

import json

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Awaits, MemberState, SanctionKind
from services.circles.schemas import TeaserResponse
from services.shared.kernel.ids import new_id
from services.shared.security.auth import Caller
from simulation.setup.circles import circle_with, post
from simulation.setup.common import issue, sanction, the_member
from simulation.simulation import World, person

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")
WORDS = "看了三年鸟，想加入。"


def shown(world: World, *members: Caller) -> str:
    """A circle that shows itself."""
    circle_id = circle_with(world, LIN, *members)
    circles.set_teaser(world.circles, LIN, circle_id, "城市里看得到的野鸟。", ("觀鳥", "鸟类摄影"))
    return circle_id


def test_c25_a_teaser_tells_no_members_no_code_and_no_picture() -> None:
    world = World()
    circle_id = shown(world, MEI)
    code = issue(world, LIN, circle_id)
    post(world, circle_id, MEI, "只有成员看得到的话")
    told = json.dumps(
        TeaserResponse.of(circles.get_teaser(world.circles, circle_id)).model_dump(mode="json"), ensure_ascii=False
    )
    for secret in (code, MEI.user_id, LIN.user_id, "只有成员", "http", "pic_", "pas_"):
        assert secret not in told
    assert set(json.loads(told)) == {"circle_id", "name", "words", "tags", "shown_since"}


def test_c25_a_circle_that_shows_nothing_is_like_none() -> None:
    world = World()
    circle_id = circle_with(world, LIN, MEI)
    for one in (circle_id, new_id("cir")):
        with pytest.raises(errors.CircleNotFound):
            circles.get_teaser(world.circles, one)
        with pytest.raises(errors.CircleNotFound):
            circles.request_to_join(world.circles, HAO, one, WORDS)
    with pytest.raises(errors.NotAllowed):
        circles.set_teaser(world.circles, MEI, circle_id, "x", ("观鸟",))


def test_c25_teasers_are_found_under_their_first_interest() -> None:
    world = World()
    first, second = shown(world), shown(world)
    world.clock.advance(hours=1)
    circles.set_teaser(world.circles, LIN, first, "换个说法。", ("观鸟",))
    found, _ = circles.list_teasers(world.circles, "birdwatching", 20, None)
    assert [(one.circle_id, one.words) for one in found] == [(second, "城市里看得到的野鸟。"), (first, "换个说法。")]
    assert circles.list_teasers(world.circles, "bird-photography", 20, None)[0] == []
    circles.delete_teaser(world.circles, LIN, first)
    assert [one.circle_id for one in circles.list_teasers(world.circles, "birdwatching", 20, None)[0]] == [second]


def test_c25_who_knocks_waits_until_they_are_let_in() -> None:
    world = World()
    circle_id = shown(world)
    circles.request_to_join(world.circles, HAO, circle_id, WORDS)
    circles.request_to_join(world.circles, HAO, circle_id, "再说一次")
    with pytest.raises(errors.CircleNotFound):
        circles.list_notes(world.circles, HAO, circle_id, 20, None)
    (waiting,), _ = circles.list_pending(world.circles, LIN, circle_id, 20, None)
    assert (waiting.user_id, waiting.awaits, waiting.asked, waiting.passcode_id) == (HAO.user_id, Awaits.ADMISSION, WORDS, "")
    assert circles.approve_member(world.circles, LIN, circle_id, HAO.user_id).is_in
    assert circles.list_notes(world.circles, HAO, circle_id, 20, None) == ([], None)


def test_c9_who_knocks_answers_first_where_newcomers_are_screened_and_still_waits() -> None:
    world = World()
    circle_id = shown(world)
    circles.set_screening(world.circles, LIN, circle_id, "不公布巢址。", ("常去哪里？",), approval=False)
    circles.request_to_join(world.circles, HAO, circle_id, WORDS)
    with pytest.raises(errors.NotAnswered):
        circles.approve_member(world.circles, LIN, circle_id, HAO.user_id)
    answered = circles.answer_screening(world.circles, HAO, circle_id, 1, ("江边",))
    assert (answered.state, answered.awaits) == (MemberState.PENDING, Awaits.ADMISSION)
    assert circles.approve_member(world.circles, LIN, circle_id, HAO.user_id).is_in


@pytest.mark.parametrize("kind", [SanctionKind.KICK, SanctionKind.BAN])
def test_c25_who_was_put_out_knocks_in_vain_and_is_not_told(kind: SanctionKind) -> None:
    world = World()
    circle_id = shown(world, MEI)
    sanction(world, LIN, circle_id, MEI, kind)
    before = the_member(world, circle_id, MEI.user_id)
    circles.request_to_join(world.circles, MEI, circle_id, WORDS)
    assert the_member(world, circle_id, MEI.user_id) == before
    world.clock.advance(days=31)
    circles.request_to_join(world.circles, MEI, circle_id, WORDS)
    assert the_member(world, circle_id, MEI.user_id).is_pending is (kind is SanctionKind.KICK)


def test_c25_nobody_knocks_at_more_than_five_circles_a_day() -> None:
    world = World()
    wanted = [shown(world) for _ in range(6)]
    for circle_id in wanted[:5]:
        circles.request_to_join(world.circles, HAO, circle_id, WORDS)
    with pytest.raises(errors.TooManyJoinRequests):
        circles.request_to_join(world.circles, HAO, wanted[5], WORDS)
    world.clock.advance(days=1)
    circles.request_to_join(world.circles, HAO, wanted[5], WORDS)
