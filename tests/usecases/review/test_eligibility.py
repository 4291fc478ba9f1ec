"""Eligibility of applicants (R2); cool-down, limits and near copies (R10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.review import schemas
from services.review import usecases as review
from services.review.domain import Reason, State
from services.review.repository import applications as repository
from services.review.settings import ReviewSettings, settings
from services.shared.kernel.errors import DomainError, Invalid
from services.shared.security.account_status import SanctionLevel
from services.shared.security.violations import Violation
from simulation.settings import overridden
from simulation.setup.applications import (
    CONTENT,
    application_input,
    create_application,
    current_application,
    decide_application,
    enrol_reviewer,
    submit_application,
)
from simulation.setup.requests import change
from simulation.simulation import Simulation
from simulation.streams import handle_new_changes
from simulation.users import caller, new_key, real_name_token
from tests.support.errors import error_code
from tests.usecases.review.test_waitlist import circle_closed, ratify, suspend_in_an_emergency

LIN, MEI = caller("lin"), caller("mei")


# R2: each rule has its own error code


def test_r2_an_eligible_applicant_can_submit() -> None:
    assert submit_application(Simulation(), LIN, adult=True, active_days=30).state is State.SUBMITTED


@pytest.mark.parametrize(
    ("said", "code"), [({"adult": False}, "applicant-not-adult"), ({"active_days": 29}, "active-days-insufficient")], ids=str
)
def test_r2_age_and_activity_come_from_the_verifier(said: dict[str, Any], code: str) -> None:
    simulation = Simulation()
    draft = create_application(simulation, LIN, **said)
    assert error_code(lambda: review.submit_application(simulation.review, LIN, draft.id)) == code
    assert current_application(simulation, draft).state is State.DRAFT


def test_r2_a_real_name_is_required() -> None:
    simulation = Simulation()
    bare = replace(application_input(simulation, LIN), real_name_token="")
    draft = review.create_application(simulation.review, LIN, new_key(LIN), bare)
    assert error_code(lambda: review.submit_application(simulation.review, LIN, draft.id)) == "real-name-missing"


def impose(simulation: Simulation, user: Any, level: SanctionLevel, **duration: float) -> None:
    by = enrol_reviewer(simulation, "judge")
    until_time = simulation.clock() + timedelta(**duration) if duration else None
    review.impose_sanction(
        simulation.review,
        by,
        user.user_id,
        level=level,
        until=until_time,
        violation=Violation.SPAM,
        reason="刷屏",
        emergency=False,
    )


def test_r2_a_sanction_in_force_or_three_strikes_prevent_submission() -> None:
    simulation = Simulation()
    draft = create_application(simulation, LIN)
    impose(simulation, LIN, SanctionLevel.MUTED, days=1)
    assert error_code(lambda: review.submit_application(simulation.review, LIN, draft.id)) == "applicant-sanctioned"
    for _ in range(2):
        simulation.clock.advance(days=2)
        impose(simulation, LIN, SanctionLevel.MUTED, days=1)
    simulation.clock.advance(days=2)
    draft = create_application(simulation, LIN)
    assert error_code(lambda: review.submit_application(simulation.review, LIN, draft.id)) == "strike-limit-reached"
    simulation.clock.advance(days=180)
    assert submit_application(simulation, LIN).state is State.SUBMITTED


def test_r2_the_limit_of_circles_counts_all_users_of_a_person() -> None:
    simulation = Simulation()
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    for number in range(ReviewSettings().max_circles):
        application = submit_application(simulation, caller(f"user-{number}"), identity_id="one person")
        decide_application(simulation, rui, application)
        assert decide_application(simulation, shan, application).state is State.ACTIVE
        handle_new_changes(simulation, "review")
    draft = create_application(simulation, LIN, identity_id="one person")
    assert error_code(lambda: review.submit_application(simulation.review, LIN, draft.id)) == "circle-limit-reached"


@pytest.mark.parametrize("defect", ["another user's", "altered", "old", "of the future", "nonsense"])
def test_r2_a_real_name_token_is_valid_for_its_own_user_for_thirty_days(defect: str) -> None:
    simulation = Simulation()
    now = simulation.clock.now
    invalid_token = {
        "another user's": real_name_token(MEI.user_id),
        "altered": real_name_token(LIN.user_id)[:-2] + "xx",
        "old": real_name_token(LIN.user_id, now=now - timedelta(days=31)),
        "of the future": real_name_token(LIN.user_id, now=now + timedelta(hours=1)),
        "nonsense": "x" * 40,
    }[defect]
    with pytest.raises(Invalid) as failure:
        review.create_application(
            simulation.review, LIN, new_key(LIN), replace(application_input(simulation, LIN), real_name_token=invalid_token)
        )
    assert [field.at for field in failure.value.fields] == ["/real_name_token"]


# R10: cool-down, cap, near copies


def test_r10_the_cool_down_of_thirty_days_counts_all_users_of_a_person() -> None:
    simulation = Simulation()
    decide_application(
        simulation, enrol_reviewer(simulation, "rui"), submit_application(simulation, LIN, identity_id="lin"), approves=False
    )
    handle_new_changes(simulation, "review")
    for user in (LIN, MEI):
        draft = create_application(simulation, user, identity_id="lin")
        submit = partial(review.submit_application, simulation.review, user, draft.id)
        assert error_code(submit) == "cool-down-active"
    simulation.clock.advance(seconds=ReviewSettings().rejection_cool_down.total_seconds())
    assert submit_application(simulation, LIN, identity_id="lin").state is State.SUBMITTED


def test_r10_a_person_has_one_open_application_and_six_per_year() -> None:
    simulation = Simulation()
    for number in range(ReviewSettings().max_applications_per_year):
        application = submit_application(simulation, LIN, identity_id="lin")
        other = create_application(simulation, MEI, identity_id="lin")
        submit = partial(review.submit_application, simulation.review, MEI, other.id)
        assert error_code(submit) == "application-already-open", number
        review.withdraw_application(simulation.review, LIN, application.id)
        handle_new_changes(simulation, "review")
    draft = create_application(simulation, LIN, identity_id="lin")
    assert error_code(lambda: review.submit_application(simulation.review, LIN, draft.id)) == "application-limit-reached"
    simulation.clock.advance(days=366)
    assert submit_application(simulation, LIN, identity_id="lin")


LONG = replace(
    CONTENT,
    resonance="从小区的一窝珠颈斑鸠开始看鸟，想和同样会为一声鸣叫停下脚步的人待在一起，慢慢把城市里的野鸟认全。",
    circle_definition="只聊在城市里看得到的野鸟：在哪儿、什么时候、怎么认、怎么不打扰它们，不公布巢址，不诱拍。",
    plan="先邀请三十位常在公园记录的朋友，再按月开放口令；春秋迁徙季做共同记录，年底整理成一份本地鸟种名录。",
)


def test_r10_a_near_copy_of_a_rejected_text_by_another_person_is_flagged() -> None:
    simulation = Simulation()
    first = submit_application(simulation, LIN, LONG)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), first, approves=False)
    handle_new_changes(simulation, "review")
    copy = submit_application(simulation, MEI, replace(LONG, plan=LONG.plan.replace("三十位", "五十位")))
    handle_new_changes(simulation, "review")
    assert current_application(simulation, copy).flags == (f"near_copy:{first.id}",)
    assert current_application(simulation, copy).state is State.SUBMITTED  # reviewers decide what a flag means
    own_words = replace(
        LONG, resonance="喜欢手冲咖啡。" * 9, circle_definition="家里能做的手冲。" * 9, plan="每周试一支豆子。" * 9
    )
    other = review.create_application(
        simulation.review,
        caller("yan"),
        new_key(caller("yan")),
        replace(application_input(simulation, caller("yan"), own_words), evidence=("https://example.org/z",)),
    )
    review.submit_application(simulation.review, caller("yan"), other.id)
    handle_new_changes(simulation, "review")
    assert current_application(simulation, other).flags == ()


def test_r10_evidence_of_another_persons_rejected_application_is_flagged() -> None:
    simulation = Simulation()
    first = submit_application(simulation, LIN, LONG)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), first, approves=False)
    handle_new_changes(simulation, "review")
    other = submit_application(
        simulation,
        MEI,
        replace(
            LONG, resonance="手冲。" * 30, circle_definition="豆子。" * 30, early_building="磨豆。" * 30, plan="试豆。" * 30
        ),
    )
    handle_new_changes(simulation, "review")
    assert current_application(simulation, other).flags == (f"near_copy:{first.id}",)


# attacks and races


def test_r10_a_withdrawal_during_the_submission_reserves_no_slot() -> None:
    simulation = Simulation()
    draft = create_application(simulation, LIN, identity_id="lin")
    stale = simulation.review_table.get(repository.application_key(draft.id))
    review.withdraw_application(simulation.review, LIN, draft.id)
    handle_new_changes(simulation, "review")
    assert stale
    with pytest.raises(DomainError):
        review.submit_application(simulation.review, LIN, draft.id)
    assert submit_application(simulation, LIN, identity_id="lin").state is State.SUBMITTED


def test_r2_an_edit_after_submission_needs_the_same_eligible_person() -> None:
    simulation = Simulation()
    first = submit_application(simulation, LIN, identity_id="lin")
    for new, code in (
        (application_input(simulation, LIN, identity_id="another person"), "invalid"),
        (application_input(simulation, LIN, identity_id="lin", adult=False), "applicant-not-adult"),
        (application_input(simulation, LIN, identity_id="lin", active_days=0), "active-days-insufficient"),
    ):
        edit = lambda new=new: review.update_application(simulation.review, LIN, first.id, change(first.applicant_version), new)  # noqa: E731
        assert error_code(edit) == code
    assert current_application(simulation, first) == first


def test_r10_an_appeal_takes_the_slot_again_and_an_overturned_rejection_has_no_cool_down() -> None:
    simulation = Simulation()
    first = decide_application(
        simulation, enrol_reviewer(simulation, "rui"), submit_application(simulation, LIN, identity_id="lin"), approves=False
    )
    handle_new_changes(simulation, "review")
    simulation.clock.advance(days=13)
    key = new_key(LIN, now=simulation.clock.now)
    review.appeal_application(simulation.review, LIN, first.id, key, Reason.CIRCLE_VAGUE, "请再看。")
    simulation.clock.advance(days=20)
    draft = create_application(simulation, MEI, identity_id="lin")
    assert error_code(lambda: review.submit_application(simulation.review, MEI, draft.id)) == "application-already-open"
    for name in ("shan", "tao"):
        decide_application(simulation, enrol_reviewer(simulation, name), first)
    handle_new_changes(simulation, "review")
    assert (
        submit_application(simulation, MEI, identity_id="lin").state is State.SUBMITTED
    )  # an overturned rejection has no cool-down


def test_r2_a_sanction_counts_for_all_users_of_a_person() -> None:
    simulation = Simulation()
    review.withdraw_application(simulation.review, LIN, submit_application(simulation, LIN, identity_id="lin").id)
    handle_new_changes(simulation, "review")
    impose(simulation, LIN, SanctionLevel.MUTED, days=30)
    draft = create_application(simulation, MEI, identity_id="lin")
    assert error_code(lambda: review.submit_application(simulation.review, MEI, draft.id)) == "applicant-sanctioned"


@overridden(settings, quotas={"first-100": 1})
def test_r2_an_applicant_suspended_during_the_review_gets_no_seat() -> None:
    simulation = Simulation()
    applications = [submit_application(simulation, caller(name)) for name in ("first", "waits", "out")]
    rui, shan = enrol_reviewer(simulation, "rui"), enrol_reviewer(simulation, "shan")
    for application in applications[:2]:
        decide_application(simulation, rui, application)
        decide_application(simulation, shan, application)
    decide_application(simulation, rui, applications[2])
    for name in ("waits", "out"):
        suspend_in_an_emergency(simulation, rui, name)
    assert error_code(lambda: decide_application(simulation, shan, applications[2])) == "applicant-sanctioned"
    review.apply_circle_changed(simulation.review, circle_closed(simulation, applications[0].id))
    ratify(simulation, shan, "waits")
    review.handle_schedule(simulation.review)
    assert current_application(simulation, applications[1]).state is State.EXPIRED
    assert review.get_cohort(simulation.review, LIN).taken == 0


def test_r10_an_applicant_never_reads_which_application_is_similar() -> None:
    simulation = Simulation()
    first = submit_application(simulation, LIN, LONG)
    decide_application(simulation, enrol_reviewer(simulation, "rui"), first, approves=False)
    handle_new_changes(simulation, "review")
    copy = submit_application(simulation, MEI, LONG)
    handle_new_changes(simulation, "review")
    application, private = review.get_application(simulation.review, MEI, copy.id)
    assert first.id not in schemas.ApplicationResponse.of(application, private).model_dump_json()
    assert schemas.ApplicationResponse.of(application, private, staff=True).flags == [f"near_copy:{first.id}"]
