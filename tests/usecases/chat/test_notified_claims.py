"""Both sides of an order are notified of its returns and disputes."""

from __future__ import annotations

from typing import Any

import pytest

from services.shared.kernel.ids import new_id
from services.shared.messaging.events import DisputeChanged, ReturnChanged
from simulation.setup.chat import HAO, LIN, MEI
from tests.usecases.chat.test_notified_members import Moderated


@pytest.fixture
def circle() -> Moderated:
    return Moderated()


RETURN_LINES = {
    "requested": ([], ["return_requested"]),
    "approved": (["return_approved"], []),
    "sent": ([], ["return_sent"]),
    "received": (["return_received"], []),
    "refunded": (["return_refunded"], []),
    "rejected": (["return_rejected"], []),
    "withdrawn": ([], ["return_withdrawn"]),
}
DISPUTE_LINES = {
    ("open", False): ([], ["dispute_open"]),
    ("open", True): (["dispute_answered"], []),
    ("withdrawn", True): ([], ["dispute_withdrawn"]),
    ("ruled", True): (["dispute_ruled"], ["dispute_ruled"]),
}


@pytest.mark.parametrize("state", RETURN_LINES)
def test_m12_each_side_is_notified_of_what_the_other_did_about_a_return(circle: Moderated, state: str) -> None:
    about = {"return_id": new_id("ret"), "order_id": new_id("ord"), "circle_id": circle.circle_id}
    parties = {"buyer_id": HAO.user_id, "seller_id": MEI.user_id}
    circle.apply(circle.event(ReturnChanged, about["return_id"], state=state, **about, **parties))
    assert tuple([line[1] for line in circle.lines(user)] for user in (HAO, MEI)) == RETURN_LINES[state]


@pytest.mark.parametrize(("state", "has_answer"), DISPUTE_LINES)
def test_m13_each_side_is_notified_of_what_the_other_did_about_a_dispute(
    circle: Moderated, state: str, has_answer: bool
) -> None:
    about: dict[str, Any] = {"dispute_id": new_id("dsp"), "order_id": new_id("ord"), "circle_id": circle.circle_id}
    about |= {"reason": "not_received", "amount": 12_900, "currency": "CNY", "has_answer": has_answer}
    parties = {"buyer_id": HAO.user_id, "seller_id": MEI.user_id, "owner_id": LIN.user_id}
    circle.apply(circle.event(DisputeChanged, about["dispute_id"], state=state, **about, **parties))
    assert tuple([line[1] for line in circle.lines(user)] for user in (HAO, MEI)) == DISPUTE_LINES[state, has_answer]
