"""Who may apply (R2), how often, and whose words they send (R10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.review import schemas
from services.review import usecases as review
from services.review.domain import Application, Reason, State
from services.review.domain.applicant import COOL_DOWN, MAX_A_YEAR, MAX_CIRCLES
from services.review.repository import applications as repository
from services.shared.kernel.errors import DomainError, Invalid
from services.shared.security.account_status import SanctionLevel
from simulation.setup.common import (
    CONTENT,
    decide,
    enrolled,
    form,
    hear,
    started,
    submitted,
)
from simulation.simulation import (
    World,
    person,
    token,
    wish,
)
from tests.usecases.review.test_waitlist import circle_closed

LIN, MEI = person("lin"), person("mei")


def loaded(world: World, application: Application) -> Application:
    return repository.find_application(world.review_table, application.id).entity


def code_of(world: World, call: Any) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


# R2: each rule alone, with a code of its own


def test_r2_an_eligible_applicant_is_taken() -> None:
    assert submitted(World(), LIN, adult=True, active_days=30).state is State.SUBMITTED


@pytest.mark.parametrize(
    ("said", "code"), [({"adult": False}, "not-adult"), ({"active_days": 29}, "too-few-active-days")], ids=str
)
def test_r2_age_and_activity_are_the_verifiers_word(said: dict[str, Any], code: str) -> None:
    world = World()
    draft = started(world, LIN, **said)
    assert code_of(world, lambda: review.submit_application(world.review, LIN, draft.id)) == code
    assert loaded(world, draft).state is State.DRAFT


def test_r2_a_real_name_is_needed() -> None:
    world = World()
    bare = replace(form(world, LIN), real_name_token="")
    draft = review.create_application(world.review, LIN, wish(LIN), bare)
    assert code_of(world, lambda: review.submit_application(world.review, LIN, draft.id)) == "real-name-missing"


def sanction(world: World, who: Any, level: SanctionLevel, **until: float) -> None:
    by = enrolled(world, "judge")
    ends = world.clock() + timedelta(**until) if until else None
    review.impose_sanction(world.review, by, who.user_id, level=level, until=ends, reason="刷屏", emergency=False)


def test_r2_a_sanction_in_force_and_three_strikes_stand_in_the_way() -> None:
    world = World()
    draft = started(world, LIN)
    sanction(world, LIN, SanctionLevel.MUTED, days=1)
    assert code_of(world, lambda: review.submit_application(world.review, LIN, draft.id)) == "under-sanction"
    for _ in range(2):
        world.clock.advance(days=2)
        sanction(world, LIN, SanctionLevel.MUTED, days=1)
    world.clock.advance(days=2)
    draft = started(world, LIN)
    assert code_of(world, lambda: review.submit_application(world.review, LIN, draft.id)) == "too-many-strikes"
    world.clock.advance(days=180)
    assert submitted(world, LIN).state is State.SUBMITTED


def test_r2_nobody_owns_more_circles_than_the_cap_under_any_account() -> None:
    world = World()
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    for number in range(MAX_CIRCLES):
        application = submitted(world, person(f"account-{number}"), identity_id="one and the same")
        decide(world, rui, application)
        assert decide(world, shan, application).state is State.ACTIVE
        hear(world)
    draft = started(world, LIN, identity_id="one and the same")
    assert code_of(world, lambda: review.submit_application(world.review, LIN, draft.id)) == "too-many-circles"


@pytest.mark.parametrize("stolen", ["another account's", "altered", "old", "of the future", "nonsense"])
def test_r2_a_statement_counts_for_its_own_account_while_it_is_fresh(stolen: str) -> None:
    world = World()
    now = world.clock.now
    bad = {
        "another account's": token(MEI.user_id),
        "altered": token(LIN.user_id)[:-2] + "xx",
        "old": token(LIN.user_id, now=now - timedelta(days=31)),
        "of the future": token(LIN.user_id, now=now + timedelta(hours=1)),
        "nonsense": "x" * 40,
    }[stolen]
    with pytest.raises(Invalid) as refused:
        review.create_application(world.review, LIN, wish(LIN), replace(form(world, LIN), real_name_token=bad))
    assert [field.at for field in refused.value.fields] == ["/real_name_token"]


# R10: cool-down, cap, near copies


def test_r10_after_a_rejection_a_new_application_waits_thirty_days_under_any_account() -> None:
    world = World()
    decide(world, enrolled(world, "rui"), submitted(world, LIN, identity_id="lin"), approves=False)
    hear(world)
    for account in (LIN, MEI):
        draft = started(world, account, identity_id="lin")
        assert code_of(world, lambda a=account, d=draft: review.submit_application(world.review, a, d.id)) == "cooling-down"
    world.clock.advance(seconds=COOL_DOWN.total_seconds())
    assert submitted(world, LIN, identity_id="lin").state is State.SUBMITTED


def test_r10_one_open_application_a_human_and_six_a_year() -> None:
    world = World()
    for number in range(MAX_A_YEAR):
        application = submitted(world, LIN, identity_id="lin")
        other = started(world, MEI, identity_id="lin")
        assert code_of(world, lambda o=other: review.submit_application(world.review, MEI, o.id)) == "application-open", number
        review.withdraw_application(world.review, LIN, application.id)
        hear(world)
    draft = started(world, LIN, identity_id="lin")
    assert code_of(world, lambda: review.submit_application(world.review, LIN, draft.id)) == "too-many-applications"
    world.clock.advance(days=366)
    assert submitted(world, LIN, identity_id="lin")


LONG = replace(
    CONTENT,
    resonance="从小区的一窝珠颈斑鸠开始看鸟，想和同样会为一声鸣叫停下脚步的人待在一起，慢慢把城市里的野鸟认全。",
    circle_definition="只聊在城市里看得到的野鸟：在哪儿、什么时候、怎么认、怎么不打扰它们，不公布巢址，不诱拍。",
    plan="先邀请三十位常在公园记录的朋友，再按月开放口令；春秋迁徙季做共同记录，年底整理成一份本地鸟种名录。",
)


def test_r10_a_near_copy_of_a_rejected_text_by_another_person_is_flagged() -> None:
    world = World()
    first = submitted(world, LIN, LONG)
    decide(world, enrolled(world, "rui"), first, approves=False)
    hear(world)
    copy = submitted(world, MEI, replace(LONG, plan=LONG.plan.replace("三十位", "五十位")))
    hear(world)
    assert loaded(world, copy).flags == (f"near_copy:{first.id}",)
    assert loaded(world, copy).state is State.SUBMITTED  # a flag is for reviewers to judge
    own_words = replace(
        LONG, resonance="喜欢手冲咖啡。" * 9, circle_definition="家里能做的手冲。" * 9, plan="每周试一支豆子。" * 9
    )
    other = review.create_application(
        world.review,
        person("yan"),
        wish(person("yan")),
        replace(form(world, person("yan"), own_words), evidence=("https://example.org/z",)),
    )
    review.submit_application(world.review, person("yan"), other.id)
    hear(world)
    assert loaded(world, other).flags == ()


def test_r10_evidence_that_somebody_else_was_rejected_with_is_flagged() -> None:
    world = World()
    first = submitted(world, LIN, LONG)
    decide(world, enrolled(world, "rui"), first, approves=False)
    hear(world)
    other = submitted(
        world,
        MEI,
        replace(
            LONG, resonance="手冲。" * 30, circle_definition="豆子。" * 30, early_building="磨豆。" * 30, plan="试豆。" * 30
        ),
    )
    hear(world)
    assert loaded(world, other).flags == (f"near_copy:{first.id}",)


# what a hostile reading found


def test_r10_a_withdrawal_that_crosses_the_submission_leaves_no_slot_taken() -> None:
    world = World()
    draft = started(world, LIN, identity_id="lin")
    stale = world.review_table.get(repository.application_key(draft.id))
    review.withdraw_application(world.review, LIN, draft.id)
    hear(world)
    assert stale
    with pytest.raises(DomainError):
        review.submit_application(world.review, LIN, draft.id)
    assert submitted(world, LIN, identity_id="lin").state is State.SUBMITTED


def test_r2_an_edit_after_submission_is_about_the_same_fit_human() -> None:
    world = World()
    first = submitted(world, LIN, identity_id="lin")
    for new, code in (
        (form(world, LIN, identity_id="somebody else"), "invalid"),
        (form(world, LIN, identity_id="lin", adult=False), "not-adult"),
        (form(world, LIN, identity_id="lin", active_days=0), "too-few-active-days"),
    ):
        edit = lambda new=new: review.update_application(world.review, LIN, first.id, wish(LIN), new)  # noqa: E731
        assert code_of(world, edit) == code
    assert loaded(world, first) == first


def test_r10_an_appeal_is_the_open_application_again_and_an_overturned_one_no_rejection() -> None:
    world = World()
    first = decide(world, enrolled(world, "rui"), submitted(world, LIN, identity_id="lin"), approves=False)
    hear(world)
    world.clock.advance(days=13)
    key = wish(LIN, now=world.clock.now)
    review.appeal_application(world.review, LIN, first.id, key, Reason.CIRCLE_VAGUE, "请再看。")
    world.clock.advance(days=20)
    draft = started(world, MEI, identity_id="lin")
    assert code_of(world, lambda: review.submit_application(world.review, MEI, draft.id)) == "application-open"
    for name in ("shan", "tao"):
        decide(world, enrolled(world, name), first)
    hear(world)
    assert submitted(world, MEI, identity_id="lin").state is State.SUBMITTED  # no cool-down is left


def test_r2_a_sanction_follows_the_human_to_their_other_account() -> None:
    world = World()
    review.withdraw_application(world.review, LIN, submitted(world, LIN, identity_id="lin").id)
    hear(world)
    sanction(world, LIN, SanctionLevel.MUTED, days=30)
    draft = started(world, MEI, identity_id="lin")
    assert code_of(world, lambda: review.submit_application(world.review, MEI, draft.id)) == "under-sanction"


def test_r2_whoever_is_put_out_during_the_review_is_given_no_seat() -> None:
    world = World(quota=1)
    made = [submitted(world, person(name)) for name in ("first", "waits", "out")]
    rui, shan = enrolled(world, "rui"), enrolled(world, "shan")
    for one in made[:2]:
        decide(world, rui, one)
        decide(world, shan, one)
    decide(world, rui, made[2])
    for name in ("waits", "out"):
        who = person(name).user_id
        review.impose_sanction(world.review, rui, who, level=SanctionLevel.SUSPENDED, until=None, reason="x", emergency=True)
    assert code_of(world, lambda: decide(world, shan, made[2])) == "under-sanction"
    review.free_seat(world.review, circle_closed(world, made[0].id))
    review.handle_schedule(world.review)
    assert loaded(world, made[1]).state is State.EXPIRED
    assert review.get_cohort(world.review, LIN).taken == 0


def test_r10_who_applies_never_reads_whom_they_are_like() -> None:
    world = World()
    first = submitted(world, LIN, LONG)
    decide(world, enrolled(world, "rui"), first, approves=False)
    hear(world)
    copy = submitted(world, MEI, LONG)
    hear(world)
    application, private = review.get_application(world.review, MEI, copy.id)
    assert first.id not in schemas.ApplicationResponse.of(application, private).model_dump_json()
    assert schemas.ApplicationResponse.of(application, private, staff=True).flags == [f"near_copy:{first.id}"]
