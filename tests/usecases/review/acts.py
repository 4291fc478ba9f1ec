"""Every act of review that concerns Lin.

An act is prepared while nothing causes anybody, and returns what the reviewer then calls.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from services.review import usecases as review
from services.review.domain import AppealOutcome, Application, CaseOutcome, Reason
from services.review.domain.tenure import AssessmentOutcome
from services.review.repository.appeals import sanction_appeal_id, take_down_appeal_id
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import SuccessionOffered, SuccessionOfferedData
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.security.read_grants import ReadKind
from services.shared.security.violations import Violation
from simulation.setup.applications import decide_application, decision_input, enrol_reviewer, submit_application
from simulation.setup.events import envelope, note_reported
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key, real_name_token

LIN, MEI, YAN = (caller(name) for name in ("lin", "mei", "yan"))
RUI, SHAN = caller("rui", "reviewer"), caller("shan", "reviewer")
Act = Callable[[], Any]


# Acts.


def submitted(simulation: Simulation, by: Caller | None = None) -> Application:
    """Lin's submitted application, claimed by a reviewer."""
    application = submit_application(simulation, LIN)
    return review.claim_application(simulation.review, by, application.id) if by else application


def appealed(simulation: Simulation, by: Caller | None = None) -> Application:
    rejected = decide_application(simulation, SHAN, submitted(simulation), approves=False)
    handle_new_changes(simulation, "review")
    key = new_key(LIN, now=simulation.clock.now)
    after = review.appeal_application(simulation.review, LIN, rejected.id, key, Reason.CIRCLE_VAGUE, "已写明。")
    return review.claim_application(simulation.review, by, after.id) if by else after


def claim(simulation: Simulation, by: Caller, appeal: bool = False) -> Act:
    application = appealed(simulation) if appeal else submitted(simulation)
    return lambda: review.claim_application(simulation.review, by, application.id)


def decide(simulation: Simulation, by: Caller, appeal: bool = False, approves: bool = True) -> Act:
    application = appealed(simulation, by) if appeal else submitted(simulation, by)
    decision, key = decision_input(application, approves), new_key(by)
    return lambda: review.decide_application(simulation.review, by, application.id, key, decision)


def decide_in_bulk(simulation: Simulation, by: Caller) -> Act:
    application = submitted(simulation, by)

    def act() -> None:
        decisions = [(application.id, decision_input(application))]
        (result,) = review.decide_applications(simulation.review, by, new_key(by), decisions)
        if result.error:
            raise result.error

    return act


def request_information(simulation: Simulation, by: Caller) -> Act:
    application, key = submitted(simulation, by), new_key(by)
    return lambda: review.request_information(simulation.review, by, application.id, key, ("plan",), "请补充。")


def hand_over(simulation: Simulation, by: Caller, *, to: Caller | None = None) -> Act:
    """Hand a claim over to another reviewer, or as another reviewer to this one."""
    giver, receiver = (by, to) if to else (SHAN, by)
    application = submitted(simulation, giver)
    return lambda: review.hand_over_claim(simulation.review, giver, application.id, receiver.user_id)


def read(simulation: Simulation, by: Caller) -> Act:
    application = submitted(simulation)
    return lambda: review.get_application(simulation.review, by, application.id)


def sanction(simulation: Simulation, by: Caller, level: SanctionLevel, emergency: bool = False) -> Any:
    until = simulation.clock.now + timedelta(days=7)
    return review.impose_sanction(
        simulation.review,
        by,
        LIN.user_id,
        level=level,
        until=until,
        violation=Violation.SPAM,
        reason="多次刷屏。",
        emergency=emergency,
    )


def impose(simulation: Simulation, by: Caller, level: SanctionLevel, emergency: bool = False) -> Act:
    return lambda: sanction(simulation, by, level, emergency)


