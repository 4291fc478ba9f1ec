"""What somebody does in each scenario, with its key fixed, so that doing it again is the same wish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from services.chat import usecases as chat
from services.chat.domain import Draft
from services.circles import usecases as circles
from services.circles.domain import Role, SanctionKind
from services.circles.domain.export import ExportKind
from services.circles.errors import PasscodeLocked, TooManyJoinRequests
from services.circles.usecases.passcodes import code_of, derive_passcode_id
from services.commerce import usecases as commerce
from services.commerce.domain import Kind
from services.commerce.domain.money import Money
from services.commerce.repository.listings import find_listing
from services.commerce.usecases.payments import Notice
from services.review import usecases as review
from services.review.domain import Outcome, Reason
from services.review.domain.tenure import Outcome as Assessed
from services.shared.kernel.clock import millis
from services.shared.kernel.ids import IdempotencyKey, derive_id, deterministic_id
from services.shared.security.account_status import SanctionLevel
from services.shared.table.reports import ReportIn, ReportReason
from simulation.driver import Simulation
from simulation.faults import Lost
from simulation.setup.common import (
    CONTENT,
    OPERATOR,
    form,
    judgement,
)
from simulation.simulation import (
    NOON,
    person,
    token,
    wish,
)

LIN, MEI, HAO, YAN, NEW = (person(name) for name in ("lin", "mei", "hao", "yan", "newcomer"))
RUI, SHAN = person("rui", "reviewer"), person("shan", "reviewer")
PRICE = Money(12_900, "CNY")

Act = Callable[[Simulation], Any]


def start(sim: Simulation) -> Any:
    for reviewer in (RUI, SHAN):
        review.enrol_reviewer(sim.world.review, OPERATOR, reviewer.user_id, token(reviewer.user_id))
    return review.create_application(sim.world.review, LIN, KEYS["start"], form(sim.world, LIN))


REPORT = ReportIn(reason=ReportReason.SPAM, words="反复发广告。")
KEYS = {name: wish(LIN) for name in ("start", "issue", "edit", "ask", "appeal", "assess", "rotate")}
KEYS |= {"draft": wish(MEI), "export": wish(HAO)}
APPLICATION = KEYS["start"].id("app")
CIRCLE, ROOM = derive_id("cir", APPLICATION), derive_id("rom", APPLICATION)
NOTE_KEY, COMMENT_KEY, LISTING_KEY = wish(MEI), wish(HAO), wish(MEI)
ORDER_KEY, RIVAL_KEY = wish(HAO), wish(YAN)
NOTE, LISTING, ORDER = NOTE_KEY.id("note"), LISTING_KEY.id("lst"), ORDER_KEY.id("ord")
DECISIONS = {caller.user_id: wish(caller) for caller in (RUI, SHAN)}


def decide(reviewer: Any, approves: bool = True) -> Act:
    def act(sim: Simulation) -> Any:
        review.claim_application(sim.world.review, reviewer, APPLICATION)
        application, _ = review.get_application(sim.world.review, reviewer, APPLICATION)
        wanted = judgement(application, approves)
        return review.decide_application(sim.world.review, reviewer, APPLICATION, DECISIONS[reviewer.user_id], wanted)

    return act


def impose(by: Any, level: SanctionLevel, *, emergency: bool = False, whom: Any = YAN) -> Act:
    return lambda sim: review.impose_sanction(
        sim.world.review, by, whom.user_id, level=level, until=None, reason="刷屏", emergency=emergency
    )


def ratifying(sim: Simulation) -> Any:
    pending = review.get_sanction_record(sim.world.review, SHAN, YAN.user_id).pending
    return review.ratify_sanction(sim.world.review, SHAN, YAN.user_id, pending.id) if pending else None


def refusing(sim: Simulation) -> Any:
    pending = review.get_sanction_record(sim.world.review, SHAN, YAN.user_id).pending
    return review.reject_sanction(sim.world.review, SHAN, YAN.user_id, pending.id) if pending else None


def put_owner_under(sim: Simulation) -> Any:
    """The owner is out, so the circle can only be read."""
    return impose(RUI, SanctionLevel.SUSPENDED, emergency=True, whom=LIN)(sim)


def clock(sim: Simulation) -> None:
    """Review's schedule comes every minute."""
    for _ in range(8):
        review.handle_schedule(sim.world.review)


