"""The scenarios that the crash tests interrupt: each is one action in a state in which all before it has happened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any

from services.circles import usecases as circles
from services.circles.domain import SanctionKind
from services.review import usecases as review
from services.review.errors import LeaseExpired
from services.shared.kernel.ids import deterministic_id
from services.shared.security.account_status import SanctionLevel
from simulation.driver import Driver, Faults
from simulation.users import real_name_token
from tests.kill.actions import (
    APPLICATION,
    CIRCLE,
    COMMENT_KEY,
    HAO,
    KEYS,
    LIN,
    MEI,
    NEW,
    NOTE_KEY,
    REPORT,
    RUI,
    SHAN,
    YAN,
    Action,
    accept_succession,
    add_members,
    answer_screening,
    appeal,
    approve_member,
    approve_succession,
    assess_owner,
    create_application,
    create_draft,
    create_listing,
    decide,
    decide_case,
    impose_member_sanction,
    impose_sanction,
    join,
    lift_member_sanction,
    offer_ownership,
    posted,
    publish_draft,
    quarantine_passcode,
    ratify_sanction,
    reject_sanction,
    request_information,
    request_to_join,
    rotate_passcode,
    run_circles_schedule,
    run_review_schedule,
    set_digest,
    set_screening,
    set_teaser,
    subscribe,
    suspend_owner,
    update_application,
    update_circle,
    update_note,
)
from tests.kill.addresses import ADDRESSES
from tests.kill.appeals import APPEALS
from tests.kill.campaigns import CAMPAIGNS
from tests.kill.checkouts import CHECKOUTS
from tests.kill.claims import CLAIMS
from tests.kill.content import IN_A_THREAD
from tests.kill.coupons import COUPONS
from tests.kill.fairness import FAIRNESS
from tests.kill.guardrails import GUARDED
from tests.kill.jobs import JOBS
from tests.kill.listing_pages import LISTINGS_WITH_PAGES
from tests.kill.names import NAMES
from tests.kill.notifications import NOTIFICATIONS
from tests.kill.payouts import PAYOUTS
from tests.kill.people import PEOPLE
from tests.kill.pictures import post_picture, upload_picture
from tests.kill.report_outcomes import REPORT_OUTCOMES
from tests.kill.roles import OF_ROLES
from tests.kill.room_pictures import PICTURES_IN_A_ROOM
from tests.kill.rooms import IN_A_ROOM, send_as
from tests.kill.scenario import Scenario
from tests.kill.shows import SHOWS
from tests.kill.staff import STAFF
from tests.kill.suspicions import SUSPICIONS
from tests.kill.take_downs import TAKE_DOWNS
from tests.kill.touches import TOUCHES
from tests.kill.trades import TRADES


def on_note(use_case: Callable[..., Any], by: Any, *arguments: Any, **named: Any) -> Action:
    """Call a use case with the note that was posted."""
    return lambda simulation: use_case(simulation.circles, by, CIRCLE, posted(simulation).id, *arguments, **named)


def hand_over(simulation: Any) -> None:
    """Hand a claim over. A retry finds that the receiver has it."""
    with suppress(LeaseExpired):
        review.hand_over_claim(simulation.review, RUI, APPLICATION, SHAN.user_id)


def read_case(simulation: Any) -> Any:
    case_id = deterministic_id("cas", 0, "circles", "note", posted(simulation).id, "0")
    return review.get_case(simulation.review, RUI, case_id)


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("create-application", create_application),
        Scenario(
            "verify-identity",
            lambda simulation: review.verify_identity(simulation.review, NEW, real_name_token(NEW.user_id)),
            "create-application",
        ),
        Scenario(
            "submit-application",
            lambda simulation: review.submit_application(simulation.review, LIN, APPLICATION),
            "create-application",
        ),
        Scenario("reject", decide(RUI, approves=False), "submit-application"),
        Scenario("approve", decide(RUI), "submit-application"),
        Scenario("grant-seat", decide(SHAN), "approve"),
        Scenario("propose-sanction", impose_sanction(RUI, SanctionLevel.SUSPENDED), "subscribe"),
        Scenario("ratify-sanction", ratify_sanction, "propose-sanction"),
        Scenario(
            "lift-sanction",
            lambda simulation: review.lift_sanction(simulation.review, RUI, YAN.user_id, "误判"),
            "ratify-sanction",
        ),
        Scenario("reject-sanction", reject_sanction, "impose-emergency"),
        Scenario("impose-emergency", impose_sanction(RUI, SanctionLevel.SUSPENDED, emergency=True), "subscribe"),
        Scenario("undo-emergency", run_review_schedule, "impose-emergency", timedelta(hours=25)),
        Scenario("update-application", update_application, "submit-application"),
        Scenario(
            "claim", lambda simulation: review.claim_application(simulation.review, RUI, APPLICATION), "submit-application"
        ),
        Scenario("hand-over", hand_over, "claim"),
        Scenario("update-claimed", update_application, "claim"),
        Scenario("request-information", request_information, "submit-application"),
        Scenario(
            "provide-information",
            lambda simulation: review.submit_application(simulation.review, LIN, APPLICATION),
            "request-information",
        ),
        Scenario("expire-application", run_review_schedule, "request-information", timedelta(days=8)),
        Scenario("escalate", run_review_schedule, "submit-application", timedelta(days=9)),
        Scenario(
            "withdraw",
            lambda simulation: review.withdraw_application(simulation.review, LIN, APPLICATION),
            "submit-application",
        ),
        Scenario("appeal", appeal, "reject"),
        Scenario("uphold", decide(SHAN, approves=False), "appeal"),
        Scenario("erase-application", run_review_schedule, "uphold", timedelta(days=181)),
        Scenario("assess-owner", assess_owner, "grant-seat"),
        Scenario("anchor-audit", lambda simulation: simulation.anchor_heads("review"), "approve", timedelta(hours=2)),
        Scenario("anchor-moderation", lambda simulation: simulation.anchor_heads("circles"), "mute", timedelta(hours=2)),
        Scenario("report-note", on_note(circles.report_note, HAO, REPORT), "post-note"),
        Scenario("upload-picture", upload_picture, "add-members"),
        Scenario("post-picture", post_picture, "upload-picture"),
        Scenario("report-picture", on_note(circles.report_note, HAO, REPORT), "post-picture"),
        Scenario("read-case", read_case, "report-note"),
        Scenario("decide-case", decide_case, "report-note"),
        Scenario("suspend-owner", suspend_owner, "add-members"),
        Scenario("activate-circle", lambda simulation: circles.activate_circle(simulation.circles, LIN, CIRCLE), "grant-seat"),
        Scenario(
            "issue-passcode",
            lambda simulation: circles.issue_passcode(simulation.circles, LIN, CIRCLE, KEYS["issue"], timedelta(hours=72), 3),
            "activate-circle",
        ),
        Scenario("join", join(NEW), "issue-passcode"),
        Scenario("send-first", send_as(LIN, "first-0001"), "issue-passcode"),
        Scenario("join-after-a-message", join(NEW), "send-first", timedelta(minutes=1)),
        Scenario("set-screening", set_screening, "issue-passcode"),
        Scenario("update-circle", update_circle, "issue-passcode"),
        Scenario("describe-circle", update_circle, "add-members"),
        Scenario("join-screened", join(NEW), "set-screening"),
        Scenario("answer-screening", answer_screening, "join-screened"),
        Scenario("approve-member", approve_member, "answer-screening"),
        Scenario("add-members", add_members, "activate-circle"),
        Scenario("rotate-passcode", rotate_passcode, "issue-passcode"),
        Scenario("quarantine-passcode", quarantine_passcode, "add-members"),
        Scenario("mute", impose_member_sanction(SanctionKind.MUTE), "add-members"),
        Scenario("lift-member-sanction", lift_member_sanction, "mute"),
        Scenario("kick", impose_member_sanction(SanctionKind.KICK), "subscribe"),
        Scenario("ban", impose_member_sanction(SanctionKind.BAN), "add-members"),
        Scenario("leave", lambda simulation: circles.leave_circle(simulation.circles, YAN, CIRCLE), "add-members"),
        Scenario(
            "post-note",
            lambda simulation: circles.post_note(simulation.circles, MEI, CIRCLE, NOTE_KEY, circles.NoteInput("晨", ("观鸟",))),
            "add-members",
        ),
        Scenario("create-draft", create_draft, "add-members"),
        Scenario("publish-draft", publish_draft, "create-draft"),
        Scenario("update-note", update_note, "post-note"),
        Scenario("pin-note", on_note(circles.pin_note, LIN), "post-note"),
        Scenario("highlight", on_note(circles.highlight_note, LIN), "post-note"),
        Scenario("unhighlight", on_note(circles.unhighlight_note, LIN), "highlight"),
        Scenario(
            "record-views",
            lambda simulation: circles.record_views(simulation.circles, HAO, CIRCLE, [posted(simulation).id]),
            "post-note",
        ),
        Scenario("check-in", lambda simulation: circles.check_in(simulation.circles, HAO, CIRCLE), "add-members"),
        Scenario("block", lambda simulation: circles.block_user(simulation.circles, HAO, YAN.user_id), "post-note"),
        Scenario("like", on_note(circles.like_note, HAO), "post-note"),
        Scenario("unlike", on_note(circles.unlike_note, HAO), "like"),
        Scenario("comment", on_note(circles.add_comment, HAO, COMMENT_KEY, text="好", parent_id=None), "post-note"),
        *IN_A_THREAD,
        *OF_ROLES,
        *GUARDED,
        *NOTIFICATIONS,
        Scenario("set-teaser", set_teaser, "add-members"),
        Scenario("request-to-join", request_to_join, "set-teaser"),
        Scenario("set-digest", set_digest, "add-members"),
        *CAMPAIGNS,
        *APPEALS,
        *NAMES,
        *PEOPLE,
        Scenario("offer-ownership", offer_ownership, "add-members"),
        Scenario("accept-ownership", accept_succession, "offer-ownership"),
        Scenario("approve-succession", approve_succession(RUI), "accept-ownership"),
        Scenario("transfer-ownership", approve_succession(SHAN), "approve-succession"),
        Scenario("publish-digests", run_circles_schedule, "comment", timedelta(hours=20)),
        *(Scenario(*about) for about in JOBS),
        Scenario("subscribe", subscribe, "add-members"),
        Scenario("block-subscribed", lambda simulation: circles.block_user(simulation.circles, YAN, HAO.user_id), "subscribe"),
        *IN_A_ROOM,
        *PICTURES_IN_A_ROOM,
        Scenario("sign-out", lambda simulation: circles.sign_out_everywhere(simulation.circles, YAN), "subscribe"),
        Scenario("sign-out-suspended", impose_sanction(RUI, SanctionLevel.SUSPENDED, emergency=True), "sign-out"),
        Scenario("create-listing", create_listing, "add-members"),
        *LISTINGS_WITH_PAGES,
        *STAFF,
        *TOUCHES,
        *SHOWS,
        *TRADES,
        *PAYOUTS,
        *CHECKOUTS,
        *CLAIMS,
        *ADDRESSES,
        *COUPONS,
        *FAIRNESS,
        *SUSPICIONS,
        *TAKE_DOWNS,
        *REPORT_OUTCOMES,
    )
}


@cache
def after(name: str) -> Driver:
    """Return the state after an action and all that comes before it, without any fault."""
    driver = before(SCENARIOS[name])
    SCENARIOS[name].action(driver.simulation)
    driver.run()
    return driver


def before(scenario: Scenario, faults: Faults | None = None, **wrap_table: Any) -> Driver:
    """Return a new driver in which everything has happened that comes before an action."""
    if not scenario.after:
        return Driver(faults, **wrap_table)
    earlier = after(scenario.after)
    driver = Driver(faults, like=earlier, **wrap_table)
    driver.clock.now = earlier.clock.now + scenario.later
    return driver
