"""Teasers of circles, and requests to join."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import MemberState, PendingStep, SanctionKind
from services.circles.repository.teasers import TEASERS, teaser_key
from services.circles.schemas import TeaserResponse
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.auth import Caller
from services.shared.table.port import ConditionFailed
from services.shared.table.versioned import save
from simulation.setup.circles import (
    create_circle,
    get_member,
    impose_sanction,
    issue_passcode,
    post_note,
    set_screening,
    set_teaser,
)
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
REQUEST_TEXT = "看了三年鸟，想加入。"


def create_listed_circle(simulation: Simulation, *members: Caller) -> str:
    """Create a circle with a teaser, and return its id."""
    circle_id = create_circle(simulation, LIN, *members)
    set_teaser(simulation, LIN, circle_id, "城市里看得到的野鸟。", ("觀鳥", "鸟类摄影"))
    return circle_id


def test_c25_a_teaser_contains_no_member_passcode_or_picture() -> None:
    simulation = Simulation()
    circle_id = create_listed_circle(simulation, MEI)
    passcode = issue_passcode(simulation, LIN, circle_id)
    post_note(simulation, circle_id, MEI, "只有成员看得到的话")
    teaser_json = json.dumps(
        TeaserResponse.of(circles.get_teaser(simulation.circles, circle_id)).model_dump(mode="json"), ensure_ascii=False
    )
    for secret in (passcode, MEI.user_id, LIN.user_id, "只有成员", "http", "pic_", "pas_"):
        assert secret not in teaser_json
    assert set(json.loads(teaser_json)) == {"etag", "circle_id", "name", "text", "tags", "listed_at"}


def test_c25_a_circle_without_a_teaser_looks_like_no_circle() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, MEI)
    for teaser in (circle_id, new_id("cir")):
        with pytest.raises(errors.CircleNotFound):
            circles.get_teaser(simulation.circles, teaser)
        with pytest.raises(errors.CircleNotFound):
            circles.request_to_join(simulation.circles, HAO, teaser, REQUEST_TEXT)
    with pytest.raises(errors.RoleNotAllowed):
        set_teaser(simulation, MEI, circle_id, "x", ("观鸟",))


def test_c25_teasers_are_listed_under_their_first_tag() -> None:
    simulation = Simulation()
    first, second = create_listed_circle(simulation), create_listed_circle(simulation)
    simulation.clock.advance(hours=1)
    set_teaser(simulation, LIN, first, "换个说法。", ("观鸟",))
    teasers, _ = circles.list_teasers(simulation.circles, "birdwatching", PageRequest(20))
    assert [(teaser.circle_id, teaser.text) for teaser in teasers] == [(second, "城市里看得到的野鸟。"), (first, "换个说法。")]
    assert circles.list_teasers(simulation.circles, "bird-photography", PageRequest(20))[0] == []
    circles.delete_teaser(simulation.circles, LIN, first)
    assert [teaser.circle_id for teaser in circles.list_teasers(simulation.circles, "birdwatching", PageRequest(20))[0]] == [
        second
    ]


def test_c25_a_late_repeat_does_not_publish_a_deleted_teaser_again() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    publish = partial(circles.set_teaser, simulation.circles, LIN, circle_id)
    first = change(0, "key 1")
    read = publish(first, "城市里看得到的野鸟。", ("观鸟",))
    circles.delete_teaser(simulation.circles, LIN, circle_id)
    for late, error in ((first, errors.CircleNotFound), (change(read.version, "key 2"), PreconditionFailed)):
        with pytest.raises(error):
            publish(late, "城市里看得到的野鸟。", ("观鸟",))
    assert circles.list_teasers(simulation.circles, "birdwatching", PageRequest(20)).items == []
    with pytest.raises(errors.CircleNotFound):
        circles.get_teaser(simulation.circles, circle_id)
    with pytest.raises(errors.CircleNotFound):
        circles.request_to_join(simulation.circles, HAO, circle_id, REQUEST_TEXT)


@pytest.mark.parametrize("is_keyed", [True, False])
def test_c25_a_deleted_teaser_can_be_published_again_with_the_same_text(is_keyed: bool) -> None:
    """A client without an Idempotency-Key sends exactly the request that it sent before the deletion."""
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN)
    publish = partial(circles.set_teaser, simulation.circles, LIN, circle_id)
    versions = []
    for number in range(3):
        key = f"key {number}" if is_keyed else "same"
        versions.append(publish(replace(change(0, key), is_keyed=is_keyed), "城市里看得到的野鸟。", ("观鸟",)).version)
        listed = circles.list_teasers(simulation.circles, "birdwatching", PageRequest(20)).items
        assert [(teaser.text, teaser.listed_at) for teaser in listed] == [("城市里看得到的野鸟。", simulation.clock())]
        simulation.clock.advance(hours=1)
        circles.delete_teaser(simulation.circles, LIN, circle_id)
    assert versions == sorted({*versions})


def test_c25_a_change_that_read_the_teaser_before_its_deletion_does_not_restore_it() -> None:
    simulation = Simulation()
    circle_id = create_listed_circle(simulation)
    loaded = TEASERS.load(simulation.circles_table, teaser_key(circle_id))
    circles.delete_teaser(simulation.circles, LIN, circle_id)
    with pytest.raises(ConditionFailed):
        save(simulation.circles, loaded, replace(loaded.entity, text="换个说法。"))


def test_c25_a_user_who_requests_to_join_is_pending_until_approved() -> None:
    simulation = Simulation()
    circle_id = create_listed_circle(simulation)
    circles.request_to_join(simulation.circles, HAO, circle_id, REQUEST_TEXT)
    circles.request_to_join(simulation.circles, HAO, circle_id, "再说一次")
    with pytest.raises(errors.CircleNotFound):
        circles.list_notes(simulation.circles, HAO, circle_id, PageRequest(20))
    (pending,), _ = circles.list_pending_members(simulation.circles, LIN, circle_id, PageRequest(20))
    assert (pending.user_id, pending.pending_step) == (HAO.user_id, PendingStep.APPROVAL)
    assert (pending.request_text, pending.passcode_id) == (REQUEST_TEXT, "")
    assert circles.approve_member(simulation.circles, LIN, circle_id, HAO.user_id).is_active
    assert circles.list_notes(simulation.circles, HAO, circle_id, PageRequest(20)) == ([], None)


def test_c9_a_user_who_requests_to_join_answers_the_screening_and_still_needs_approval() -> None:
    simulation = Simulation()
    circle_id = create_listed_circle(simulation)
    set_screening(simulation, LIN, circle_id, "不公布巢址。", ("常去哪里？",), approval=False)
    circles.request_to_join(simulation.circles, HAO, circle_id, REQUEST_TEXT)
    with pytest.raises(errors.ScreeningNotAnswered):
        circles.approve_member(simulation.circles, LIN, circle_id, HAO.user_id)
    answered = circles.answer_screening(simulation.circles, HAO, circle_id, 1, ("江边",))
    assert (answered.state, answered.pending_step) == (MemberState.PENDING, PendingStep.APPROVAL)
    assert circles.approve_member(simulation.circles, LIN, circle_id, HAO.user_id).is_active


@pytest.mark.parametrize("kind", [SanctionKind.KICK, SanctionKind.BAN])
def test_c25_a_kicked_or_banned_user_requests_without_effect_and_without_a_sign(kind: SanctionKind) -> None:
    simulation = Simulation()
    circle_id = create_listed_circle(simulation, MEI)
    impose_sanction(simulation, LIN, circle_id, MEI, kind)
    before = get_member(simulation, circle_id, MEI.user_id)
    circles.request_to_join(simulation.circles, MEI, circle_id, REQUEST_TEXT)
    assert get_member(simulation, circle_id, MEI.user_id) == before
    simulation.clock.advance(days=31)
    circles.request_to_join(simulation.circles, MEI, circle_id, REQUEST_TEXT)
    assert get_member(simulation, circle_id, MEI.user_id).is_pending is (kind is SanctionKind.KICK)


def test_c25_a_user_requests_to_join_at_most_five_circles_a_day() -> None:
    simulation = Simulation()
    circle_ids = [create_listed_circle(simulation) for _ in range(6)]
    for circle_id in circle_ids[:5]:
        circles.request_to_join(simulation.circles, HAO, circle_id, REQUEST_TEXT)
    with pytest.raises(errors.JoinRequestLimitReached):
        circles.request_to_join(simulation.circles, HAO, circle_ids[5], REQUEST_TEXT)
    simulation.clock.advance(days=1)
    circles.request_to_join(simulation.circles, HAO, circle_ids[5], REQUEST_TEXT)
