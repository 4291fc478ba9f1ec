"""Nobody judges whom they are near (R5), and nobody decides twice, whatever the way in (R4)."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from services.review import usecases as review
from services.review.domain import Application, State
from services.review.repository import applications as repository
from services.shared.kernel.errors import DomainError
from services.shared.kernel.ids import new_id
from services.shared.messaging.events import (
    MembershipChanged,
    MembershipChangedData,
    OrderChanged,
    OrderChangedData,
)
from simulation.setup.common import (
    decide,
    enrolled,
    envelope,
    hear,
    judgement,
    submitted,
)
from simulation.simulation import World, person, wish

LIN, MEI = person("lin"), person("mei")


def loaded(world: World, application: Application) -> Application:
    return repository.find_application(world.review_table, application.id).entity


def code_of(world: World, call: Any) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


# R5: nobody near the applicant


def joined(world: World, who: Any, circle_id: str, invited_by: str = "", state: str = "member", version: int = 0) -> None:
    data = MembershipChangedData.model_validate(
        {"circle_id": circle_id, "user_id": who.user_id, "role": "member", "state": state, "invited_by": invited_by}
    )
    event = MembershipChanged(**envelope(world, f"{circle_id}/{who.user_id}", version or None), data=data)
    review.keep_membership(world.review, event)


def traded(world: World, buyer: Any, seller: Any, state: str) -> None:
    data = OrderChangedData.model_validate(
        {
            "order_id": new_id("ord"),
            "circle_id": new_id("cir"),
            "listing_id": new_id("lst"),
            "buyer_id": buyer.user_id,
            "seller_id": seller.user_id,
            "quantity": 1,
            "state": state,
        }
    )
    review.keep_trade(world.review, OrderChanged(**envelope(world, data.order_id), data=data))


TIES = {
    "in one circle": lambda world, rui: [joined(world, who, "cir_1") for who in (LIN, rui)],
    "the reviewer let them in": lambda world, rui: joined(world, LIN, "cir_1", invited_by=rui.user_id),
    "they let the reviewer in": lambda world, rui: joined(world, rui, "cir_1", invited_by=LIN.user_id, state="left"),
    "the reviewer bought from them": lambda world, rui: traded(world, rui, LIN, "paid"),
    "they bought from the reviewer": lambda world, rui: traded(world, LIN, rui, "completed"),
}


@pytest.mark.parametrize("tie", TIES)
def test_r5_a_reviewer_near_the_applicant_is_refused_with_a_neutral_code(tie: str) -> None:
    world = World()
    application = submitted(world, LIN)
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    review.claim_application(world.review, rui, application.id)
    TIES[tie](world, rui)  # also when it comes to light after the claim
    key = wish(rui)
    refused = lambda: review.decide_application(world.review, rui, application.id, key, judgement(application))  # noqa: E731
    assert code_of(world, refused) == "not-independent"
    review.release_claim(world.review, rui, application.id)
    assert code_of(world, lambda: review.claim_application(world.review, rui, application.id)) == "not-independent"
    review.claim_application(world.review, shan, application.id)
    handing = lambda: review.hand_over_claim(world.review, shan, application.id, rui.user_id)  # noqa: E731
    assert code_of(world, handing) == "not-independent"


def test_r5_what_is_past_or_unpaid_or_old_news_ties_nobody() -> None:
    world = World()
    application = submitted(world, LIN)
    rui = enrolled(world, "rui")
    joined(world, rui, "cir_1")
    joined(world, LIN, "cir_1", state="left", version=10**13)
    joined(world, LIN, "cir_1", state="member", version=10**12)  # late
    traded(world, LIN, rui, "reserved")
    assert review.claim_application(world.review, rui, application.id).claim


# R4: every way in leads through the one choke point


def test_r4_no_bulk_decision_lets_one_person_approve_twice() -> None:
    world = World()
    application, rui = submitted(world, LIN), enrolled(world, "rui")
    review.claim_application(world.review, rui, application.id)
    twice = [(application.id, judgement(application))] * 2
    review.decide_applications(world.review, rui, wish(rui), twice)
    again = review.decide_applications(world.review, rui, wish(rui), twice)
    assert [one.error and one.error.code for one in again] == ["same-person-twice"] * 2
    assert loaded(world, application).approvals == 1


def test_r4_neither_clock_nor_events_nor_stream_ever_decide() -> None:
    """One approval, then everything that reaches the service without a person: nothing becomes a seat."""
    world = World()
    application = submitted(world, LIN)
    decide(world, enrolled(world, "rui"), application)
    for _ in range(3):
        world.clock.advance(days=9)
        review.handle_schedule(world.review)
        hear(world)
        joined(world, LIN, "cir_1")
        traded(world, LIN, MEI, "paid")
    after = loaded(world, application)
    assert (after.state, after.approvals, after.seat) == (State.SUBMITTED, 1, None)


def test_r4_only_one_use_case_calls_the_deciding_method() -> None:
    callers = {
        (path.name, function.name)
        for path in Path("services/review").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "decide"
    }
    assert callers == {
        ("deciding.py", "decide_application"),
        ("deciding.py", "attempt"),
        ("reports.py", "decide_case"),  # a case of reports, which grants and takes nothing
        ("reports.py", "attempt"),
    }
