"""The actions of the scenarios, with their idempotency keys fixed, so that calling one again is a retry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import MessageRequest
from services.circles import usecases as circles
from services.circles.domain import Note, Role, SanctionKind
from services.circles.domain.export import ExportKind
from services.circles.errors import JoinRequestLimitReached, PasscodeLocked
from services.circles.repository.notes import list_notes
from services.circles.usecases.passcodes import derive_passcode_id, derive_passcode_text
from services.commerce import usecases as commerce
from services.commerce.domain import ListingKind
from services.commerce.domain.money import Money
from services.commerce.repository.listings import get_listing
from services.review import usecases as review
from services.review.domain import CaseOutcome, Reason
from services.review.domain.tenure import AssessmentOutcome
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import IdempotencyKey, derive_id, deterministic_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import SanctionLevel
from services.shared.security.violations import Violation
from services.shared.table.reports import ReportInput
from simulation.clock import NOON
from simulation.faults import Lost
from simulation.setup.applications import CONTENT, OPERATOR, application_input, decision_input
from simulation.setup.circles import set_role
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.users import caller, new_key, real_name_token

LIN, MEI, HAO, YAN, NEW = (caller(name) for name in ("lin", "mei", "hao", "yan", "newcomer"))
RUI, SHAN = caller("rui", "reviewer"), caller("shan", "reviewer")
PRICE = Money(12_900, "CNY")

Action = Callable[[Simulation], Any]


def create_application(simulation: Simulation) -> Any:
    for reviewer in (RUI, SHAN):
        review.enrol_reviewer(
            simulation.review, OPERATOR, reviewer.user_id, new_key(OPERATOR), real_name_token(reviewer.user_id)
        )
    return review.create_application(simulation.review, LIN, KEYS["start"], application_input(simulation, LIN))


REPORT = ReportInput("spam", "反复发广告。")
KEYS = {name: new_key(LIN) for name in ("start", "issue", "edit", "ask", "appeal", "assess", "rotate")}
KEYS |= {"refund": new_key(MEI), "draft": new_key(MEI), "export": new_key(HAO)}
APPLICATION = KEYS["start"].id("app")
CIRCLE, ROOM = derive_id("cir", APPLICATION), derive_id("rom", APPLICATION)
NOTE_KEY, COMMENT_KEY, LISTING_KEY = new_key(MEI), new_key(HAO), new_key(MEI)
ORDER_KEY, RIVAL_KEY = new_key(HAO), new_key(YAN)
LISTING, ORDER = LISTING_KEY.id("lst"), ORDER_KEY.id("ord")
DECISIONS = {reviewer.user_id: new_key(reviewer) for reviewer in (RUI, SHAN)}


def decide(reviewer: Any, approves: bool = True) -> Action:
    def action(simulation: Simulation) -> Any:
        review.claim_application(simulation.review, reviewer, APPLICATION)
        application, _ = review.get_application(simulation.review, reviewer, APPLICATION)
        decision = decision_input(application, approves)
        return review.decide_application(simulation.review, reviewer, APPLICATION, DECISIONS[reviewer.user_id], decision)

    return action


def impose_sanction(by: Any, level: SanctionLevel, *, emergency: bool = False, target: Any = YAN) -> Action:
    terms: dict[str, Any] = {"level": level, "until": None, "violation": Violation.SPAM, "reason": "刷屏"}
    return lambda simulation: review.impose_sanction(simulation.review, by, target.user_id, **terms, emergency=emergency)


def ratify_sanction(simulation: Simulation) -> Any:
    pending = review.get_sanction_record(simulation.review, SHAN, YAN.user_id).pending
    return review.ratify_sanction(simulation.review, SHAN, YAN.user_id, pending.id) if pending else None


def reject_sanction(simulation: Simulation) -> Any:
    pending = review.get_sanction_record(simulation.review, SHAN, YAN.user_id).pending
    return review.reject_sanction(simulation.review, SHAN, YAN.user_id, pending.id) if pending else None


def suspend_owner(simulation: Simulation) -> Any:
    """Suspend the owner, so that the circle becomes read-only."""
    return impose_sanction(RUI, SanctionLevel.SUSPENDED, emergency=True, target=LIN)(simulation)


def run_review_schedule(simulation: Simulation) -> None:
    """Run the schedule of review 8 times, as it runs every minute."""
    for _ in range(8):
        review.handle_schedule(simulation.review)


def update_application(simulation: Simulation) -> Any:
    new = application_input(simulation, LIN, replace(CONTENT, plan="改为每周两次。"))
    read, _ = review.get_application(simulation.review, LIN, APPLICATION)
    return review.update_application(
        simulation.review, LIN, APPLICATION, change(read.applicant_version, KEYS["edit"].value), new
    )


def request_information(simulation: Simulation) -> Any:
    review.claim_application(simulation.review, RUI, APPLICATION)
    return review.request_information(simulation.review, RUI, APPLICATION, KEYS["ask"], ("plan",), "请补充。")


def appeal(simulation: Simulation) -> Any:
    return review.appeal_application(simulation.review, LIN, APPLICATION, KEYS["appeal"], Reason.CIRCLE_VAGUE, "已写明。")


def assess_owner(simulation: Simulation) -> Any:
    return review.assess_owner(simulation.review, RUI, APPLICATION, KEYS["assess"], AssessmentOutcome.RENEW, "好。")


def decide_case(simulation: Simulation) -> Any:
    case_id = deterministic_id("cas", 0, "circles", "note", posted(simulation).id, "0")
    return review.decide_case(simulation.review, RUI, case_id, CaseOutcome.UPHELD, "核实。", violation=Violation.SPAM)


def join(caller: Any) -> Action:
    """Join with the issued passcode. Attempts whose response was lost stay counted, so a client can be locked, and waits."""

    def action(simulation: Simulation) -> Any:
        code = derive_passcode_text(simulation.circles.passcode_keys.newest, KEYS["issue"])
        try:
            return circles.join_circle(simulation.circles, caller, code)
        except PasscodeLocked:
            simulation.clock.advance(minutes=31)
            raise Lost("locked for a while") from None

    return action


def add_members(simulation: Simulation) -> None:
    """Let three users join, and make Mei a moderator, who may sell."""
    for member in (MEI, HAO, YAN):
        circles.issue_passcode(simulation.circles, LIN, CIRCLE, KEYS["issue"], timedelta(hours=72), 3)
        join(member)(simulation)
    set_role(simulation, LIN, CIRCLE, MEI.user_id, Role.MODERATOR)


def impose_member_sanction(kind: SanctionKind) -> Action:
    until = NOON + timedelta(days=30) if kind is SanctionKind.MUTE else None
    return lambda simulation: circles.impose_member_sanction(
        simulation.circles, LIN, CIRCLE, YAN.user_id, kind, reason="公布巢址", until=until
    )


def set_screening(simulation: Simulation) -> Any:
    questions = ("常去哪里看鸟？",)
    return circles.set_screening(simulation.circles, LIN, CIRCLE, change(0), "不公布巢址。", questions, approval=True)


def update_circle(simulation: Simulation) -> Any:
    return circles.update_circle(simulation.circles, LIN, CIRCLE, change(0), {"description": "只聊城市里的野鸟"})


def answer_screening(simulation: Simulation) -> Any:
    return circles.answer_screening(simulation.circles, NEW, CIRCLE, 1, ("江边",))


def approve_member(simulation: Simulation) -> Any:
    return circles.approve_member(simulation.circles, LIN, CIRCLE, NEW.user_id)


def issued_passcode_id(simulation: Simulation) -> str:
    """Return the id of the issued passcode."""
    secret = simulation.circles.passcode_keys.newest
    return derive_passcode_id(secret, derive_passcode_text(secret, KEYS["issue"]).replace("-", ""))


def rotate_passcode(simulation: Simulation) -> Any:
    return circles.rotate_passcode(
        simulation.circles, LIN, CIRCLE, issued_passcode_id(simulation), KEYS["rotate"], timedelta(hours=24)
    )


def quarantine_passcode(simulation: Simulation) -> Any:
    return circles.quarantine_passcode(simulation.circles, LIN, CIRCLE, issued_passcode_id(simulation))


def lift_member_sanction(simulation: Simulation) -> Any:
    return circles.lift_member_sanction(simulation.circles, LIN, CIRCLE, YAN.user_id, "误判")


def posted(simulation: Simulation) -> Note:
    """Return the note that was posted, also one that is down; the server chose its id."""
    return list_notes(simulation.circles.table, CIRCLE, PageRequest(1)).items[0]


def create_draft(simulation: Simulation) -> Any:
    return circles.create_draft(simulation.circles, MEI, CIRCLE, KEYS["draft"], circles.NoteInput("草稿", ("观鸟",)))


def publish_draft(simulation: Simulation) -> Any:
    return circles.publish_draft(simulation.circles, MEI, CIRCLE, KEYS["draft"].id("drf"))


def update_note(simulation: Simulation) -> Any:
    note = posted(simulation)
    request = change(note.version, "edit-note")
    return circles.update_note(simulation.circles, MEI, CIRCLE, note.id, request, "改了", ("手冲咖啡",))


def send(text: str, listing_id: str = "") -> Action:
    draft = MessageRequest("killed-0001", 0, text, listing_id)
    return lambda simulation: chat.send_message(simulation.chat, MEI, CIRCLE, ROOM, draft)


def subscribe(simulation: Simulation) -> None:
    """Yan connects and subscribes. Each try has a ticket and a connection of its own, as a client's."""
    ticket, _ = chat.create_ticket(simulation.chat, YAN)
    socket = chat.connect_socket(simulation.chat, ticket, f"connection of {ticket}")
    chat.subscribe_socket(simulation.chat, socket, CIRCLE, ROOM)