def ratify(simulation: Simulation, by: Caller, rejects: bool = False) -> Act:
    proposal = sanction(simulation, SHAN, SanctionLevel.SUSPENDED).pending.id
    use_case = review.reject_sanction if rejects else review.ratify_sanction
    return lambda: use_case(simulation.review, by, LIN.user_id, proposal)


def lift(simulation: Simulation, by: Caller) -> Act:
    sanction(simulation, SHAN, SanctionLevel.MUTED)
    return lambda: review.lift_sanction(simulation.review, by, LIN.user_id, "误判。")


def case_of_lin(simulation: Simulation) -> str:
    """Report a note of Lin with a picture, and return the id of the case."""
    event = note_reported(simulation, YAN)
    changed = {"author_id": LIN.user_id, "evidence": {"pictures": ["pic_1"], "picture_folder": "circles/2026-03/note_1"}}
    of_lin = event.model_copy(update={"data": event.data.model_copy(update=changed)})
    review.apply_content_reported(simulation.review, of_lin)
    (case,) = review.list_cases(simulation.review, SHAN, PageRequest(10)).items
    return case.id


def decide_case(simulation: Simulation, by: Caller) -> Act:
    case_id = case_of_lin(simulation)
    return lambda: review.decide_case(simulation.review, by, case_id, CaseOutcome.DISMISSED, "已核实。")


def get_case(simulation: Simulation, by: Caller) -> Act:
    case_id = case_of_lin(simulation)
    return lambda: review.get_case(simulation.review, by, case_id)


def list_case_pictures(simulation: Simulation, by: Caller) -> Act:
    case_id = case_of_lin(simulation)
    return lambda: review.list_case_pictures(simulation.review, by, case_id)


def appeal_of_lin(simulation: Simulation, against_sanction: bool = False) -> str:
    """Take content of Lin down, or mute her, as Shan, let her appeal, and return the id of the appeal."""
    key = new_key(LIN, now=simulation.clock.now)
    if against_sanction:
        current = sanction(simulation, SHAN, SanctionLevel.MUTED).current
        review.appeal_sanction(simulation.review, LIN, key, "误会。")
        return sanction_appeal_id(LIN.user_id, current.id)
    case_id = case_of_lin(simulation)
    review.decide_case(simulation.review, SHAN, case_id, CaseOutcome.UPHELD, "已核实。", violation=Violation.SPAM)
    review.appeal_take_down(simulation.review, LIN, case_id, key, "误会。")
    return take_down_appeal_id(case_id)


def decide_appeal(simulation: Simulation, by: Caller, against_sanction: bool = False) -> Act:
    appeal_id = appeal_of_lin(simulation, against_sanction)
    return lambda: review.decide_appeal(simulation.review, by, appeal_id, AppealOutcome.GRANTED, "误判。")


def get_appeal(simulation: Simulation, by: Caller, against_sanction: bool = False) -> Act:
    appeal_id = appeal_of_lin(simulation, against_sanction)
    return lambda: review.get_appeal(simulation.review, by, appeal_id)


def get_sanction_record(simulation: Simulation, by: Caller) -> Act:
    sanction(simulation, SHAN, SanctionLevel.MUTED)
    return lambda: review.get_sanction_record(simulation.review, by, LIN.user_id)


def get_user_record(simulation: Simulation, by: Caller) -> Act:
    return lambda: review.get_user_record(simulation.review, by, LIN.user_id)


def create_read_grant(simulation: Simulation, by: Caller) -> Act:
    return lambda: review.create_read_grant(simulation.review, by, ReadKind.PROFILE, LIN.user_id)


def get_tenure(simulation: Simulation, by: Caller) -> Act:
    application_id = granted(simulation).id
    return lambda: review.get_tenure(simulation.review, by, application_id)


def get_succession(simulation: Simulation, by: Caller, *, owner: Caller, candidate: Caller) -> Act:
    succession_id = offer_succession(simulation, owner, candidate)
    return lambda: review.get_succession(simulation.review, by, succession_id)


