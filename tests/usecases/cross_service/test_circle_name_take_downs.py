"""A4: the name of a circle is reported, taken down in every service by one upheld case, and brought back by an appeal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from services.chat import usecases as chat
from services.circles import errors as circles_errors
from services.circles import usecases as circles
from services.circles.usecases.ownership import transfer_ownership
from services.review import errors
from services.review import usecases as review
from services.review.domain import AppealState, Case, CaseOutcome
from services.review.domain.tenure import AssessmentOutcome, Tenure
from services.review.repository.tenures import TENURES, tenure_key
from services.review.usecases.circle_names import take_circle_name_down
from services.shared.kernel.ids import derive_id, new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.take_downs import TakeDown
from services.shared.security.violations import Violation
from simulation.setup.applications import enrol_reviewer
from simulation.setup.circles import set_teaser
from simulation.setup.events import content_reports
from simulation.users import caller, new_key
from tests.support.errors import error_code
from tests.usecases.cross_service.circle_names import (
    ALIKE,
    LIN,
    MEI,
    NAME,
    NEW_NAME,
    OTHER,
    close,
    complete_closing,
    holder_of,
    open_named,
    rename,
    settle,
)
from tests.usecases.cross_service.named_circle import HAO, SPAM, Named

YAN, STRANGER = caller("yan"), caller("stranger")


def test_a4_a_name_that_is_down_shows_in_no_service_and_is_back_after_the_appeal() -> None:
    named = Named()
    set_teaser(named.simulation, LIN, named.id, "城市里看得到的野鸟。", ("观鸟",))
    case_id = named.take_down()
    shown = named.shown()
    assert shown == named.tenure.shown_name != NAME
    (own,) = circles.list_circles(named.simulation.circles, HAO, PageRequest(5)).items
    teaser = circles.get_teaser(named.simulation.circles, named.id)
    (listed,) = circles.list_teasers(named.simulation.circles, teaser.slug, PageRequest(5)).items
    (summary,) = chat.list_own_rooms(named.simulation.chat, HAO, PageRequest(5)).items
    assert {own.circle.name, teaser.name, listed.name, summary.room.name} == {shown}
    named.restore(case_id)
    assert named.shown() == NAME
    assert circles.get_teaser(named.simulation.circles, named.id).name == NAME


def test_a4_the_owner_reads_why_and_no_other_member_does() -> None:
    named = Named()
    case_id = named.take_down()
    (own,) = review.list_take_downs(named.simulation.review, LIN, PageRequest(5)).items
    assert (own.id, own.violation, own.excerpt, own.author) == (case_id, Violation.HATE, NAME, LIN.user_id)
    assert review.list_take_downs(named.simulation.review, MEI, PageRequest(5)).items == []
    notifications = chat.list_notifications(named.simulation.chat, LIN, PageRequest(5)).items
    about = [view.notification.about.get("content_kind") for view in notifications if view.notification.state == "taken_down"]
    assert about == ["circle_name"]
    assert circles.get_circle(named.simulation.circles, LIN, named.id).circle.name_violation is Violation.HATE
    named.restore(case_id)
    assert circles.get_circle(named.simulation.circles, LIN, named.id).circle.name_violation is None


def test_a4_a_report_has_the_name_as_evidence_once_per_name() -> None:
    named = Named()
    for _ in range(2):
        named.report()
    (event,) = content_reports(named.simulation, "circles")
    data = event.data
    assert (data.kind, data.subject_id, data.author_id) == ("circle_name", f"{named.id}/name", LIN.user_id)
    assert (data.evidence, data.revision) == ({"name": NAME}, 1)
    named.rename(NEW_NAME)
    case_id = named.report()
    case = named.case(case_id)
    assert (case.reporters, case.list_reported("name")) == (1, [NAME, NEW_NAME])


def test_a4_the_page_and_the_name_are_reported_apart() -> None:
    named = Named()
    circles.report_circle(named.simulation.circles, HAO, named.id, SPAM)
    named.take_down()
    assert named.is_down()
    kinds = [event.data.kind for event in content_reports(named.simulation, "circles")]
    assert kinds == ["circle_page", "circle_name"]


def test_a4_a_user_who_is_no_member_reports_the_name_that_a_teaser_shows_and_no_other() -> None:
    named = Named()
    for circle_id in (named.id, new_id("cir")):
        with pytest.raises(circles_errors.CircleNotFound):
            circles.report_circle_name(named.simulation.circles, STRANGER, circle_id, SPAM)
    set_teaser(named.simulation, LIN, named.id, "城市里看得到的野鸟。", ("观鸟",))
    named.take_down(by=STRANGER)
    assert named.is_down()


def test_a4_a_default_name_is_not_reported() -> None:
    named = Named()
    named.take_down()
    reports = len(content_reports(named.simulation, "circles"))
    named.report(MEI)
    assert len(content_reports(named.simulation, "circles")) == reports


@pytest.mark.parametrize("name", [NAME, ALIKE])
def test_a4_the_owner_cannot_choose_the_name_or_one_that_looks_like_it_until_the_take_down_ends(name: str) -> None:
    named = Named()
    case_id = named.take_down()
    assert error_code(lambda: named.rename(name)) == "circle-name-taken-down"
    named.rename(NEW_NAME)
    assert error_code(lambda: named.rename(name)) == "circle-name-taken-down", "also after a rename"
    named.restore(case_id)
    assert named.shown() == NEW_NAME
    assert named.rename(name) == name


def test_a4_a_name_that_is_down_stays_reserved() -> None:
    named = Named()
    named.take_down()
    other = open_named(named.simulation, YAN, OTHER)
    with pytest.raises(errors.CircleNameUnavailable):
        rename(named.simulation, YAN, other, ALIKE)
    assert holder_of(named.simulation, NAME) == named.id


def test_a4_a_rename_replaces_a_name_that_is_down_for_good() -> None:
    named = Named()
    case_id = named.take_down()
    assert named.rename(NEW_NAME) == NEW_NAME
    assert (named.shown(), holder_of(named.simulation, NAME)) == (NEW_NAME, None)
    assert circles.get_circle(named.simulation.circles, LIN, named.id).circle.name_violation is None
    named.restore(case_id)
    assert (named.shown(), holder_of(named.simulation, NEW_NAME)) == (NEW_NAME, named.id)


def test_a4_a_rename_before_the_decision_stays_unless_the_names_look_alike() -> None:
    for name, is_down in ((NEW_NAME, False), (ALIKE, True)):
        named = Named()
        case_id = named.report()
        named.rename(name)
        named.uphold(case_id)
        assert (named.is_down(), named.tenure.circle_name) == (is_down, name)


def test_a4_all_names_that_the_case_shows_are_down() -> None:
    named = Named()
    named.report()
    named.rename(NEW_NAME)
    named.uphold(named.report())
    assert named.is_down()
    assert error_code(lambda: named.rename(NAME)) == "circle-name-taken-down"
    assert named.rename(OTHER) == OTHER


def test_a4_a_late_repeat_of_a_rename_does_not_show_a_name_that_is_down() -> None:
    named = Named()
    key = new_key(LIN, now=named.simulation.clock.now).value
    rename(named.simulation, LIN, named.id, NEW_NAME, key)
    settle(named.simulation)
    named.take_down()
    repeated = review.rename_circle(
        named.simulation.review, LIN, named.id, new_key(LIN, body={"name": NEW_NAME}, value=key), NEW_NAME
    )
    assert repeated.shown_name == named.shown()
    assert named.is_down()


def test_a4_a_denied_name_uses_no_attempt() -> None:
    named = Named()
    named.take_down()
    written = len(named.simulation.memory("review").stream)
    for _ in range(5):
        assert error_code(lambda: named.rename(NAME)) == "circle-name-taken-down"
    assert len(named.simulation.memory("review").stream) == written


def test_a4_a_name_is_down_until_all_of_its_cases_have_ended() -> None:
    named = Named()
    first = named.take_down()
    named.rename(NEW_NAME)
    second = named.take_down(number=1)
    named.restore(first)
    assert named.is_down()
    named.restore(second)
    assert named.shown() == NEW_NAME


def decided(case: Case, version: int, *, is_active: bool) -> Case:
    after = replace(case, version=version, outcome=CaseOutcome.UPHELD, violation=Violation.HATE)
    return after if is_active else replace(after, appeal=AppealState.GRANTED)


@pytest.mark.parametrize("order", [*permutations((1, 2, 3)), (2, 1, 1, 3, 2)])
def test_a4_changes_of_a_case_give_one_name_repeated_late_and_in_any_order(order: Sequence[int]) -> None:
    named = Named()
    case = named.case(named.report())
    for version in order:
        take_circle_name_down(named.simulation.review, decided(case, version, is_active=version != 2))
    settle(named.simulation)
    assert named.is_down()
    take_circle_name_down(named.simulation.review, decided(case, 4, is_active=False))
    settle(named.simulation)
    assert named.shown() == NAME


def test_a4_a_name_is_taken_down_in_a_circle_that_is_read_only_and_in_none_that_has_closed() -> None:
    named = Named()
    case_id = named.report()
    close(named.simulation, named.id)
    settle(named.simulation)
    named.uphold(case_id)
    assert named.is_down()
    complete_closing(named.simulation, named.id)
    settle(named.simulation)
    item = named.simulation.review_table.get(tenure_key(derive_id("app", named.id))) or {}
    assert not {"names_down", "take_downs", "name_violation"} & item.keys()
    assert (item["circle_name"], item["shown_name"], holder_of(named.simulation, NAME)) == ("", "", None)
    take_circle_name_down(named.simulation.review, replace(named.case(case_id), version=10**16))
    assert named.simulation.review_table.get(tenure_key(derive_id("app", named.id))) == item


def test_a4_the_next_owner_reads_why_and_replaces_the_name_and_the_one_before_appeals() -> None:
    named = Named()
    case_id = named.take_down()
    offer = circles.offer_ownership(named.simulation.circles, LIN, named.id, MEI.user_id)
    settle(named.simulation)
    hand_over(named, offer.id)
    assert named.is_down()
    assert circles.get_circle(named.simulation.circles, MEI, named.id).circle.name_violation is Violation.HATE
    assert error_code(lambda: named.rename(NAME, by=MEI)) == "circle-name-taken-down"
    named.restore(case_id)
    assert named.shown() == NAME


def hand_over(named: Named, succession_id: str) -> None:
    transfer_ownership(named.simulation.circles, named.id, succession_id)
    settle(named.simulation)
    assert named.tenure.owner == MEI.user_id


def test_a4_the_removal_of_the_owner_stays_pending_beside_the_name() -> None:
    """A replay from the table must find both events, whichever came last."""
    named = Named()
    case_id = named.report()
    for outcome in (AssessmentOutcome.PROBATION, AssessmentOutcome.REMOVE):
        for name in ("rui", "shan"):
            by = enrol_reviewer(named.simulation, name)
            key = new_key(by, now=named.simulation.clock.now)
            review.assess_owner(named.simulation.review, by, derive_id("app", named.id), key, outcome, "见数据。")
        named.simulation.clock.advance(days=31)
    named.uphold(case_id)
    item = named.simulation.review_table.get(tenure_key(derive_id("app", named.id))) or {}
    assert [entry.split(":")[0] for entry in item["outbox"].split()] == ["OwnerRemoved", "CircleNameChanged"]
    assert named.is_down()


def test_a4_a_case_before_its_tenure_is_processed_again_later() -> None:
    named = Named()
    case = decided(named.case(named.report()), 1, is_active=True)
    unknown = replace(case, subject={**case.subject, "circle_id": new_id("cir")})
    with pytest.raises(errors.ApplicationNotFound):
        take_circle_name_down(named.simulation.review, unknown)


def test_a4_a_rename_and_a_take_down_leave_the_same_in_either_order() -> None:
    def renamed(tenure: Tenure) -> Tenure:
        return tenure.rename_circle(NEW_NAME, at=at)

    def taken_down(tenure: Tenure) -> Tenure:
        return tenure.take_names_down(TakeDown("cas_1", 1, True, Violation.HATE), [NAME], at=at)

    named = Named()
    at, results = named.simulation.clock.now, []
    steps: tuple[Callable[[Tenure], Tenure], ...] = (renamed, taken_down)
    for first, second in permutations(steps):
        results.append(replace(second(first(named.tenure)), version=1))
    assert results[0] == results[1]
    assert TENURES.from_item(TENURES.to_item(results[0])) == results[0]
