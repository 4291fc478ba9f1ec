"""Every action of review: how to run it, and its floor."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench.dataset import HAO, LIN, RUI, SHAN, YAN, BenchDataset
from bench.measure import Action
from services.circles.usecases.circles import provision_circle
from services.review import usecases as review
from services.review.domain import CaseOutcome, Reason, ReviewQueue
from services.review.domain.tenure import AssessmentOutcome
from services.shared.kernel.ids import derive_id
from services.shared.kernel.pages import PageRequest
from services.shared.messaging.events import MembershipChanged, MembershipChangedData, SeatGrantedData
from services.shared.security.account_status import SanctionLevel
from services.shared.security.violations import Violation
from simulation.setup.applications import OPERATOR, create_application, decision_input
from simulation.setup.events import envelope, message_reported, note_reported
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key, real_name_token, user_id


def _claim(dataset: BenchDataset, reviewer: Any = RUI) -> None:
    review.claim_application(dataset.simulation.review, reviewer, dataset.objects["waiting"].id)


def _decide(dataset: BenchDataset, reviewer: Any = RUI) -> None:
    waiting = dataset.objects["waiting"]
    review.decide_application(dataset.simulation.review, reviewer, waiting.id, dataset.key(reviewer), decision_input(waiting))


def _decided_by_first(dataset: BenchDataset) -> None:
    _claim(dataset)
    _decide(dataset)
    _claim(dataset, SHAN)


_action = partial(Action, "review")


def _id_of(dataset: BenchDataset, name: str) -> str:
    return str(dataset.objects[name].id)


def _ask(dataset: BenchDataset) -> None:
    review.request_information(
        dataset.simulation.review, RUI, _id_of(dataset, "waiting"), dataset.key(RUI), ("plan",), "请补充。"
    )


def _information_requested(dataset: BenchDataset) -> None:
    _claim(dataset)
    _ask(dataset)


def _rejected(dataset: BenchDataset) -> None:
    _claim(dataset)
    waiting = dataset.objects["waiting"]
    review.decide_application(
        dataset.simulation.review, RUI, waiting.id, dataset.key(RUI), decision_input(waiting, approves=False)
    )


def _appeal(dataset: BenchDataset) -> None:
    key = dataset.key(LIN)
    review.appeal_application(dataset.simulation.review, LIN, _id_of(dataset, "waiting"), key, Reason.CIRCLE_VAGUE, "已写明。")


def _impose_sanction(dataset: BenchDataset, level: SanctionLevel, emergency: bool = False) -> None:
    ports, target = dataset.simulation.review, HAO.user_id
    arguments: dict[str, Any] = {
        "level": level,
        "violation": Violation.SPAM,
        "until": None,
        "reason": "刷屏",
        "emergency": emergency,
    }
    dataset.objects["sanction"] = review.impose_sanction(ports, RUI, target, **arguments)


def _report(dataset: BenchDataset, reviewer: Any = None) -> None:
    dataset.counter += 1
    review.apply_content_reported(
        dataset.simulation.review, note_reported(dataset.simulation, reviewer or caller(f"reporter-{dataset.counter}"))
    )


def _report_message(dataset: BenchDataset) -> None:
    dataset.counter += 1
    event = message_reported(dataset.simulation, caller(f"reporter-{dataset.counter}"))
    review.apply_content_reported(dataset.simulation.review, event)


def _first_case(dataset: BenchDataset) -> str:
    return review.list_cases(dataset.simulation.review, RUI, PageRequest(1)).items[0].id


def _reported(dataset: BenchDataset) -> None:
    _report(dataset)
    dataset.objects["case"] = _first_case(dataset)


def _reported_with_picture(dataset: BenchDataset) -> None:
    event = note_reported(dataset.simulation, caller("reporter"))
    evidence = {"pictures": ["pic_1"], "picture_folder": "circles/2026-03/note_1"}
    with_picture = event.model_copy(update={"data": event.data.model_copy(update={"evidence": evidence})})
    review.apply_content_reported(dataset.simulation.review, with_picture)
    dataset.objects["case"] = _first_case(dataset)


def _assess(dataset: BenchDataset) -> None:
    review.assess_owner(
        dataset.simulation.review, RUI, _id_of(dataset, "granted"), dataset.key(RUI), AssessmentOutcome.RENEW, "好。"
    )


def provision(dataset: BenchDataset) -> None:
    """Provision the circle that is renamed, and let review know its owner."""
    granted = dataset.objects["granted"]
    about = {"application_id": granted.id, "applicant_id": granted.applicant, "cohort": granted.cohort, "seat": 1}
    seat = SeatGrantedData(**about, circle_name=granted.content.circle_name, circle_tags=["观鸟"])
    provision_circle(dataset.simulation.circles, seat)
    member = {"circle_id": derive_id("cir", granted.id), "user_id": granted.applicant, "role": "owner", "state": "member"}
    owned = envelope(dataset.simulation, f"{member['circle_id']}/{granted.applicant}")
    event = MembershipChanged(**owned, data=MembershipChangedData.model_validate(member))
    review.apply_membership_changed(dataset.simulation.review, event)


def _rename(dataset: BenchDataset) -> None:
    owner, circle_id = caller("granted"), derive_id("cir", _id_of(dataset, "granted"))
    review.rename_circle(dataset.simulation.review, owner, circle_id, dataset.key(owner), "城市观鸟与自然")


def _overdue(dataset: BenchDataset) -> None:
    """Let one application be overdue; the others are due later."""
    memory = dataset.memory("review")
    for item in list(memory._items.values()):
        if "gsi2pk" in item and item.get("id") != _id_of(dataset, "waiting"):
            memory.set_item({**item, "gsi2sk": f"2999-01-01T00:00:00.000Z#{item['id']}"})
    dataset.simulation.clock.advance(days=9)


def _anchored(dataset: BenchDataset) -> None:
    dataset.simulation.anchor_heads("review")
    dataset.simulation.clock.advance(hours=1)
    _claim(dataset)
    _decide(dataset)
    handle_new_changes(dataset.simulation, "review")
    dataset.simulation.clock.advance(hours=2)


REVIEW = (
    _action("create an application", lambda d: create_application(d.simulation, LIN, identity_id="a third")),
    _action(
        "submit an application",
        lambda d: review.submit_application(d.simulation.review, YAN, _id_of(d, "complete draft")),
        (2, 0.5),
    ),
    _action(
        "answer a question",
        lambda d: review.submit_application(d.simulation.review, LIN, _id_of(d, "waiting")),
        None,
        _information_requested,
    ),
    _action("read an own application", lambda d: review.get_application(d.simulation.review, LIN, _id_of(d, "draft"))),
    _action("read as a reviewer", lambda d: review.get_application(d.simulation.review, RUI, _id_of(d, "waiting"))),
    _action("list own applications, 20", lambda d: review.list_applications(d.simulation.review, LIN, PageRequest(20))),
    _action("withdraw", lambda d: review.withdraw_application(d.simulation.review, LIN, _id_of(d, "waiting"))),
    _action("appeal", _appeal, None, _rejected),
    _action(
        "queue page of 20", lambda d: review.list_review_queue(d.simulation.review, RUI, ReviewQueue.REVIEW, PageRequest(20))
    ),
    _action("claim", _claim),
    _action("extend a claim", lambda d: review.extend_claim(d.simulation.review, RUI, _id_of(d, "waiting")), None, _claim),
    _action("release a claim", lambda d: review.release_claim(d.simulation.review, RUI, _id_of(d, "waiting")), None, _claim),
    _action(
        "hand a claim over",
        lambda d: review.hand_over_claim(d.simulation.review, RUI, _id_of(d, "waiting"), SHAN.user_id),
        None,
        _claim,
    ),
    _action("ask the applicant", _ask, None, _claim),
    _action("decide", _decide, (3, 0.5), _claim),
    # The name's item in the transaction is 2 write units of its floor: no two circles have names that look alike.
    _action("decide, with the seat", lambda d: _decide(d, SHAN), (8, 0.5), _decided_by_first),
    _action("assess an owner", _assess),
    _action("rename a circle", _rename, (7, 0.5), provision),
    _action("read the cohort", lambda d: review.get_cohort(d.simulation.review, LIN)),
    _action(
        "enrol a reviewer",
        lambda d: review.enrol_reviewer(
            d.simulation.review, OPERATOR, user_id("zoe"), new_key(OPERATOR), real_name_token(user_id("zoe"))
        ),
    ),
    _action("mute a user", lambda d: _impose_sanction(d, SanctionLevel.MUTED)),
    _action("propose a suspension", lambda d: _impose_sanction(d, SanctionLevel.SUSPENDED)),
    _action(
        "ratify a sanction",
        lambda d: review.ratify_sanction(d.simulation.review, SHAN, HAO.user_id, d.objects["sanction"].pending.id),
        None,
        lambda d: _impose_sanction(d, SanctionLevel.SUSPENDED),
    ),
    _action("suspend in an emergency", lambda d: _impose_sanction(d, SanctionLevel.SUSPENDED, True)),
    _action(
        "lift a sanction",
        lambda d: review.lift_sanction(d.simulation.review, RUI, HAO.user_id, "误判"),
        None,
        lambda d: _impose_sanction(d, SanctionLevel.MUTED),
    ),
    _action("store a first report", _report, trigger="none", authorizes=False),
    _action("store a further report", _report, None, _report, trigger="none", authorizes=False),
    _action("store a first report of a message", _report_message, trigger="none", authorizes=False),
    _action("store a further report of a message", _report_message, None, _report_message, trigger="none", authorizes=False),
    _action(
        "list own reports, 20",
        lambda d: review.list_reports(d.simulation.review, HAO, PageRequest(20)),
        None,
        lambda d: _report(d, HAO),
    ),
    _action("list cases, 20", lambda d: review.list_cases(d.simulation.review, RUI, PageRequest(20)), None, _report),
    _action("read a case", lambda d: review.get_case(d.simulation.review, RUI, d.objects["case"]), None, _reported),
    _action(
        "read a sanction record",
        lambda d: review.get_sanction_record(d.simulation.review, RUI, HAO.user_id),
        None,
        lambda d: _impose_sanction(d, SanctionLevel.MUTED),
    ),
    _action(
        "decide a case",
        lambda d: review.decide_case(d.simulation.review, RUI, d.objects["case"], CaseOutcome.DISMISSED, "无"),
        None,
        _reported,
    ),
    _action(
        "show the pictures of a case",
        lambda d: review.list_case_pictures(d.simulation.review, RUI, d.objects["case"]),
        None,
        _reported_with_picture,
    ),
    _action("read a month's transparency report", lambda d: review.get_transparency_report(d.simulation.review, "2026-03")),
    _action("read a month's product metrics", lambda d: review.get_product_metrics(d.simulation.review, OPERATOR, "2026-03")),
    _action("read a month's metrics", lambda d: review.get_metrics(d.simulation.review, OPERATOR, "2026-03")),
    _action(
        "escalate", lambda d: review.handle_schedule(d.simulation.review), None, _overdue, trigger="none", authorizes=False
    ),
    _action("anchor an hour", lambda d: d.simulation.anchor_heads("review"), None, _anchored, trigger="none", authorizes=False),
)