def granted(simulation: Simulation) -> Application:
    application = submitted(simulation)
    for reviewer in (SHAN, enrol_reviewer(simulation, "tao")):
        application = decide_application(simulation, reviewer, application)
    handle_new_changes(simulation, "review")
    return application


def assess(
    simulation: Simulation,
    by: Caller,
    outcome: AssessmentOutcome = AssessmentOutcome.RENEW,
    application: Application | None = None,
) -> Act:
    application_id, key = (application or granted(simulation)).id, new_key(by)
    return lambda: review.assess_owner(simulation.review, by, application_id, key, outcome, "见近半年数据。")


def decide_succession(simulation: Simulation, by: Caller, *, owner: Caller, candidate: Caller, approves: bool = True) -> Act:
    succession_id = offer_succession(simulation, owner, candidate)
    accept_succession(simulation, candidate, succession_id)
    return lambda: review.decide_succession(simulation.review, by, succession_id, approves, "熟悉圈子。")


def accept_succession(simulation: Simulation, candidate: Caller, succession_id: str, identity_id: str = "") -> None:
    token = real_name_token(candidate.user_id, identity_id, now=simulation.clock.now)
    review.accept_succession(simulation.review, candidate, succession_id, token)


def offer_succession(simulation: Simulation, owner: Caller, candidate: Caller, circle_id: str = "") -> str:
    succession_id = new_id("suc")
    offer = SuccessionOfferedData(
        succession_id=succession_id,
        circle_id=circle_id or new_id("cir"),
        owner_id=owner.user_id,
        candidate_id=candidate.user_id,
        kind="transfer",
        state="offered",
        expires_at=simulation.clock.now + timedelta(days=7),
    )
    review.apply_succession_offered(simulation.review, SuccessionOffered(**envelope(simulation, succession_id), data=offer))
    return succession_id


# By the use case, and what is special.
ACTS: dict[str, Callable[[Simulation, Caller], Act]] = {
    "claim_application": claim,
    "claim_application: appeal": partial(claim, appeal=True),
    "decide_application: approve": decide,
    "decide_application: reject": partial(decide, approves=False),
    "decide_application: appeal": partial(decide, appeal=True),
    "decide_applications": decide_in_bulk,
    "request_information": request_information,
    "hand_over_claim: receiver": hand_over,
    "hand_over_claim: giver": partial(hand_over, to=SHAN),
    "get_application": read,
    "get_case": get_case,
    "get_sanction_record": get_sanction_record,
    "get_tenure": get_tenure,
    "get_user_record": get_user_record,
    "create_read_grant": create_read_grant,
    "get_succession: owner": partial(get_succession, owner=LIN, candidate=MEI),
    "get_succession: candidate": partial(get_succession, owner=MEI, candidate=LIN),
    "impose_sanction: at once": partial(impose, level=SanctionLevel.WARNED),
    "impose_sanction: proposal": partial(impose, level=SanctionLevel.SUSPENDED),
    "impose_sanction: emergency": partial(impose, level=SanctionLevel.SUSPENDED, emergency=True),
    "ratify_sanction": ratify,
    "reject_sanction": partial(ratify, rejects=True),
    "lift_sanction": lift,
    "decide_case": decide_case,
    "list_case_pictures": list_case_pictures,
    "get_appeal: take-down": get_appeal,
    "get_appeal: sanction": partial(get_appeal, against_sanction=True),
    "decide_appeal: take-down": decide_appeal,
    "decide_appeal: sanction": partial(decide_appeal, against_sanction=True),
    "assess_owner: renew": assess,
    "assess_owner: probation": partial(assess, outcome=AssessmentOutcome.PROBATION),
    "decide_succession: owner": partial(decide_succession, owner=LIN, candidate=MEI),
    "decide_succession: candidate": partial(decide_succession, owner=MEI, candidate=LIN),
    "decide_succession: reject": partial(decide_succession, owner=MEI, candidate=LIN, approves=False),
}
