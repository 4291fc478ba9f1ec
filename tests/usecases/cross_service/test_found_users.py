"""A7: what reviewers and operators find by a nickname, an id or an order."""

from __future__ import annotations

import pytest

from services.circles import usecases as circles
from services.circles.domain import MemberState
from services.review import usecases as review
from services.review.domain import CaseOutcome
from services.shared.kernel.errors import NotFound
from services.shared.kernel.ids import new_id
from services.shared.kernel.pages import PageRequest
from services.shared.security.account_status import SanctionLevel
from services.shared.security.auth import Caller
from services.shared.security.violations import Violation
from simulation.setup.applications import OPERATOR, create_application, submit_application
from simulation.setup.circles import create_circle, join_circle
from simulation.setup.commerce import Shop
from simulation.setup.events import note_reported
from simulation.simulation import Simulation
from simulation.users import caller
from tests.usecases.circles.test_profiles import change_profile, rename
from tests.usecases.cross_service.staff import enrolled
from tests.usecases.cross_service.test_staff_reads import read_order, read_orders, read_profile, read_record, search

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")


def test_a7_staff_find_a_user_by_the_beginning_of_the_nickname_in_both_scripts_and_in_pinyin() -> None:
    simulation = Simulation()
    rename(simulation, HAO, "重庆阿浩")
    rename(simulation, MEI, "重阳")
    rename(simulation, LIN, "Lin 99")
    shown = {text: [found.user_id for found in search(simulation, OPERATOR, text).items] for text in QUERIES}
    assert shown == {text: [one.user_id for one in users] for text, users in QUERIES.items()}
    rename(simulation, HAO, "阿浩")
    assert search(simulation, OPERATOR, "重庆").items == []
    assert [found.shown_name.text for found in search(simulation, OPERATOR, "ah").items] == ["阿浩"]
    change_profile(simulation, HAO, name=None)
    assert search(simulation, OPERATOR, "ah").items == []


QUERIES: dict[str, list[Caller]] = {
    "重庆": [HAO],
    "重慶": [HAO],
    "重": [HAO, MEI],
    "chongqing": [HAO],
    "chong": [HAO, MEI],
    "LIN": [LIN],
    "lin99": [LIN],
    "庆": [],
    "": [],
}


def test_a7_a_search_pages_through_all_users_once() -> None:
    simulation = Simulation()
    users = [caller(f"user {number}") for number in range(7)]
    for number, user in enumerate(users):
        rename(simulation, user, f"{'重庆' if number % 2 else '重的'}{number}")
    found, page = [], PageRequest(2)
    while True:
        got = search(simulation, OPERATOR, "重", page)
        assert got.items
        found += [one.user_id for one in got.items]
        if got.next is None:
            break
        page = PageRequest(2, got.next)
    assert sorted(found) == sorted(user.user_id for user in users)


def test_a7_a_profile_has_the_circles_of_the_user_with_role_and_state() -> None:
    simulation = Simulation()
    rename(simulation, HAO, "阿浩")
    first, second = create_circle(simulation, LIN, HAO), create_circle(simulation, HAO)
    circles.leave_circle(simulation.circles, HAO, first)
    profile = read_profile(simulation, OPERATOR)
    assert profile.profile.shown_name.text == "阿浩"
    shown = {member.circle_id: (member.role, member.state) for member, _ in profile.memberships}
    assert shown == {first: ("member", MemberState.LEFT), second: ("owner", MemberState.MEMBER)}
    assert all(circle and circle.name for _, circle in profile.memberships)


def test_a7_staff_find_an_order_by_its_id_alone_and_the_orders_of_both_sides() -> None:
    shop = Shop(stock=5)
    unpaid = shop.order(HAO)
    with pytest.raises(NotFound):
        read_order(shop.simulation, OPERATOR, unpaid.id)
    assert read_orders(shop.simulation, OPERATOR).items == [unpaid]
    assert read_orders(shop.simulation, OPERATOR, sold=True, user=MEI).items == []
    order = shop.pay(unpaid)
    found = read_order(shop.simulation, OPERATOR, order.id)
    assert (found, found.buyer_id, found.seller_id) == (order, HAO.user_id, MEI.user_id)
    assert read_orders(shop.simulation, OPERATOR).items == [order]
    assert read_orders(shop.simulation, OPERATOR, sold=True, user=MEI).items == [order]
    assert read_orders(shop.simulation, OPERATOR, sold=True).items == []
    with pytest.raises(NotFound):
        read_order(shop.simulation, OPERATOR, new_id("ord"))


def test_a7_the_record_has_status_applications_cases_reports_and_the_number_of_linked_users() -> None:
    simulation = Simulation()
    rui = enrolled(simulation, "rui")
    create_application(simulation, caller("hao too"), identity_id="hao")
    own = submit_application(simulation, HAO, identity_id="hao")
    create_application(simulation, HAO, identity_id="hao")
    event = note_reported(simulation, LIN)
    about = event.model_copy(update={"data": event.data.model_copy(update={"author_id": HAO.user_id})})
    review.apply_content_reported(simulation.review, about)
    review.apply_content_reported(simulation.review, note_reported(simulation, HAO, "note_01KJY2E1KX7BMZ758QWDX6V9QD"))
    record = read_record(simulation, rui)
    assert (record.sanctions, record.linked_users) == (None, 1)
    assert [one.id for one in record.applications] == [own.id]
    ((case,), (report,)) = record.cases, record.reports
    assert (case.author, case.outcome, report.case_id != case.id) == (HAO.user_id, None, True)
    review.decide_case(simulation.review, rui, case.id, CaseOutcome.UPHELD, "核实。", violation=Violation.SPAM)
    review.impose_sanction(
        simulation.review,
        rui,
        HAO.user_id,
        level=SanctionLevel.MUTED,
        violation=Violation.SPAM,
        until=None,
        reason="刷屏",
        emergency=False,
    )
    record = read_record(simulation, rui)
    assert record.sanctions and record.sanctions.account_status.level is SanctionLevel.MUTED
    assert [one.outcome for one in record.cases] == [CaseOutcome.UPHELD]


def test_a7_a_user_who_joins_again_is_one_membership() -> None:
    simulation = Simulation()
    circle_id = create_circle(simulation, LIN, HAO)
    circles.leave_circle(simulation.circles, HAO, circle_id)
    join_circle(simulation, HAO, LIN, circle_id)
    assert len(read_profile(simulation, OPERATOR).memberships) == 1
