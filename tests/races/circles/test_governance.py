"""Whose a circle is, what is held up in it, who is trusted and who checks in: all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Role, Trust
from services.circles.domain.presence import MAX_NOTES_A_DAY, CheckIns
from services.circles.domain.succession import Offer
from services.circles.repository.circles import find_circle, member_key
from services.circles.repository.presence import find_reading
from services.circles.usecases.notes import ShownNote
from services.review import usecases as review
from services.review.domain.succession import Succession, SuccessionState
from services.shared.messaging.events import SuccessionAnswered, SuccessionAnsweredData
from simulation.setup.circles import circle_with, post
from simulation.setup.common import envelope, the_member
from simulation.simulation import World, person, wish
from tests.races.conftest import Rounds
from tests.support.races import apart, kinds, race
from tests.usecases.cross_service.test_successions import (
    RUI,
    SHAN,
    accept,
    standing_circle,
    tell_review,
)

pytestmark = pytest.mark.cloud

LIN, MEI, HAO = person("lin"), person("mei"), person("hao")


def test_c24_a_circle_offered_to_two_at_once_is_offered_to_one(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = standing_circle(world, MEI, HAO)
        offers = [partial(circles.offer_ownership, world.circles, LIN, circle_id, who.user_id) for who in (MEI, HAO)]
        served, refused = apart(race(offers * 100))
        assert len({offer.id for offer in served}) == 1
        assert kinds(refused) == {errors.OfferOpen}
        assert find_circle(world.circles_table, circle_id).entity.offer == served[0]


def test_c24_an_offer_taken_back_while_it_is_approved_is_one_or_the_other(rounds: Rounds) -> None:
    for world in rounds:
        circle_id, offer = offered(world)
        told = approved(world, circle_id, offer)
        calls = [partial(circles.take_answer, world.circles, told)] * 16
        *_, withdrawn = race([*calls, partial(circles.withdraw_ownership_offer, world.circles, LIN, circle_id)])
        owner = find_circle(world.circles_table, circle_id).entity.owner
        roles = {who.user_id: the_member(world, circle_id, who.user_id).role for who in (LIN, MEI)}
        assert [user for user, role in roles.items() if role is Role.OWNER] == [owner]
        assert owner == (LIN.user_id if withdrawn is None else MEI.user_id)


def test_c24_two_reviewers_and_their_retries_at_once_approve_once(rounds: Rounds) -> None:
    for world in rounds:
        circle_id, _ = offered(world)
        succession_id = tell_review(world, circle_id)
        accept(world, MEI, succession_id)
        votes = [partial(review.decide_succession, world.review, by, succession_id, True, "好") for by in (RUI, SHAN)]
        served, _ = apart(race(votes * 16))
        assert kinds(served) == {Succession}
        succession = review.get_succession(world.review, RUI, succession_id)
        assert (succession.state, len(succession.approvals)) == (SuccessionState.APPROVED, 2)
        assert {by.user_id for by in succession.approvals} == {RUI.user_id, SHAN.user_id}


def offered(world: World) -> tuple[str, Offer]:
    circle_id = standing_circle(world, MEI)
    return circle_id, circles.offer_ownership(world.circles, LIN, circle_id, MEI.user_id)


def approved(world: World, circle_id: str, offer: Offer) -> SuccessionAnswered:
    about = {"succession_id": offer.id, "circle_id": circle_id, "owner_id": LIN.user_id, "candidate_id": offer.to}
    return SuccessionAnswered(**envelope(world, offer.id), data=SuccessionAnsweredData(**about, state="approved"))  # type: ignore[arg-type]


def test_c18_a_hundred_check_ins_at_once_are_one_and_a_day_later_two(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = circle_with(world, LIN, MEI)
        for day in (1, 2):
            world.clock.now = datetime(2026, 3, day, 15, 59, 59, 999000, UTC)
            answers = race([partial(circles.check_in, world.circles, MEI, circle_id)] * 100)
            assert kinds(answers) == {CheckIns}
            check_ins = circles.get_check_ins(world.circles, MEI, circle_id)
            assert (check_ins.total, check_ins.streak(world.clock())) == (day, day)


def test_c27_blocks_and_unblocks_at_once_lose_none(rounds: Rounds) -> None:
    people = [person(f"other-{number}").user_id for number in range(24)]
    for world in rounds:
        for user_id in people[:8]:
            circles.block_user(world.circles, MEI, user_id)
        drops = [partial(circles.unblock_user, world.circles, MEI, user_id) for user_id in people[:8]]
        adds = [partial(circles.block_user, world.circles, MEI, user_id) for user_id in people[8:]]
        assert kinds(race([*drops, *adds])) == {type(None)}
        assert set(circles.list_blocks(world.circles, MEI)) == {*people[8:]}


def test_c18_one_card_makes_up_one_day_however_often_it_is_played(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = circle_with(world, LIN, MEI)
        circles.check_in(world.circles, MEI, circle_id)
        missed = (world.clock() + timedelta(days=1)).date()
        world.clock.advance(days=2)
        answers = race([partial(circles.make_up, world.circles, MEI, circle_id, missed)] * 32)
        assert kinds(answers) == {CheckIns}
        assert circles.get_check_ins(world.circles, MEI, circle_id).streak(world.clock()) == 2


def test_c16_a_note_reported_as_read_by_many_calls_counts_once_and_a_day_has_its_limit(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = circle_with(world, LIN, MEI)
        notes = [post(world, circle_id, LIN, f"第{number}篇").id for number in range(MAX_NOTES_A_DAY + 12)]
        pages = [notes[start : start + 18] for start in range(0, len(notes), 18)]
        race([partial(circles.record_views, world.circles, MEI, circle_id, page) for page in pages * 4])
        reading = find_reading(world.circles_table, circle_id, MEI.user_id).entity
        assert (len(reading.seen), reading.notes, reading.days) == (MAX_NOTES_A_DAY, MAX_NOTES_A_DAY, 1)
        assert reading.views == {"birdwatching": MAX_NOTES_A_DAY}


def test_c17_of_ten_notes_pinned_at_once_five_are(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = circle_with(world, LIN)
        notes = [post(world, circle_id, LIN, f"第{number}篇").id for number in range(10)]
        served, refused = apart(race([partial(circles.pin_note, world.circles, LIN, circle_id, one) for one in notes * 3]))
        assert kinds(refused) == {errors.TooManyPins}
        assert len(circles.list_pins(world.circles, LIN, circle_id)) == 5
        assert len(served) >= 5


def test_c13_a_draft_published_by_many_calls_is_one_note(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = circle_with(world, LIN)
        draft = circles.create_draft(world.circles, LIN, circle_id, wish(LIN), circles.Words("草稿"))
        answers = race([partial(circles.publish_draft, world.circles, LIN, circle_id, draft.id)] * 50)
        assert kinds(answers) == {ShownNote}
        assert len({answer.note.id for answer in answers if isinstance(answer, ShownNote)}) == 1
        assert len(circles.list_notes(world.circles, LIN, circle_id, 20, None)[0]) == 1


def test_c13_edits_at_once_each_make_an_revision(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = circle_with(world, LIN)
        note = post(world, circle_id, LIN)
        edits = [partial(circles.update_note, world.circles, LIN, circle_id, note.id, f"第{n}版", ()) for n in range(8)]
        assert kinds(race(edits)) == {ShownNote}
        shown = circles.get_note(world.circles, LIN, circle_id, note.id).note
        assert (shown.revision, shown.content.text[0]) == (9, "第")


def test_c25_knocks_at_once_are_one_membership(rounds: Rounds) -> None:
    for world in rounds:
        circle_id = circle_with(world, LIN)
        circles.set_teaser(world.circles, LIN, circle_id, "来看鸟。", ("观鸟",))
        served, refused = apart(race([partial(circles.request_to_join, world.circles, HAO, circle_id, "想加入")] * 32))
        assert (len(served), kinds(refused)) == (5, {errors.TooManyJoinRequests})
        assert [one.user_id for one in circles.list_pending(world.circles, LIN, circle_id, 20, None)[0]] == [HAO.user_id]


def test_c12_trust_that_rises_and_falls_at_once_falls(rounds: Rounds) -> None:
    """A mute and the report of reading that would earn trust: whichever comes second, the mute counts."""
    from services.circles.domain import SanctionKind
    from simulation.setup.common import sanction

    for world in rounds:
        circle_id = circle_with(world, LIN, MEI)
        notes = [post(world, circle_id, LIN, f"第{number}篇").id for number in range(18)]
        for _ in range(2):
            circles.record_views(world.circles, MEI, circle_id, notes)
            world.clock.advance(days=1)
        member = member_key(circle_id, MEI.user_id)
        assert (world.circles_table.get(member, consistent_read=True) or {})["trust"] == Trust.MEMBER
        report = partial(circles.record_views, world.circles, MEI, circle_id, notes)
        race([report, partial(sanction, world, LIN, circle_id, MEI, SanctionKind.MUTE, 1), report])
        assert the_member(world, circle_id, MEI.user_id).trust is Trust.NEWCOMER
