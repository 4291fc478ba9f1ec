"""Take-downs and sanctions of the author, and appeals against them, through the use cases of review."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.review import usecases as review
from services.review.domain import AppealOutcome, Case, CaseOutcome, SanctionRecord, UserAppeal
from services.review.repository.appeals import sanction_appeal_id, take_down_appeal_id
from services.shared.kernel.ids import IdempotencyKey
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import AccountStatusChanged, Event, TakeDownChanged
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from simulation.setup.applications import enrol_reviewer
from simulation.setup.events import note_reported
from simulation.simulation import Simulation
from simulation.streams import all_changes, handle_new_changes, published_events
from simulation.users import caller, new_key

AUTHOR, MEI = caller("author"), caller("mei")
CIRCLE = "cir_01KJY2E1KX7BMZ758QWDX6V9QC"
GRANTED, UPHELD = AppealOutcome.GRANTED, AppealOutcome.UPHELD


def reported(simulation: Simulation, **changes: Any) -> str:
    """Report content of the author, and return the id of its case."""
    event = note_reported(simulation, MEI)
    changed = event.model_copy(update={"data": event.data.model_copy(update=changes)})
    review.apply_content_reported(simulation.review, changed)
    (case,) = review.list_cases(simulation.review, enrol_reviewer(simulation, "rui"), PageRequest(50)).items
    return case.id


def uphold(simulation: Simulation, case_id: str, violation: Violation | None = Violation.SPAM, by: str = "rui") -> Case:
    """Decide a case, so that its content is taken down, and list it for its author."""
    reviewer = enrol_reviewer(simulation, by)
    outcome = CaseOutcome.UPHELD
    case = review.decide_case(simulation.review, reviewer, case_id, outcome, "已核实。", violation=violation)
    handle_new_changes(simulation, "review")
    return case


def taken_down(simulation: Simulation, **changes: Any) -> Case:
    return uphold(simulation, reported(simulation, **changes))


def sanction(
    simulation: Simulation,
    level: SanctionLevel,
    *,
    by: str = "rui",
    ratifier: str = "",
    days: int = 30,
    emergency: bool = False,
) -> SanctionRecord:
    """Impose a sanction on the author; with a ratifier two reviewers decide it."""
    ports, until = simulation.review, simulation.clock.now + timedelta(days=days)
    terms: dict[str, Any] = {"level": level, "until": until, "violation": Violation.FRAUD, "reason": "多次刷屏。"}
    record = review.impose_sanction(ports, enrol_reviewer(simulation, by), AUTHOR.user_id, **terms, emergency=emergency)
    if not ratifier:
        return record
    assert record.pending
    return review.ratify_sanction(ports, enrol_reviewer(simulation, ratifier), AUTHOR.user_id, record.pending.id)


def appeal(simulation: Simulation, case_id: str = "", *, by: Caller = AUTHOR, key: IdempotencyKey | None = None) -> str:
    """Appeal a take-down, or without a case the sanction in force, and return the id of the appeal."""
    key = key or new_key(by, now=simulation.clock.now)
    if case_id:
        return take_down_appeal_id(review.appeal_take_down(simulation.review, by, case_id, key, "这不是广告。").id)
    record = review.appeal_sanction(simulation.review, by, key, "不是我发的。")
    assert record.current
    return sanction_appeal_id(by.user_id, record.current.id)


def decide(simulation: Simulation, appeal_id: str, outcome: AppealOutcome = GRANTED, by: str = "shan") -> UserAppeal:
    return review.decide_appeal(simulation.review, enrol_reviewer(simulation, by), appeal_id, outcome, "不违规。")


def record_of(simulation: Simulation) -> SanctionRecord:
    record = review.get_own_account_status(simulation.review, AUTHOR)
    assert record
    return record


def events(simulation: Simulation, kind: type[Event]) -> list[Any]:
    published = published_events("review", all_changes(simulation, "review"))
    return [event for event in published if type(event) is kind]


def take_downs(simulation: Simulation) -> list[TakeDownChanged]:
    return events(simulation, TakeDownChanged)


def levels(simulation: Simulation) -> list[str]:
    """Return the levels that were published for the author, in order."""
    return [event.data.level for event in events(simulation, AccountStatusChanged)]