def editing(sim: Simulation) -> Any:
    new = form(sim.world, LIN, replace(CONTENT, plan="改为每周两次。"))
    return review.update_application(sim.world.review, LIN, APPLICATION, KEYS["edit"], new)


def asking(sim: Simulation) -> Any:
    review.claim_application(sim.world.review, RUI, APPLICATION)
    return review.request_information(sim.world.review, RUI, APPLICATION, KEYS["ask"], ("plan",), "请补充。")


def appealing(sim: Simulation) -> Any:
    return review.appeal_application(sim.world.review, LIN, APPLICATION, KEYS["appeal"], Reason.CIRCLE_VAGUE, "已写明。")


def assessing(sim: Simulation) -> Any:
    return review.assess_owner(sim.world.review, RUI, APPLICATION, KEYS["assess"], Assessed.RENEW, "好。")


def deciding_a_case(sim: Simulation) -> Any:
    case_id = deterministic_id("cas", 0, "circles", "note", NOTE, "0")
    return review.decide_case(sim.world.review, RUI, case_id, Outcome.UPHELD, "核实。")


def join(caller: Any) -> Act:
    """Tries whose answer was lost stay counted as guesses, so a client may find itself locked, and waits."""

    def act(sim: Simulation) -> Any:
        code = code_of(sim.world.circles.passcode_keys.newest, KEYS["issue"])
        try:
            return circles.join_circle(sim.world.circles, caller, code)
        except PasscodeLocked:
            sim.clock.advance(minutes=31)
            raise Lost("locked for a while") from None

    return act


def fill(sim: Simulation) -> None:
    """Three join, Mei keeps the shop."""
    for caller in (MEI, HAO, YAN):
        circles.issue_passcode(sim.world.circles, LIN, CIRCLE, KEYS["issue"], timedelta(hours=72), 3)
        join(caller)(sim)
    circles.set_role(sim.world.circles, LIN, CIRCLE, MEI.user_id, Role.MODERATOR)


def sanction(kind: SanctionKind) -> Act:
    until = NOON + timedelta(days=30) if kind is SanctionKind.MUTE else None
    return lambda sim: circles.impose_member_sanction(
        sim.world.circles, LIN, CIRCLE, YAN.user_id, kind, reason="公布巢址", until=until
    )


def screening(sim: Simulation) -> Any:
    return circles.set_screening(sim.world.circles, LIN, CIRCLE, "不公布巢址。", ("常去哪里看鸟？",), approval=True)


def answering(sim: Simulation) -> Any:
    return circles.answer_screening(sim.world.circles, NEW, CIRCLE, 1, ("江边",))


def admitting(sim: Simulation) -> Any:
    return circles.approve_member(sim.world.circles, LIN, CIRCLE, NEW.user_id)


def issued(sim: Simulation) -> str:
    """The id of the passcode that was issued."""
    secret = sim.world.circles.passcode_keys.newest
    return derive_passcode_id(secret, code_of(secret, KEYS["issue"]).replace("-", ""))


def rotating(sim: Simulation) -> Any:
    return circles.rotate_passcode(sim.world.circles, LIN, CIRCLE, issued(sim), KEYS["rotate"], timedelta(hours=24))


def quarantining(sim: Simulation) -> Any:
    return circles.quarantine_passcode(sim.world.circles, LIN, CIRCLE, issued(sim))


def pardoning(sim: Simulation) -> Any:
    return circles.pardon_member(sim.world.circles, LIN, CIRCLE, YAN.user_id, "误判")


def drafting(sim: Simulation) -> Any:
    return circles.create_draft(sim.world.circles, MEI, CIRCLE, KEYS["draft"], circles.Words("草稿", ("观鸟",)))


def publishing(sim: Simulation) -> Any:
    return circles.publish_draft(sim.world.circles, MEI, CIRCLE, KEYS["draft"].id("drf"))


