"""The scenarios of returns and disputes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.commerce import usecases as commerce
from services.commerce.domain.dispute import DisputeReason
from services.commerce.domain.product_return import ReturnLine, ReturnReason
from services.commerce.domain.shipment import Parcel
from services.review import usecases as review
from services.review.repository.disputes import load_dispute
from simulation.simulation import Simulation
from simulation.users import new_key
from tests.kill.actions import HAO, LISTING, MEI, ORDER, RUI, SHAN, run_commerce_schedule, run_review_schedule
from tests.kill.payments import refund_payment
from tests.kill.scenario import Scenario

RETURN_KEY, DISPUTE_KEY = new_key(HAO), new_key(HAO)
RETURN, DISPUTE = RETURN_KEY.id("ret"), DISPUTE_KEY.id("dsp")


def request_return(simulation: Simulation) -> Any:
    lines, reason = [ReturnLine(LISTING, "", 1)], ReturnReason.DAMAGED
    return commerce.request_return(simulation.commerce, HAO, ORDER, RETURN_KEY, lines=lines, reason=reason, text="有划痕。")


def approve_return(simulation: Simulation) -> Any:
    return commerce.decide_return(simulation.commerce, MEI, RETURN, True, "请寄回。")


def reject_return(simulation: Simulation) -> Any:
    return commerce.decide_return(simulation.commerce, MEI, RETURN, False, "已拆封。")


def withdraw_return(simulation: Simulation) -> Any:
    return commerce.withdraw_return(simulation.commerce, HAO, RETURN)


def send_return(simulation: Simulation) -> Any:
    return commerce.send_return(simulation.commerce, HAO, RETURN, Parcel("顺丰速运", "SF1234567890"))


def receive_return(simulation: Simulation) -> Any:
    return commerce.receive_return(simulation.commerce, MEI, RETURN)


def open_dispute(simulation: Simulation) -> Any:
    reason, statement = DisputeReason.NOT_AS_DESCRIBED, "镜片是坏的。"
    return commerce.open_dispute(simulation.commerce, HAO, ORDER, DISPUTE_KEY, reason=reason, statement=statement)


def answer_dispute(simulation: Simulation) -> Any:
    return commerce.answer_dispute(simulation.commerce, MEI, DISPUTE, "发货前检查过。")


def withdraw_dispute(simulation: Simulation) -> Any:
    return commerce.withdraw_dispute(simulation.commerce, HAO, DISPUTE)


def propose_ruling(simulation: Simulation) -> Any:
    return review.propose_ruling(simulation.review, RUI, DISPUTE, 100, "双方各半。")


def ratify_ruling(simulation: Simulation) -> Any:
    ruling = load_dispute(simulation.review_table, DISPUTE).entity.proposal
    return review.ratify_ruling(simulation.review, SHAN, DISPUTE, ruling.id if ruling else "")


def reject_ruling(simulation: Simulation) -> Any:
    ruling = load_dispute(simulation.review_table, DISPUTE).entity.proposal
    return review.reject_ruling(simulation.review, SHAN, DISPUTE, ruling.id if ruling else "")


CLAIMS = (
    Scenario("request-return", request_return, "confirm-receipt"),
    Scenario("approve-return", approve_return, "request-return"),
    Scenario("auto-approve-return", run_commerce_schedule, "request-return", timedelta(hours=49)),
    Scenario("reject-return", reject_return, "request-return"),
    Scenario("withdraw-return", withdraw_return, "request-return"),
    Scenario("send-return", send_return, "approve-return"),
    Scenario("end-approved-return", run_commerce_schedule, "approve-return", timedelta(days=8)),
    Scenario("receive-return", receive_return, "send-return"),
    Scenario("auto-receive-return", run_commerce_schedule, "send-return", timedelta(days=11)),
    Scenario("refund-of-return", refund_payment, "receive-return"),
    Scenario("complete-return", run_commerce_schedule, "refund-of-return", timedelta(minutes=6)),
    Scenario("open-dispute", open_dispute, "ship"),
    Scenario("answer-dispute", answer_dispute, "open-dispute"),
    Scenario("withdraw-dispute", withdraw_dispute, "open-dispute"),
    Scenario("receive-after-dispute", run_commerce_schedule, "withdraw-dispute", timedelta(days=14)),
    Scenario("escalate-dispute", run_review_schedule, "open-dispute", timedelta(days=9)),
    Scenario("propose-ruling", propose_ruling, "answer-dispute"),
    Scenario("reject-ruling", reject_ruling, "propose-ruling"),
    Scenario("ratify-ruling", ratify_ruling, "propose-ruling"),
    Scenario("erase-statements", run_commerce_schedule, "withdraw-dispute", timedelta(days=181)),
)
