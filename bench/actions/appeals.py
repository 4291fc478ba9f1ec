"""Actions of review around take-downs and appeals: how to run each, and its floor."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.dataset import HAO, RUI, SHAN, BenchDataset
from bench.measure import Action
from services.review import usecases as review
from services.review.domain import AppealOutcome, CaseOutcome
from services.review.repository.appeals import sanction_appeal_id, take_down_appeal_id
from services.review.repository.report_outcomes import MAX_REPORTERS
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import SanctionLevel
from services.shared.security.violations import Violation
from simulation.setup.events import note_reported
from simulation.streams import handle_new_changes
from simulation.users import caller, user_id

AUTHOR = caller("author")
_action = partial(Action, "review")


def _reported(dataset: BenchDataset) -> None:
    review.apply_content_reported(dataset.simulation.review, note_reported(dataset.simulation, caller("reporter")))
    (case,) = review.list_cases(dataset.simulation.review, RUI, PageRequest(1)).items
    dataset.objects["case"] = case.id


def _uphold(dataset: BenchDataset) -> Any:
    ports, case_id = dataset.simulation.review, dataset.objects["case"]
    return review.decide_case(ports, RUI, case_id, CaseOutcome.UPHELD, "核实。", violation=Violation.SPAM)


def _taken_down(dataset: BenchDataset) -> None:
    _reported(dataset)
    _uphold(dataset)
    handle_new_changes(dataset.simulation, "review")


def _decided_with_many_reporters(dataset: BenchDataset) -> None:
    """100 users reported the content of a case that is decided."""
    _taken_down(dataset)
    memory, case_id = dataset.memory("review"), dataset.objects["case"]
    (report,) = (item for item in memory.all_items() if item["pk"] == f"CASE#{case_id}" and item["sk"].startswith("REPORTER#"))
    for number in range(MAX_REPORTERS - 1):
        memory.set_item({**report, "sk": f"REPORTER#{user_id(f'reporter-{number}')}"})


def _appeal_take_down(dataset: BenchDataset) -> None:
    case_id, key = dataset.objects["case"], dataset.key(AUTHOR)
    review.appeal_take_down(dataset.simulation.review, AUTHOR, case_id, key, "这不是广告。")
    dataset.objects["appeal"] = take_down_appeal_id(case_id)


def _appealed(dataset: BenchDataset) -> None:
    _taken_down(dataset)
    _appeal_take_down(dataset)


def _muted(dataset: BenchDataset) -> None:
    terms: dict[str, Any] = {"level": SanctionLevel.MUTED, "until": None, "violation": Violation.SPAM, "reason": "刷屏"}
    record = review.impose_sanction(dataset.simulation.review, RUI, HAO.user_id, **terms, emergency=False)
    dataset.objects["sanction"] = record.current


def _appeal_sanction(dataset: BenchDataset) -> None:
    review.appeal_sanction(dataset.simulation.review, HAO, dataset.key(HAO), "误会。")
    dataset.objects["appeal"] = sanction_appeal_id(HAO.user_id, dataset.objects["sanction"].id)


def _sanction_appealed(dataset: BenchDataset) -> None:
    _muted(dataset)
    _appeal_sanction(dataset)


def _grant(dataset: BenchDataset) -> None:
    review.decide_appeal(dataset.simulation.review, SHAN, dataset.objects["appeal"], AppealOutcome.GRANTED, "误判。")


APPEALS = (
    _action("uphold a case", _uphold, None, _reported),
    _action("read the own account status", lambda d: review.get_own_account_status(d.simulation.review, HAO), (0, 1), _muted),
    _action(
        "list own take-downs, 20",
        lambda d: review.list_take_downs(d.simulation.review, AUTHOR, PageRequest(20)),
        None,
        _taken_down,
    ),
    _action(
        "publish the outcome of 100 reports",
        lambda d: review.handle_jobs(d.simulation.review),
        None,
        _decided_with_many_reporters,
        trigger="none",
        authorizes=False,
    ),
    _action("appeal a take-down", _appeal_take_down, None, _taken_down),
    _action("appeal a sanction", _appeal_sanction, None, _muted),
    _action("list appeals, 20", lambda d: review.list_appeals(d.simulation.review, SHAN, PageRequest(20)), None, _appealed),
    _action("read an appeal", lambda d: review.get_appeal(d.simulation.review, SHAN, d.objects["appeal"]), None, _appealed),
    _action("grant the appeal of a take-down", _grant, None, _appealed),
    _action("grant the appeal of a sanction", _grant, None, _sanction_appealed),
)