def editing_a_note(sim: Simulation) -> Any:
    return circles.update_note(sim.world.circles, MEI, CIRCLE, NOTE, "改了", ("手冲咖啡",))


def send(text: str, listing_id: str = "") -> Act:
    draft = Draft("killed-0001", 0, text, listing_id)
    return lambda sim: chat.send_message(sim.world.chat, MEI, CIRCLE, ROOM, draft)


def listen(sim: Simulation) -> None:
    """Yan connects and subscribes: each try with a ticket of its own, as a client does."""
    ticket, _ = chat.create_ticket(sim.world.chat, YAN)
    sim.notes["tries"] = sim.notes.get("tries", 0) + 1
    socket = chat.connect_socket(sim.world.chat, ticket, f"yan-{sim.notes['tries']}")
    chat.subscribe_socket(sim.world.chat, socket, CIRCLE, ROOM)


def offer(sim: Simulation) -> Any:
    return commerce.create_listing(
        sim.world.commerce, MEI, CIRCLE, LISTING_KEY, kind=Kind.MERCHANT, title="望远镜", price=PRICE, stock=1
    )


def order(caller: Any, with_key: IdempotencyKey) -> Act:
    def act(sim: Simulation) -> Any:
        revision = find_listing(sim.world.commerce_table, CIRCLE, LISTING).revision
        return commerce.place_order(
            sim.world.commerce, caller, CIRCLE, with_key, listing_id=LISTING, revision=revision, quantity=1
        )

    return act


def captured(sim: Simulation) -> Any:
    reference = f"{HAO.user_id}/{ORDER}"
    payment = sim.world.payments.start(reference, PRICE)
    return commerce.handle_webhook_event(sim.world.commerce, Notice("payment.captured", payment.id, reference, PRICE))


def given_back(sim: Simulation) -> Any:
    reference = f"{HAO.user_id}/{ORDER}"
    payment = sim.world.payments.start(reference, PRICE)
    return commerce.handle_webhook_event(sim.world.commerce, Notice("refund.succeeded", payment.id, reference, PRICE))


def schedule(sim: Simulation) -> None:
    """It comes every minute, and takes what was contended before."""
    for _ in range(8):
        commerce.handle_schedule(sim.world.commerce)


def knocking(sim: Simulation) -> Any:
    """Knocks whose answer was lost count, so a client may have to wait a day."""
    try:
        return circles.request_to_join(sim.world.circles, NEW, CIRCLE, "想加入")
    except TooManyJoinRequests:
        sim.clock.advance(days=1)
        raise Lost("not today any more") from None


def teasing(sim: Simulation) -> Any:
    return circles.set_teaser(sim.world.circles, LIN, CIRCLE, "来看鸟", ("观鸟",))


def choosing(sim: Simulation) -> Any:
    return circles.set_digest_choice(sim.world.circles, HAO, CIRCLE, False, time(22), time(7))


def offering_the_circle(sim: Simulation) -> Any:
    return circles.offer_ownership(sim.world.circles, LIN, CIRCLE, MEI.user_id)


def _succession() -> str:
    return deterministic_id("suc", millis(NOON), CIRCLE, MEI.user_id)


def accepting_the_circle(sim: Simulation) -> Any:
    return review.accept_succession(sim.world.review, MEI, _succession(), token(MEI.user_id))


def agreeing(reviewer: Any) -> Act:
    return lambda sim: review.decide_succession(sim.world.review, reviewer, _succession(), True, "好")


def closing(sim: Simulation) -> Any:
    return circles.close_circle(sim.world.circles, LIN, CIRCLE, timedelta(days=30))


def exporting(sim: Simulation) -> Any:
    return circles.create_export(sim.world.circles, HAO, CIRCLE, KEYS["export"], ExportKind.OWN)


def looking_after(sim: Simulation) -> None:
    """Circles' schedule comes every minute; what failed is put off by ten."""
    for _ in range(10):
        circles.handle_schedule(sim.world.circles)
        sim.clock.advance(minutes=11)
