"""A ban sticks to the person: with a fresh code, by knocking, and under another account of the same human."""

from __future__ import annotations

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import SanctionKind
from services.review import usecases as review
from services.review.publications import PUBLICATIONS
from services.review.repository.people import identity_key
from services.shared.kernel.errors import Invalid
from services.shared.messaging.events import AccountVerified
from services.shared.messaging.outbox import pending_events_of
from services.shared.security.auth import Caller
from simulation.setup.circles import circle_with
from simulation.setup.common import issue, sanction
from simulation.simulation import World, person, token

LIN, WOLF, TWIN, HAO = (person(name) for name in ("lin", "wolf", "second-account-of-wolf", "hao"))


def verify(world: World, account: Caller, identity_id: str) -> None:
    """Somebody shows who they are, and circles hears of it, twice."""
    review.verify_account(world.review, account, token(account.user_id, identity_id))
    item = world.review_table.get(identity_key(account.user_id), consistent_read=True) or {}
    (pending,) = pending_events_of(item)
    event = PUBLICATIONS[pending.name](item, pending)
    assert isinstance(event, AccountVerified)
    assert identity_id not in event.data.identity_id
    for _ in range(2):
        circles.apply_account_verified(world.circles, event)


def is_turned_away(world: World, circle_id: str, who: Caller) -> bool:
    code = issue(world, LIN, circle_id)
    try:
        circles.join_circle(world.circles, who, code)
    except errors.PasscodeRejected:
        return True
    circles.leave_circle(world.circles, who, circle_id)
    return False


@pytest.mark.parametrize("known", ["before the ban", "after the ban"])
def test_c10_a_ban_holds_for_another_account_of_the_same_human(known: str) -> None:
    world = World()
    circle_id = circle_with(world, LIN, WOLF)
    if known == "before the ban":
        verify(world, WOLF, "wolf the human")
    sanction(world, LIN, circle_id, WOLF, SanctionKind.BAN, days=30)
    if known == "after the ban":
        assert not is_turned_away(world, circle_id, TWIN), "nobody knows yet"
        verify(world, WOLF, "wolf the human")
    verify(world, TWIN, "wolf the human")
    verify(world, HAO, "another human")
    assert is_turned_away(world, circle_id, TWIN)
    assert is_turned_away(world, circle_id, WOLF)
    assert not is_turned_away(world, circle_id, HAO)
    world.clock.advance(days=31)
    assert not is_turned_away(world, circle_id, TWIN), "the ban's end is read from the clock"


def test_c10_a_pardon_lets_the_other_account_in_too() -> None:
    world = World()
    circle_id = circle_with(world, LIN, WOLF)
    for account in (WOLF, TWIN):
        verify(world, account, "wolf the human")
    sanction(world, LIN, circle_id, WOLF, SanctionKind.BAN)
    assert is_turned_away(world, circle_id, TWIN)
    circles.pardon_member(world.circles, LIN, circle_id, WOLF.user_id, "误判")
    assert not is_turned_away(world, circle_id, TWIN)


def test_c10_the_other_account_knocks_in_vain_and_only_there() -> None:
    world = World()
    circle_id, elsewhere = circle_with(world, LIN, WOLF), circle_with(world, LIN)
    for account in (WOLF, TWIN):
        verify(world, account, "wolf the human")
    sanction(world, LIN, circle_id, WOLF, SanctionKind.BAN)
    for one in (circle_id, elsewhere):
        circles.set_teaser(world.circles, LIN, one, "来看鸟。", ("观鸟",))
        circles.request_to_join(world.circles, TWIN, one, "想加入")
    waiting = {one: circles.list_pending(world.circles, LIN, one, 20, None)[0] for one in (circle_id, elsewhere)}
    assert (waiting[circle_id], [one.user_id for one in waiting[elsewhere]]) == ([], [TWIN.user_id])


def test_c10_a_statement_about_another_account_shows_nothing() -> None:
    world = World()
    with pytest.raises(Invalid):
        review.verify_account(world.review, TWIN, token(WOLF.user_id))
