"""A3: the seller of a listing that a moderator removed appeals to the platform, and a granted appeal restores it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.circles import usecases as circles
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.review.domain import AppealState
from services.review.repository.appeals import find_appeal
from services.review.schemas import UserAppealResponse
from services.review.settings import settings
from services.shared.security.auth import Caller
from simulation.setup.applications import enrol_reviewer
from simulation.setup.commerce import shown_listing
from simulation.streams import deliver
from simulation.users import caller, real_name_token
from tests.support.errors import error_code
from tests.usecases.cross_service.market import HAO, LIN, MEI, YAN, status, withdraw
from tests.usecases.cross_service.removed_listing import GRANTED, UPHELD, Removed, event_of


def test_a3_the_seller_reads_why_their_listing_was_removed_and_until_when_they_can_appeal() -> None:
    market = Removed()
    (read,) = market.take_downs()
    assert (read.kind, read.subject_id, read.reason, read.violation) == ("listing_removal", market.listing.id, "假货", None)
    assert (read.excerpt, read.is_active, read.appeal.is_possible) == ("望远镜", True, True)
    assert read.appeal.until and read.appeal.until - market.case().opened_at == timedelta(days=14)
    assert YAN.user_id not in read.model_dump_json(), "the seller reads the reason and not who it was"
    (line,) = market.lines(MEI)
    assert (line.state, line.about["case_id"], line.about["content_id"]) == ("taken_down", market.case_id, market.listing.id)
    assert [market.lines(other) for other in (LIN, HAO, YAN)] == [[], [], []]
    own = commerce.get_listing(market.simulation.commerce, MEI, market.circle_id, market.listing.id)
    shown = shown_listing(market.simulation, own.listing).removal
    assert shown and (shown.case_id, shown.reason) == (market.case_id, "假货")


def test_a3_a_granted_appeal_restores_the_listing_and_notifies_seller_and_moderators() -> None:
    market = Removed()
    assert set(market.shown().values()) == {False}
    market.restore()
    assert set(market.shown().values()) == {True}
    assert market.order().lines[0].listing_id == market.listing.id
    after = market.stored()
    assert (after.title, after.price, after.on_sale) == (market.listing.title, market.listing.price, True)
    assert shown_listing(market.simulation, after).removal is None
    assert [line.state for line in market.lines(MEI)] == ["restored"]
    for moderator in (LIN, YAN):
        (line,) = market.lines(moderator)
        assert (line.state, line.about) == (
            "restored",
            {"circle_id": market.circle_id, "content_kind": "listing_removal", "content_id": market.listing.id},
        )
    assert market.lines(HAO) == []
    (read,) = market.take_downs()
    assert (read.is_active, read.appeal.state) == (False, AppealState.GRANTED)


def test_a3_an_upheld_appeal_leaves_the_listing_removed_and_is_final() -> None:
    market = Removed()
    market.appeal()
    market.decide(UPHELD)
    assert set(market.shown().values()) == {False}
    assert error_code(market.appeal) == "decision-already-appealed"
    assert [line.state for line in market.lines(MEI)] == ["taken_down"]
    assert market.lines(YAN) == []


OUTCOMES: dict[str, Callable[[Removed], Any]] = {
    "the seller withdrew it": withdraw,
    "the seller is restricted": status(MEI, "restricted"),
    "the seller left": lambda market: circles.leave_circle(
        market.simulation.circles, MEI, market.circle_id, gives_up_role=True
    ),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a3_a_restored_listing_is_not_on_sale_if_its_seller_withdrew_it_or_cannot_trade(name: str) -> None:
    market = Removed()
    OUTCOMES[name](market)
    market.restore()
    assert shown_listing(market.simulation, market.stored()).removal is None
    assert set(market.shown().values()) == {False}


def test_a3_a_take_down_of_the_platform_stays_when_a_removal_is_reversed() -> None:
    market = Removed()
    market.appeal()
    data = {"case_id": "cas_01KJY2E1KX7BMZ758QWDX6V9QC", "kind": "listing", "is_active": True, "violation": "fraud"}
    deliver(market.simulation, "commerce", event_of(market, **data))
    market.decide()
    stored = market.stored()
    assert (stored.active_removal, stored.offer.on_sale, stored.on_sale) == (None, False, True)


def test_a3_only_the_seller_appeals_once_and_within_14_days() -> None:
    market = Removed()
    for by in (LIN, HAO, YAN, caller("stranger"), enrol_reviewer(market.simulation, "rui")):
        assert error_code(partial(market.appeal, by)) == "not-found"
        assert market.take_downs(by) == []
    market.simulation.clock.now = market.case().opened_at + settings().appeal_period - timedelta(minutes=1)
    appeal_id = market.appeal()
    assert error_code(market.appeal) == "decision-already-appealed"
    appeal = find_appeal(market.simulation.review_table, appeal_id)
    assert appeal and appeal.due_at - appeal.submitted_at >= settings().review_time
    late = Removed()
    late.simulation.clock.now = late.case().opened_at + settings().appeal_period
    assert error_code(late.appeal) == "appeal-period-expired"


def test_a3_a_seller_who_left_or_is_suspended_appeals_too() -> None:
    market = Removed()
    OUTCOMES["the seller left"](market)
    market.set_account_status(MEI, "suspended")
    market.restore()
    assert market.case().appeal is AppealState.GRANTED


@pytest.mark.parametrize("party", [MEI, YAN])
def test_a3_no_reviewer_with_a_connection_to_seller_or_moderator_reads_or_decides_the_appeal(party: Caller) -> None:
    market = Removed()
    appeal_id = market.appeal()
    ports, now = market.simulation.review, market.simulation.clock.now
    review.verify_identity(ports, party, real_name_token(party.user_id, "one person", now=now))
    second_user = enrol_reviewer(market.simulation, "second user", "one person")
    for by in (second_user, enrol_member(market, party), enrol_member(market, LIN)):
        read = partial(review.get_appeal, ports, by, appeal_id)
        decide = partial(review.decide_appeal, ports, by, appeal_id, GRANTED, "x")
        assert [error_code(read), error_code(decide)] == ["conflict-of-interest"] * 2
    assert market.case().appeal is AppealState.OPEN


def enrol_member(market: Removed, member: Caller) -> Caller:
    """Enrol a member of the circle as a reviewer, under an identity of their own."""
    name = {LIN.user_id: "lin", MEI.user_id: "mei", YAN.user_id: "yan"}[member.user_id]
    return enrol_reviewer(market.simulation, name, f"own {name}")


def test_a3_reviewers_read_listing_reason_and_statement() -> None:
    market = Removed()
    appeal_id = market.appeal()
    read = review.get_appeal(market.simulation.review, enrol_reviewer(market.simulation, "shan"), appeal_id)
    response = UserAppealResponse.of(*read)
    assert response.case
    price = {"amount": 12_900, "currency": "CNY", "kind": "c2c", "owner_commission": 0, "owner_share": 0, "platform_fee": 129}
    evidence = {"title": "望远镜", **price, "pictures": []}
    assert (response.case.evidence, response.case.note) == (evidence, "假货")
    assert (response.statement, response.grants_needed) == ("是正品，有发票。", 1)
