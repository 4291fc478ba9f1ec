"""Every action of review: its floor, and how to do it."""

from __future__ import annotations

from typing import Any

from bench.measure import Act, Action
from bench.scene import HAO, LIN, OPERATOR, RUI, SHAN, Scene
from services.review import usecases as review
from services.review.domain import Outcome as CaseOutcome
from services.review.domain import Reason, ReviewQueue
from services.review.domain.tenure import Outcome as Assessed
from services.shared.security.account_status import SanctionLevel
from simulation.setup.common import (
    hear,
    judgement,
    note_reported,
    started,
)
from simulation.simulation import person, token, user_id


def _claim(scene: Scene, who: Any = RUI) -> None:
    review.claim_application(scene.world.review, who, scene.kept["waiting"].id)


def _decide(scene: Scene, who: Any = RUI) -> None:
    waiting = scene.kept["waiting"]
    review.decide_application(scene.world.review, who, waiting.id, scene.key(who), judgement(waiting))


def _decided_once(scene: Scene) -> None:
    _claim(scene)
    _decide(scene)
    _claim(scene, SHAN)


def _r(name: str, act: Act, floor: tuple[float, float] | None = None, before: Act | None = None, **more: Any) -> Action:
    return Action("review", name, act, floor, before, **more)


def _kept(scene: Scene, name: str) -> str:
    return str(scene.kept[name].id)


def _ask(scene: Scene) -> None:
    review.request_information(scene.world.review, RUI, _kept(scene, "waiting"), scene.key(RUI), ("plan",), "请补充。")


def _asked(scene: Scene) -> None:
    _claim(scene)
    _ask(scene)


def _rejected(scene: Scene) -> None:
    _claim(scene)
    waiting = scene.kept["waiting"]
    review.decide_application(scene.world.review, RUI, waiting.id, scene.key(RUI), judgement(waiting, approves=False))


def _appeal(scene: Scene) -> None:
    key = scene.key(LIN)
    review.appeal_application(scene.world.review, LIN, _kept(scene, "waiting"), key, Reason.CIRCLE_VAGUE, "已写明。")


def _sanction(scene: Scene, level: SanctionLevel, emergency: bool = False) -> None:
    ports, whom = scene.world.review, HAO.user_id
    how: dict[str, Any] = {"level": level, "until": None, "reason": "刷屏", "emergency": emergency}
    scene.kept["sanction"] = review.impose_sanction(ports, RUI, whom, **how)


def _report(scene: Scene, who: Any = None) -> None:
    scene.fresh += 1
    review.file_report(scene.world.review, note_reported(scene.world, who or person(f"reporter-{scene.fresh}")))


def _case(scene: Scene) -> str:
    return review.list_cases(scene.world.review, RUI, 1, None)[0][0].id


def _reported(scene: Scene) -> None:
    _report(scene)
    scene.kept["case"] = _case(scene)


def _assess(scene: Scene) -> None:
    review.assess_owner(scene.world.review, RUI, _kept(scene, "granted"), scene.key(RUI), Assessed.RENEW, "好。")


def _overdue(scene: Scene) -> None:
    """One review is late; the others were handed in later."""
    memory = scene.memory("review")
    for place_, item in list(memory._items.items()):
        if "gsi2pk" in item and item.get("id") != _kept(scene, "waiting"):
            memory._items[place_] = {**item, "gsi2sk": f"2999-01-01T00:00:00.000Z#{item['id']}"}
    scene.world.clock.advance(days=9)


def _anchored(scene: Scene) -> None:
    review.run_anchors(scene.world.review)
    scene.world.clock.advance(hours=1)
    _claim(scene)
    _decide(scene)
    hear(scene.world)
    scene.world.clock.advance(hours=2)


REVIEW = (
    _r("start an application", lambda s: started(s.world, LIN, identity_id="a third")),
    _r("submit it", lambda s: review.submit_application(s.world.review, LIN, _kept(s, "draft")), (2, 0.5)),
    _r("answer a question", lambda s: review.submit_application(s.world.review, LIN, _kept(s, "waiting")), None, _asked),
    _r("read one's own", lambda s: review.get_application(s.world.review, LIN, _kept(s, "draft"))),
    _r("read as a reviewer", lambda s: review.get_application(s.world.review, RUI, _kept(s, "waiting"))),
    _r("list one's own, 20", lambda s: review.list_applications(s.world.review, LIN, 20, None)),
    _r("withdraw", lambda s: review.withdraw_application(s.world.review, LIN, _kept(s, "waiting"))),
    _r("appeal", _appeal, None, _rejected),
    _r("queue page of 20", lambda s: review.list_queue(s.world.review, RUI, ReviewQueue.REVIEW, 20, None)),
    _r("claim", _claim),
    _r("extend a claim", lambda s: review.extend_claim(s.world.review, RUI, _kept(s, "waiting")), None, _claim),
    _r("release a claim", lambda s: review.release_claim(s.world.review, RUI, _kept(s, "waiting")), None, _claim),
    _r(
        "hand a claim over",
        lambda s: review.hand_over_claim(s.world.review, RUI, _kept(s, "waiting"), SHAN.user_id),
        None,
        _claim,
    ),
    _r("ask the applicant", _ask, None, _claim),
    _r("decide", _decide, (3, 0.5), _claim),
    _r("decide, with the seat", lambda s: _decide(s, SHAN), (6, 0.5), _decided_once),
    _r("assess an owner", _assess),
    _r("read the cohort", lambda s: review.get_cohort(s.world.review, LIN)),
    _r(
        "enrol a reviewer",
        lambda s: review.enrol_reviewer(s.world.review, OPERATOR, user_id("zoe"), token(user_id("zoe"))),
    ),
    _r("mute a person", lambda s: _sanction(s, SanctionLevel.MUTED)),
    _r("propose a suspension", lambda s: _sanction(s, SanctionLevel.SUSPENDED)),
    _r(
        "ratify it",
        lambda s: review.ratify_sanction(s.world.review, SHAN, HAO.user_id, s.kept["sanction"].pending.id),
        None,
        lambda s: _sanction(s, SanctionLevel.SUSPENDED),
    ),
    _r("suspend in an emergency", lambda s: _sanction(s, SanctionLevel.SUSPENDED, True)),
    _r(
        "lift a sanction",
        lambda s: review.lift_sanction(s.world.review, RUI, HAO.user_id, "误判"),
        None,
        lambda s: _sanction(s, SanctionLevel.MUTED),
    ),
    _r("take a first report", _report, door="none", people=False),
    _r("take a further report", _report, None, _report, door="none", people=False),
    _r("list one's reports, 20", lambda s: review.list_reports(s.world.review, HAO, 20, None), None, lambda s: _report(s, HAO)),
    _r("list cases, 20", lambda s: review.list_cases(s.world.review, RUI, 20, None), None, _report),
    _r(
        "decide a case",
        lambda s: review.decide_case(s.world.review, RUI, s.kept["case"], CaseOutcome.DISMISSED, "无"),
        None,
        _reported,
    ),
    _r("read a month's figures", lambda s: review.get_metrics(s.world.review, OPERATOR, "2026-03")),
    _r("escalate", lambda s: review.handle_schedule(s.world.review), None, _overdue, door="none", people=False),
    _r("anchor an hour", lambda s: review.run_anchors(s.world.review), None, _anchored, door="none", people=False),
)