def create_listing(simulation: Simulation) -> Any:
    return commerce.create_listing(
        simulation.commerce, MEI, CIRCLE, LISTING_KEY, kind=ListingKind.MERCHANT, title="望远镜", price=PRICE, stock=1
    )


def withdraw_listing(simulation: Simulation) -> Any:
    return commerce.withdraw_listing(simulation.commerce, MEI, CIRCLE, LISTING)


def remove_listing(simulation: Simulation) -> Any:
    return commerce.remove_listing(simulation.commerce, LIN, CIRCLE, LISTING, "假货")


def place_order(caller: Any, with_key: IdempotencyKey) -> Action:
    def action(simulation: Simulation) -> Any:
        revision = get_listing(simulation.commerce_table, CIRCLE, LISTING).revision
        return commerce.place_order(
            simulation.commerce, caller, CIRCLE, with_key, listing_id=LISTING, revision=revision, quantity=1
        )

    return action


def run_commerce_schedule(simulation: Simulation) -> None:
    """Run the schedule of commerce 8 times: a later run processes what had a conflict before."""
    for _ in range(8):
        commerce.handle_schedule(simulation.commerce)


def request_to_join(simulation: Simulation) -> Any:
    """Request to join. Requests whose response was lost count, so a client may have to wait a day."""
    try:
        return circles.request_to_join(simulation.circles, NEW, CIRCLE, "想加入")
    except JoinRequestLimitReached:
        simulation.clock.advance(days=1)
        raise Lost("no more requests today") from None


