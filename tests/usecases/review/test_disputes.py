"""Rulings on disputes of orders (M13): two reviewers of different identities, and no party."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from services.review import usecases as review
from services.review.domain.dispute import Dispute, RulingState
from services.review.repository.disputes import QUEUE, load_dispute
from services.review.repository.due_index import list_due_ids
from services.shared.kernel.clock import millis
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import DisputeOverdue, DisputeRuled
from services.shared.security.audit import verify_chain
from services.shared.security.auth import Caller
from services.shared.security.read_grants import ReadKind
from simulation.setup.applications import OPERATOR, enrol_reviewer
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_new_changes, published_events
from simulation.users import caller
from tests.support.errors import error_code
from tests.usecases.review.acts import LIN, MEI, RUI, SHAN, YAN
from tests.usecases.review.causes import verify
from tests.usecases.review.ruling_acts import dispute_with, publish_dispute

S = RulingState
NOTE = "双方各半。"


def reviewers() -> Simulation:
    simulation = Simulation()
    for name in ("rui", "shan"):
        enrol_reviewer(simulation, name)
    return simulation


def current(simulation: Simulation, dispute_id: str) -> Dispute:
    return load_dispute(simulation.review_table, dispute_id).entity


def propose(simulation: Simulation, dispute_id: str, by: Caller = SHAN, amount: int = 5_000) -> str:
    """Propose a ruling, and return its id."""
    ruling = review.propose_ruling(simulation.review, by, dispute_id, amount, NOTE).proposal
    assert ruling
    return ruling.id


def rulings(simulation: Simulation) -> list[DisputeRuled]:
    published = published_events("review", all_changes(simulation, "review"))
    return [event for event in published if isinstance(event, DisputeRuled)]


def changed(simulation: Simulation, dispute_id: str, version: int, **about: Any) -> None:
    """Publish a state of the dispute of `dispute_with`."""
    found = current(simulation, dispute_id)
    data: dict[str, Any] = {
        "dispute_id": dispute_id,
        "order_id": found.order_id,
        "circle_id": found.circle_id,
        "buyer_id": found.buyer,
        "seller_id": found.seller,
        "owner_id": found.owner,
        "reason": found.reason,
        "amount": found.amount,
        "currency": "CNY",
        "has_answer": False,
        "state": "open",
    }
    publish_dispute(simulation, data | about, version)


def test_m13_a_ruling_needs_two_reviewers_and_is_published_once() -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    proposal_id = propose(simulation, dispute_id)
    assert (current(simulation, dispute_id).state, rulings(simulation)) == (S.PROPOSED, [])
    for _ in range(2):
        assert review.ratify_ruling(simulation.review, RUI, dispute_id, proposal_id).state is S.RULED
    (event,) = rulings(simulation)
    assert (event.data.amount, event.data.note, event.data.buyer_id) == (5_000, NOTE, LIN.user_id)


def test_m13_the_proposer_does_not_ratify() -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    proposal_id = propose(simulation, dispute_id)
    ratify = partial(review.ratify_ruling, simulation.review, SHAN, dispute_id, proposal_id)
    assert error_code(ratify) == "second-reviewer-required"


def test_m13_a_second_account_of_the_proposers_identity_does_not_ratify() -> None:
    simulation = Simulation()
    first, second = (enrol_reviewer(simulation, name, "one person") for name in ("rui", "shan"))
    dispute_id = dispute_with(simulation)
    proposal_id = propose(simulation, dispute_id, first)
    ratify = partial(review.ratify_ruling, simulation.review, second, dispute_id, proposal_id)
    assert error_code(ratify) == "second-reviewer-required"


@pytest.mark.parametrize("party", [LIN, MEI, YAN], ids=["buyer", "owner", "seller"])
@pytest.mark.parametrize("is_verified", [False, True], ids=["the party", "another account of the party"])
def test_m13_a_party_of_the_order_neither_reads_nor_rules(party: Caller, is_verified: bool) -> None:
    simulation = reviewers()
    about = {"buyer_id": LIN.user_id, "owner_id": MEI.user_id, "seller_id": YAN.user_id}
    reviewer = enrol_reviewer(simulation, "tao" if is_verified else party.user_id)
    if is_verified:
        verify(simulation, reviewer, party)
        verify(simulation, party, party)
    else:
        about = {name: reviewer.user_id if user_id == party.user_id else user_id for name, user_id in about.items()}
    dispute_id = dispute_with(simulation, **about)
    proposal_id = propose(simulation, dispute_id)
    acts: list[Callable[[], object]] = [
        partial(review.get_dispute_case, simulation.review, reviewer, dispute_id),
        partial(review.propose_ruling, simulation.review, reviewer, dispute_id, 1, NOTE),
        partial(review.ratify_ruling, simulation.review, reviewer, dispute_id, proposal_id),
        partial(review.reject_ruling, simulation.review, reviewer, dispute_id, proposal_id),
    ]
    assert [error_code(act) for act in acts] == ["conflict-of-interest"] * 4


@pytest.mark.parametrize("by", [OPERATOR, caller("tao", "reviewer"), caller("lin"), caller("tao", "operator", "reviewer")])
def test_m13_no_one_rules_who_is_not_enrolled(by: Caller) -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    proposal_id = propose(simulation, dispute_id)
    acts: list[Callable[[], object]] = [
        partial(review.list_dispute_cases, simulation.review, by, PageRequest(10)),
        partial(review.get_dispute_case, simulation.review, by, dispute_id),
        partial(review.propose_ruling, simulation.review, by, dispute_id, 1, NOTE),
        partial(review.ratify_ruling, simulation.review, by, dispute_id, proposal_id),
        partial(review.reject_ruling, simulation.review, by, dispute_id, proposal_id),
    ]
    assert [error_code(act) for act in acts] == ["reviewer-not-enrolled"] * 5


def test_m13_an_operator_who_enrols_another_user_of_their_own_does_not_ratify_what_they_proposed() -> None:
    simulation = Simulation()
    first = enrol_reviewer(simulation, "rui", "the operator")
    dispute_id = dispute_with(simulation)
    proposal_id = propose(simulation, dispute_id, first)
    second = enrol_reviewer(simulation, "shan", "the operator")
    ratify = partial(review.ratify_ruling, simulation.review, second, dispute_id, proposal_id)
    assert error_code(ratify) == "second-reviewer-required"


@pytest.mark.parametrize(
    ("amount", "code"), [(0, None), (10_000, None), (10_001, "ruling-above-amount"), (-1, "ruling-above-amount")]
)
def test_m13_a_ruling_refunds_between_nothing_and_the_amount(amount: int, code: str | None) -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    if code:
        assert error_code(lambda: propose(simulation, dispute_id, amount=amount)) == code
    else:
        propose(simulation, dispute_id, amount=amount)


def test_m13_only_the_ruling_that_was_read_is_ratified() -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    first = propose(simulation, dispute_id)
    review.reject_ruling(simulation.review, SHAN, dispute_id, first)
    second = propose(simulation, dispute_id, amount=9_000)
    assert error_code(partial(review.ratify_ruling, simulation.review, RUI, dispute_id, first)) == "proposal-changed"
    assert review.ratify_ruling(simulation.review, RUI, dispute_id, second).state is S.RULED


def test_m13_one_ruling_is_proposed_at_a_time() -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    proposal_id = propose(simulation, dispute_id)
    assert propose(simulation, dispute_id) == proposal_id, "a repeat"
    assert error_code(lambda: propose(simulation, dispute_id, RUI)) == "ruling-already-proposed"
    review.reject_ruling(simulation.review, RUI, dispute_id, proposal_id)
    assert error_code(partial(review.ratify_ruling, simulation.review, RUI, dispute_id, proposal_id)) == "ruling-not-proposed"
    own = propose(simulation, dispute_id, RUI, amount=1_000)
    assert review.reject_ruling(simulation.review, SHAN, dispute_id, proposal_id).proposal, "an earlier one"
    assert review.ratify_ruling(simulation.review, SHAN, dispute_id, own).state is S.RULED


@pytest.mark.parametrize("state", ["withdrawn", "ruled"])
def test_m13_a_dispute_that_has_ended_is_not_ruled_on(state: str) -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    proposal_id = propose(simulation, dispute_id)
    if state == "ruled":
        review.ratify_ruling(simulation.review, RUI, dispute_id, proposal_id)
    else:
        changed(simulation, dispute_id, 2_000_000_000_000, state="withdrawn")
    tao = enrol_reviewer(simulation, "tao")
    acts: list[Callable[[], object]] = [
        partial(review.propose_ruling, simulation.review, tao, dispute_id, 1, NOTE),
        partial(review.ratify_ruling, simulation.review, tao, dispute_id, proposal_id),
        partial(review.reject_ruling, simulation.review, tao, dispute_id, proposal_id),
    ]
    assert [error_code(act) for act in acts] == ["dispute-closed"] * 3
    assert not review.list_dispute_cases(simulation.review, tao, PageRequest(10)).items


@pytest.mark.parametrize("order", [*permutations((1, 2, 3)), (3, 1, 3, 2), (1, 2, 2, 3)])
def test_m13_events_leave_the_latest_state_in_any_order(order: tuple[int, ...]) -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    base = current(simulation, dispute_id).source_version
    states = {1: ("open", False), 2: ("open", True), 3: ("withdrawn", True)}
    for number in order:
        state, has_answer = states[number]
        changed(simulation, dispute_id, base + number, state=state, has_answer=has_answer)
    after = current(simulation, dispute_id)
    assert (after.state, after.has_answer, after.source_version) == (S.ENDED, True, base + 3)


def test_m13_an_end_that_is_published_first_opens_nothing() -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation, state="withdrawn")
    assert current(simulation, dispute_id).state is S.ENDED


def test_m13_a_ruling_stays_when_commerce_publishes_the_end() -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    review.ratify_ruling(simulation.review, RUI, dispute_id, propose(simulation, dispute_id))
    changed(simulation, dispute_id, 2_000_000_000_000, state="ruled")
    after = current(simulation, dispute_id)
    assert (after.state, after.proposal is not None, len(rulings(simulation))) == (S.RULED, True, 1)


def test_m13_the_list_is_by_time_and_names_no_user() -> None:
    simulation = reviewers()
    first = dispute_with(simulation)
    simulation.clock.advance(days=1)
    second = dispute_with(simulation)
    found = review.list_dispute_cases(simulation.review, RUI, PageRequest(10)).items
    assert [dispute.id for dispute in found] == [first, second]


def test_m13_each_act_is_in_the_audit_chain_and_the_note_is_erased_180_days_after_the_end() -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation)
    review.ratify_ruling(simulation.review, RUI, dispute_id, propose(simulation, dispute_id))
    handle_new_changes(simulation, "review")
    simulation.clock.advance(days=180, seconds=-1)
    review.handle_schedule(simulation.review)
    before = current(simulation, dispute_id)
    assert before.proposal and before.proposal.note == NOTE
    simulation.clock.advance(seconds=1)
    review.handle_schedule(simulation.review)
    after = current(simulation, dispute_id)
    assert after.proposal and (after.proposal.note, after.trail.salt, after.due_at) == ("", "", None)
    item = load_dispute(simulation.review_table, dispute_id).item
    assert item
    assert verify_chain(simulation.review_table, item).state == "intact"
    assert after.trail.length == 2


@pytest.mark.parametrize("party", ["buyer", "seller", "owner"])
def test_m13_a_grant_for_the_statements_needs_no_conflict_with_a_party(party: str) -> None:
    simulation = reviewers()
    dispute_id = dispute_with(simulation, party)
    assert review.create_read_grant(simulation.review, RUI, ReadKind.DISPUTE, dispute_id)[0]
    verify(simulation, LIN, RUI)
    grant = partial(review.create_read_grant, simulation.review, RUI, ReadKind.DISPUTE, dispute_id)
    assert error_code(grant) == "conflict-of-interest"


@pytest.mark.parametrize("is_proposed", [False, True])
def test_m13_an_overdue_dispute_is_escalated_once_and_listed_first(is_proposed: bool) -> None:
    simulation = reviewers()
    early = dispute_with(simulation)
    proposal_id = propose(simulation, early) if is_proposed else ""
    due_at = current(simulation, early).due_at
    assert due_at
    simulation.clock.now = due_at - timedelta(seconds=1)
    late = dispute_with(simulation)
    review.handle_schedule(simulation.review)
    assert not current(simulation, early).escalated
    simulation.clock.now = due_at
    for _ in range(2):
        review.handle_schedule(simulation.review)
    published = published_events("review", all_changes(simulation, "review"))
    assert [event.entity_id for event in published if isinstance(event, DisputeOverdue)] == [early]
    assert list_due_ids(simulation.review_table, QUEUE, simulation.clock(), 10) == [], "it is due no more"
    listed = review.list_dispute_cases(simulation.review, SHAN, PageRequest(20)).items
    assert [(entry.id, entry.escalated) for entry in listed] == [(early, True), (late, False)]
    if is_proposed:
        review.ratify_ruling(simulation.review, RUI, early, proposal_id)
    else:
        changed(simulation, early, millis(simulation.clock.now), state="withdrawn")
    assert [entry.id for entry in review.list_dispute_cases(simulation.review, SHAN, PageRequest(20)).items] == [late]
    ended = current(simulation, early)
    assert ended.escalate(at=simulation.clock.now + timedelta(days=400)) == ended
