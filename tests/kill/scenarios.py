"""What is killed: one action of one person each, from a state in which everything before it has happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from services.chat import usecases as chat
from services.circles import usecases as circles
from services.circles.domain import SanctionKind
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.shared.security.account_status import SanctionLevel
from simulation.driver import Simulation
from simulation.simulation import token
from tests.kill.acts import (
    APPLICATION,
    CIRCLE,
    COMMENT_KEY,
    HAO,
    KEYS,
    LIN,
    LISTING,
    MEI,
    NEW,
    NOTE,
    NOTE_KEY,
    ORDER,
    ORDER_KEY,
    REPORT,
    RIVAL_KEY,
    ROOM,
    RUI,
    SHAN,
    YAN,
    Act,
    accepting_the_circle,
    admitting,
    agreeing,
    answering,
    appealing,
    asking,
    assessing,
    captured,
    choosing,
    clock,
    closing,
    decide,
    deciding_a_case,
    drafting,
    editing,
    editing_a_note,
    exporting,
    fill,
    given_back,
    impose,
    join,
    knocking,
    listen,
    looking_after,
    offer,
    offering_the_circle,
    order,
    pardoning,
    publishing,
    put_owner_under,
    quarantining,
    ratifying,
    refusing,
    rotating,
    sanction,
    schedule,
    screening,
    send,
    start,
    teasing,
)


@dataclass(frozen=True)
class Scenario:
    """`act` is one wish, with its key fixed: doing it again is the same wish. `after` names what comes first."""

    name: str
    act: Act
    after: str = ""
    later: timedelta = timedelta(0)


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("start", start),
        Scenario("verify", lambda sim: review.verify_account(sim.world.review, NEW, token(NEW.user_id)), "start"),
        Scenario("submit", lambda sim: review.submit_application(sim.world.review, LIN, APPLICATION), "start"),
        Scenario("reject", decide(RUI, approves=False), "submit"),
        Scenario("approve", decide(RUI), "submit"),
        Scenario("seat", decide(SHAN), "approve"),
        Scenario("propose", impose(RUI, SanctionLevel.SUSPENDED), "listen"),
        Scenario("suspend", ratifying, "propose"),
        Scenario("lift", lambda sim: review.lift_sanction(sim.world.review, RUI, YAN.user_id, "误判"), "suspend"),
        Scenario("refuse", refusing, "emergency"),
        Scenario("emergency", impose(RUI, SanctionLevel.SUSPENDED, emergency=True), "listen"),
        Scenario("undo", clock, "emergency", timedelta(hours=25)),
        Scenario("edit", editing, "submit"),
        Scenario("ask", asking, "submit"),
        Scenario("answer", lambda sim: review.submit_application(sim.world.review, LIN, APPLICATION), "ask"),
        Scenario("lapse", clock, "ask", timedelta(days=8)),
        Scenario("escalate", clock, "submit", timedelta(days=9)),
        Scenario("withdraw", lambda sim: review.withdraw_application(sim.world.review, LIN, APPLICATION), "submit"),
        Scenario("appeal", appealing, "reject"),
        Scenario("uphold", decide(SHAN, approves=False), "appeal"),
        Scenario("forget", clock, "uphold", timedelta(days=181)),
        Scenario("assess", assessing, "seat"),
        Scenario("anchor", lambda sim: review.run_anchors(sim.world.review), "approve", timedelta(hours=2)),
        Scenario("report", lambda sim: circles.report_note(sim.world.circles, HAO, CIRCLE, NOTE, REPORT), "note"),
        Scenario("case", deciding_a_case, "report"),
        Scenario("pause", put_owner_under, "fill"),
        Scenario("activate", lambda sim: circles.activate_circle(sim.world.circles, LIN, CIRCLE), "seat"),
        Scenario(
            "issue",
            lambda sim: circles.issue_passcode(sim.world.circles, LIN, CIRCLE, KEYS["issue"], timedelta(hours=72), 3),
            "activate",
        ),
        Scenario("join", join(NEW), "issue"),
        Scenario("screen", screening, "issue"),
        Scenario("wait", join(NEW), "screen"),
        Scenario("answers", answering, "wait"),
        Scenario("admit", admitting, "answers"),
        Scenario("fill", fill, "activate"),
        Scenario("rotate", rotating, "issue"),
        Scenario("quarantine", quarantining, "fill"),
        Scenario("mute", sanction(SanctionKind.MUTE), "fill"),
        Scenario("pardon", pardoning, "mute"),
        Scenario("kick", sanction(SanctionKind.KICK), "listen"),
        Scenario("ban", sanction(SanctionKind.BAN), "fill"),
        Scenario("leave", lambda sim: circles.leave_circle(sim.world.circles, YAN, CIRCLE), "fill"),
        Scenario(
            "note",
            lambda sim: circles.post_note(sim.world.circles, MEI, CIRCLE, NOTE_KEY, circles.Words("晨", ("观鸟",))),
            "fill",
        ),
        Scenario("draft", drafting, "fill"),
        Scenario("publish", publishing, "draft"),
        Scenario("edit-note", editing_a_note, "note"),
        Scenario("pin", lambda sim: circles.pin_note(sim.world.circles, LIN, CIRCLE, NOTE), "note"),
        Scenario("archive", lambda sim: circles.highlight_note(sim.world.circles, LIN, CIRCLE, NOTE, on=True), "note"),
        Scenario("unarchive", lambda sim: circles.highlight_note(sim.world.circles, LIN, CIRCLE, NOTE, on=False), "archive"),
        Scenario("views", lambda sim: circles.record_views(sim.world.circles, HAO, CIRCLE, [NOTE]), "note"),
        Scenario("check-in", lambda sim: circles.check_in(sim.world.circles, HAO, CIRCLE), "fill"),
        Scenario("block", lambda sim: circles.block_user(sim.world.circles, HAO, YAN.user_id), "note"),
        Scenario("like", lambda sim: circles.like_note(sim.world.circles, HAO, CIRCLE, NOTE), "note"),
        Scenario("unlike", lambda sim: circles.unlike_note(sim.world.circles, HAO, CIRCLE, NOTE), "like"),
        Scenario(
            "comment",
            lambda sim: circles.add_comment(sim.world.circles, HAO, CIRCLE, NOTE, COMMENT_KEY, text="好", parent_id=None),
            "note",
        ),
        Scenario("tease", teasing, "fill"),
        Scenario("knock", knocking, "tease"),
        Scenario("choose", choosing, "fill"),
        Scenario("offer-circle", offering_the_circle, "fill"),
        Scenario("accept-circle", accepting_the_circle, "offer-circle"),
        Scenario("agree", agreeing(RUI), "accept-circle"),
        Scenario("hand-over", agreeing(SHAN), "agree"),
        Scenario("evening", looking_after, "comment", timedelta(hours=20)),
        Scenario("close", closing, "comment"),
        Scenario("purge", looking_after, "close", timedelta(days=31)),
        Scenario("export", exporting, "comment"),
        Scenario("write-export", looking_after, "export"),
        Scenario("listen", listen, "fill"),
        Scenario("send", send("在吗"), "listen"),
        Scenario("read", lambda sim: chat.mark_read(sim.world.chat, HAO, CIRCLE, ROOM, 1), "send"),
        Scenario("report-message", lambda sim: chat.report_message(sim.world.chat, HAO, CIRCLE, ROOM, 1, REPORT), "send"),
        Scenario("offer", offer, "fill"),
        Scenario("card", send("看看", LISTING), "offer"),
        Scenario("order", order(HAO, ORDER_KEY), "offer"),
        Scenario("pay", captured, "order"),
        Scenario("expire", schedule, "order", timedelta(minutes=16)),
        Scenario("pay-late", captured, "expire"),
        Scenario("rival", order(YAN, RIVAL_KEY), "expire"),
        Scenario("pay-too-late", captured, "rival"),
        Scenario("give-back", given_back, "pay-too-late"),
        Scenario("ship", lambda sim: commerce.ship_order(sim.world.commerce, MEI, ORDER), "pay"),
        Scenario("confirm", lambda sim: commerce.confirm_receipt(sim.world.commerce, HAO, ORDER), "ship"),
        Scenario("auto-confirm", schedule, "ship", timedelta(days=11)),
        Scenario("release", schedule, "confirm", timedelta(days=8)),
    )
}


@cache
def state(name: str) -> Simulation:
    """The world after an action and all before it, with nothing having failed."""
    sim = before(SCENARIOS[name])
    SCENARIOS[name].act(sim)
    sim.pump()
    return sim


def before(scenario: Scenario, faults: Any = None, **beneath: Any) -> Simulation:
    """A world of one's own in which everything but this action has happened."""
    if not scenario.after:
        return Simulation(faults, **beneath)
    earlier = state(scenario.after)
    sim = Simulation(faults, like=earlier, **beneath)
    sim.clock.now = earlier.clock.now + scenario.later
    return sim