def set_teaser(simulation: Simulation) -> Any:
    return circles.set_teaser(simulation.circles, LIN, CIRCLE, change(0), "来看鸟", ("观鸟",))


def set_digest(simulation: Simulation) -> Any:
    return circles.set_digest_preference(simulation.circles, HAO, CIRCLE, change(0), False, time(22), time(7))


def offer_ownership(simulation: Simulation) -> Any:
    return circles.offer_ownership(simulation.circles, LIN, CIRCLE, MEI.user_id)


def _succession() -> str:
    return deterministic_id("suc", millis(NOON), CIRCLE, MEI.user_id)


def accept_succession(simulation: Simulation) -> Any:
    return review.accept_succession(simulation.review, MEI, _succession(), real_name_token(MEI.user_id))


def approve_succession(reviewer: Any) -> Action:
    return lambda simulation: review.decide_succession(simulation.review, reviewer, _succession(), True, "好")


def close_circle(simulation: Simulation) -> Any:
    return circles.close_circle(simulation.circles, LIN, CIRCLE, timedelta(days=30))


def request_export(simulation: Simulation) -> Any:
    return circles.create_export(simulation.circles, HAO, CIRCLE, KEYS["export"], ExportKind.OWN)


def run_circles_schedule(simulation: Simulation) -> None:
    """Run the schedule of circles 10 times; what fails is postponed by 10 minutes."""
    for _ in range(10):
        circles.handle_schedule(simulation.circles)
        simulation.clock.advance(minutes=11)
