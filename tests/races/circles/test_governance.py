"""Races of ownership, highlights, trust and check-ins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from services.circles import errors
from services.circles import usecases as circles
from services.circles.domain import Role, Trust
from services.circles.domain.check_ins import CheckIns
from services.circles.domain.ownership import OwnershipOffer
from services.circles.repository.circles import load_circle, member_key
from services.circles.repository.reading_activity import load_reading_activity
from services.circles.settings import CirclesSettings
from services.circles.usecases.notes import NoteView
from services.review import usecases as review
from services.review.domain.succession import Succession, SuccessionState
from services.shared.kernel.errors import PreconditionFailed
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import SuccessionDecided, SuccessionDecidedData
from simulation.setup.circles import create_circle, get_member, impose_sanction, post_note, set_teaser
from simulation.setup.events import envelope
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key
from tests.races.conftest import Rounds
from tests.support.races import race, split_results, types_of
from tests.usecases.cross_service.test_successions import RUI, SHAN, accept, create_circle_of_trusted_members, deliver_to_review

MAX_NOTES_PER_DAY = CirclesSettings().max_notes_read_per_day

pytestmark = pytest.mark.cloud

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


def test_c24_a_circle_offered_to_two_at_once_is_offered_to_one(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle_of_trusted_members(simulation, MEI, HAO)
        offers = [partial(circles.offer_ownership, simulation.circles, LIN, circle_id, who.user_id) for who in (MEI, HAO)]
        served, denied = split_results(race(offers * 100))
        assert len({offer.id for offer in served}) == 1
        assert types_of(denied) == {errors.OfferAlreadyOpen}
        assert load_circle(simulation.circles_table, circle_id).entity.offer == served[0]


def test_c24_an_offer_withdrawn_while_it_is_approved_is_either_withdrawn_or_transferred(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id, offer = offered(simulation)
        answer = approved(simulation, circle_id, offer)
        calls = [partial(circles.apply_succession_decided, simulation.circles, answer)] * 16
        *_, withdrawn = race([*calls, partial(circles.withdraw_ownership_offer, simulation.circles, LIN, circle_id)])
        owner = load_circle(simulation.circles_table, circle_id).entity.owner
        roles = {who.user_id: get_member(simulation, circle_id, who.user_id).role for who in (LIN, MEI)}
        assert [user for user, role in roles.items() if role is Role.OWNER] == [owner]
        assert owner == (LIN.user_id if withdrawn is None else MEI.user_id)


def test_c24_two_reviewers_and_their_retries_at_once_approve_once(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id, _ = offered(simulation)
        succession_id = deliver_to_review(simulation, circle_id)
        accept(simulation, MEI, succession_id)
        votes = [partial(review.decide_succession, simulation.review, by, succession_id, True, "好") for by in (RUI, SHAN)]
        served, _ = split_results(race(votes * 16))
        assert types_of(served) == {Succession}
        succession = review.get_succession(simulation.review, RUI, succession_id)
        assert (succession.state, len(succession.approvals)) == (SuccessionState.APPROVED, 2)
        assert {by.user_id for by in succession.approvals} == {RUI.user_id, SHAN.user_id}


def offered(simulation: Simulation) -> tuple[str, OwnershipOffer]:
    circle_id = create_circle_of_trusted_members(simulation, MEI)
    return circle_id, circles.offer_ownership(simulation.circles, LIN, circle_id, MEI.user_id)


def approved(simulation: Simulation, circle_id: str, offer: OwnershipOffer) -> SuccessionDecided:
    about = {"succession_id": offer.id, "circle_id": circle_id, "owner_id": LIN.user_id, "candidate_id": offer.candidate}
    return SuccessionDecided(**envelope(simulation, offer.id), data=SuccessionDecidedData(**about, state="approved"))


def test_c18_a_hundred_check_ins_at_once_are_one_and_a_day_later_two(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI)
        for day in (1, 2):
            simulation.clock.now = datetime(2026, 3, day, 15, 59, 59, 999000, UTC)
            answers = race([partial(circles.check_in, simulation.circles, MEI, circle_id)] * 100)
            assert types_of(answers) == {CheckIns}
            check_ins = circles.get_check_ins(simulation.circles, MEI, circle_id)
            assert (check_ins.total, check_ins.streak(simulation.clock())) == (day, day)


def test_c27_blocks_and_unblocks_at_once_lose_none(rounds: Rounds) -> None:
    people = [caller(f"other-{number}").user_id for number in range(24)]
    for simulation in rounds:
        for user_id in people[:8]:
            circles.block_user(simulation.circles, MEI, user_id)
        drops = [partial(circles.unblock_user, simulation.circles, MEI, user_id) for user_id in people[:8]]
        adds = [partial(circles.block_user, simulation.circles, MEI, user_id) for user_id in people[8:]]
        assert types_of(race([*drops, *adds])) == {type(None)}
        assert set(circles.list_blocks(simulation.circles, MEI).items) == {*people[8:]}


def test_c18_one_make_up_card_restores_one_day_for_any_number_of_calls(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI)
        circles.check_in(simulation.circles, MEI, circle_id)
        missed = (simulation.clock() + timedelta(days=1)).date()
        simulation.clock.advance(days=2)
        answers = race([partial(circles.make_up_day, simulation.circles, MEI, circle_id, missed)] * 32)
        assert types_of(answers) == {CheckIns}
        assert circles.get_check_ins(simulation.circles, MEI, circle_id).streak(simulation.clock()) == 2


def test_c16_a_note_reported_as_read_by_many_calls_counts_once_and_a_day_has_its_limit(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI)
        notes = [post_note(simulation, circle_id, LIN, f"第{number}篇").id for number in range(MAX_NOTES_PER_DAY + 12)]
        pages = [notes[start : start + 18] for start in range(0, len(notes), 18)]
        race([partial(circles.record_views, simulation.circles, MEI, circle_id, page) for page in pages * 4])
        reading = load_reading_activity(simulation.circles_table, circle_id, MEI.user_id).entity
        assert (len(reading.read_today), reading.notes_read, reading.days_read) == (MAX_NOTES_PER_DAY, MAX_NOTES_PER_DAY, 1)
        assert reading.views == {"birdwatching": MAX_NOTES_PER_DAY}


def test_c17_of_ten_notes_pinned_at_once_five_are(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN)
        notes = [post_note(simulation, circle_id, LIN, f"第{number}篇").id for number in range(10)]
        served, denied = split_results(
            race([partial(circles.pin_note, simulation.circles, LIN, circle_id, one) for one in notes * 3])
        )
        assert types_of(denied) == {errors.PinLimitReached}
        assert len(circles.list_pins(simulation.circles, LIN, circle_id).items) == 5
        assert len(served) >= 5


def test_c13_a_draft_published_by_many_calls_is_one_note(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN)
        draft = circles.create_draft(simulation.circles, LIN, circle_id, new_key(LIN), circles.NoteInput("草稿"))
        answers = race([partial(circles.publish_draft, simulation.circles, LIN, circle_id, draft.id)] * 50)
        assert types_of(answers) == {NoteView}
        assert len({answer.note.id for answer in answers if isinstance(answer, NoteView)}) == 1
        assert len(circles.list_notes(simulation.circles, LIN, circle_id, PageRequest(20))[0]) == 1


def test_c13_of_several_edits_at_once_of_one_version_one_is_applied(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN)
        note = post_note(simulation, circle_id, LIN)
        edit = partial(circles.update_note, simulation.circles, LIN, circle_id, note.id)
        served, denied = split_results(
            race([partial(edit, change(note.version, f"key {number}"), f"第{number}版", ()) for number in range(8)])
        )
        assert (len(served), types_of(denied), len(denied)) == (1, {PreconditionFailed}, 7)
        shown = circles.get_note(simulation.circles, LIN, circle_id, note.id).note
        assert (shown.revision, shown) == (2, served[0].note)


def test_c13_a_repeat_of_an_edit_at_once_is_one_edit(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN)
        note = post_note(simulation, circle_id, LIN)
        edit = partial(circles.update_note, simulation.circles, LIN, circle_id, note.id, change(note.version), "第二版", ())
        assert types_of(race([edit] * 8)) == {NoteView}
        assert circles.get_note(simulation.circles, LIN, circle_id, note.id).note.revision == 2


def test_c25_requests_to_join_at_once_are_one_membership(rounds: Rounds) -> None:
    for simulation in rounds:
        circle_id = create_circle(simulation, LIN)
        set_teaser(simulation, LIN, circle_id, "来看鸟。", ("观鸟",))
        served, denied = split_results(
            race([partial(circles.request_to_join, simulation.circles, HAO, circle_id, "想加入")] * 32)
        )
        assert (len(served), types_of(denied)) == (5, {errors.JoinRequestLimitReached})
        assert [
            one.user_id for one in circles.list_pending_members(simulation.circles, LIN, circle_id, PageRequest(20))[0]
        ] == [HAO.user_id]


def test_c12_trust_that_rises_and_falls_at_once_falls(rounds: Rounds) -> None:
    """A mute and the report of reading that would earn trust: whichever comes second, the mute counts."""
    from services.circles.domain import SanctionKind

    for simulation in rounds:
        circle_id = create_circle(simulation, LIN, MEI)
        notes = [post_note(simulation, circle_id, LIN, f"第{number}篇").id for number in range(18)]
        for _ in range(2):
            circles.record_views(simulation.circles, MEI, circle_id, notes)
            simulation.clock.advance(days=1)
        member = member_key(circle_id, MEI.user_id)
        assert (simulation.circles_table.get(member, consistent_read=True) or {})["trust"] == Trust.MEMBER
        report = partial(circles.record_views, simulation.circles, MEI, circle_id, notes)
        race([report, partial(impose_sanction, simulation, LIN, circle_id, MEI, SanctionKind.MUTE, 1), report])
        assert get_member(simulation, circle_id, MEI.user_id).trust is Trust.NEWCOMER
