"""A7: reviewers and operators find a user by nickname, id or order, and read each part; each access is recorded and limited."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from services.circles import usecases as circles
from services.circles.names.pinyin import NameQuery
from services.commerce import usecases as commerce
from services.review import usecases as review
from services.review.settings import settings as review_settings
from services.shared.kernel.errors import (
    ConflictOfInterest,
    ReadGrantInvalid,
    ReadLimitReached,
    ReviewerNotEnrolled,
    StaffSignInRequired,
)
from services.shared.kernel.pages import PageRequest
from services.shared.security.access_logs import access_log_key
from services.shared.security.audit import verify_chain
from services.shared.security.auth import Caller
from services.shared.security.reviewers import reviewer_key
from simulation.settings import overridden
from simulation.setup.applications import OPERATOR
from simulation.setup.circles import create_circle
from simulation.setup.commerce import Shop
from simulation.setup.staff import read_grant
from simulation.simulation import Simulation
from simulation.streams import deliver, handle_new_changes
from simulation.users import caller, user_id
from tests.usecases.cross_service.staff import access_entries, enrolled, publish_reviewers, reviewer_events

LIN, MEI, HAO = caller("lin"), caller("mei"), caller("hao")
PAGE = PageRequest(20)
Read = Callable[..., Any]


def granted(simulation: Simulation, by: Caller, read: str, subject_id: str = HAO.user_id) -> str:
    """Return a grant of review; none for a caller who gets none because of the role or a conflict of interest."""
    try:
        return read_grant(simulation, by, read, subject_id)
    except (ReviewerNotEnrolled, StaffSignInRequired, ConflictOfInterest):
        return ""


def search(simulation: Simulation, by: Caller, text: str = "阿", page: PageRequest = PAGE) -> Any:
    return circles.list_users(simulation.circles, by, NameQuery.parse(text), page, granted(simulation, by, "users"))


def read_profile(simulation: Simulation, by: Caller) -> Any:
    return circles.get_user_profile(simulation.circles, by, HAO.user_id, granted(simulation, by, "profile"))


def read_record(simulation: Simulation, by: Caller) -> Any:
    return review.get_user_record(simulation.review, by, HAO.user_id)


def read_orders(simulation: Simulation, by: Caller, sold: bool = False, user: Caller = HAO) -> Any:
    grant = granted(simulation, by, "sales" if sold else "orders", user.user_id)
    return commerce.list_user_orders(simulation.commerce, by, user.user_id, PAGE, grant, sold=sold)


def paid_order(simulation: Simulation) -> str:
    shop = Shop(simulation=simulation)
    return shop.pay(shop.order(HAO)).id


def read_order(simulation: Simulation, by: Caller, order_id: str = "") -> Any:
    order_id = order_id or paid_order(simulation)
    return commerce.get_order_by_id(simulation.commerce, by, order_id, granted(simulation, by, "order", order_id))


READS: dict[str, tuple[str, Read]] = {
    "list_users": ("circles", search),
    "get_user_profile": ("circles", read_profile),
    "get_user_record": ("review", read_record),
    "list_user_orders": ("commerce", read_orders),
    "list_user_orders: sold": ("commerce", partial(read_orders, sold=True)),
    "get_order_by_id": ("commerce", read_order),
}
every_read = pytest.mark.parametrize(("service", "read"), READS.values(), ids=READS)


# Who reads.


@every_read
def test_a7_only_enrolled_reviewers_and_operators_read(service: str, read: Read) -> None:
    simulation = Simulation()
    withheld = Caller(user_id("x"), frozenset(), 1_770_000_000, 1_880_000_000, withheld_groups=frozenset({"operator"}))
    for by, error in (
        (caller("member"), ReviewerNotEnrolled),
        (caller("not enrolled", "reviewer"), ReviewerNotEnrolled),
        (withheld, StaffSignInRequired),
    ):
        with pytest.raises(error):
            read(simulation, by)
    assert access_entries(simulation, service) == []
    read(simulation, enrolled(simulation, "rui"))
    read(simulation, OPERATOR)
    readers = {by for by, _ in access_entries(simulation, service)}
    assert readers == {user_id("rui"), OPERATOR.user_id}


@every_read
def test_a7_a_reviewer_whose_enrolment_has_ended_reads_nothing(service: str, read: Read) -> None:
    simulation = Simulation()
    rui = enrolled(simulation, "rui")
    simulation.clock.advance(seconds=1)
    review.dismiss_reviewer(simulation.review, OPERATOR, rui.user_id)
    publish_reviewers(simulation)
    with pytest.raises(ReviewerNotEnrolled):
        read(simulation, rui)
    assert access_entries(simulation, service) == []


def test_a7_an_enrolment_that_arrives_twice_late_or_out_of_order_leaves_the_newest() -> None:
    simulation = Simulation()
    rui = enrolled(simulation, "rui")
    simulation.clock.advance(seconds=1)
    review.dismiss_reviewer(simulation.review, OPERATOR, rui.user_id)
    events = reviewer_events(simulation)
    for order in (events, events[::-1], [*events, *events]):
        for event in order:
            deliver(simulation, "circles", event)
        item = simulation.circles_table.get(reviewer_key(rui.user_id)) or {}
        assert item["is_enrolled"] is False


# Recorded before, and limited.


@every_read
def test_a7_each_access_is_an_entry_of_the_readers_chain(service: str, read: Read) -> None:
    simulation = Simulation()
    rui = enrolled(simulation, "rui")
    read(simulation, rui)
    handle_new_changes(simulation, service)
    ((by, action),) = access_entries(simulation, service)
    assert (by, action.partition(" ")[0]) == (rui.user_id, "read")
    assert "阿" not in action, "what was searched is a text of a user"
    table = simulation.memory(service)
    (item,) = (item for item in table.all_items() if item["sk"] == "ACCESS_LOG")
    assert (verify_chain(table, item).state, verify_chain(table, item).length) == ("intact", 1)
    assert any(one["pk"].startswith("HEADS#") and one["sk"].startswith("READER#") for one in table.all_items())


@every_read
def test_a7_the_61st_read_of_an_hour_is_denied_over_all_services_and_users_of_the_identity(service: str, read: Read) -> None:
    simulation = Simulation()
    rui, rui_too = enrolled(simulation, "rui", "one"), enrolled(simulation, "rui too", "one")
    order_id = paid_order(simulation)
    first: list[Callable[[Simulation, Caller], Any]] = [search, read_profile, read_record, read_orders]
    for number in range(60):
        first[number % 4](simulation, (rui, rui_too)[number % 2])
    recorded = {name: len(chain(simulation, name)) for name in ("review", "circles", "commerce")}
    for by in (rui, rui_too):
        with pytest.raises(ReadLimitReached):
            read(simulation, by)
        with pytest.raises(ReadGrantInvalid):
            commerce.get_order_by_id(simulation.commerce, by, order_id, "")
    assert {name: len(chain(simulation, name)) for name in recorded} == recorded
    read(simulation, enrolled(simulation, "shan"))
    simulation.clock.advance(hours=1)
    read(simulation, rui)


def chain(simulation: Simulation, service: str) -> list[str]:
    """Return the audit entries of the access logs of a service."""
    handle_new_changes(simulation, service)
    items = simulation.memory(service).all_items()
    return [item["sk"] for item in items if item["pk"].startswith("AUDIT#READER#")]


@every_read
def test_a7_the_limit_is_a_setting_of_review(service: str, read: Read) -> None:
    simulation = Simulation()
    about = (paid_order(simulation),) if read is read_order else ()
    with overridden(review_settings, max_reads_per_hour=1):
        read(simulation, OPERATOR, *about)
        with pytest.raises(ReadLimitReached) as raised:
            read(simulation, OPERATOR, *about)
        assert 0 < (raised.value.retry_after or 0) <= 3601
    assert (simulation.memory("review").get(access_log_key(OPERATOR.user_id)) or {})["count"] == 1


# Conflicts of interest.


@pytest.mark.parametrize("read", [read_profile, read_record, read_orders, partial(read_orders, sold=True)])
def test_a7_no_reviewer_reads_about_themselves_under_any_user(read: Read) -> None:
    simulation = Simulation()
    own = enrolled(simulation, "hao", "hao")
    other = enrolled(simulation, "hao too", "hao")
    for by in (own, other):
        with pytest.raises(ConflictOfInterest):
            read(simulation, by)
    assert access_entries(simulation, "circles") == access_entries(simulation, "commerce") == []


def test_a7_a_reviewer_in_a_circle_of_the_user_or_who_invited_them_does_not_read_the_profile() -> None:
    simulation = Simulation()
    rui, shan, tao = (enrolled(simulation, name) for name in ("rui", "shan", "tao"))
    circle_id = create_circle(simulation, LIN, HAO, rui)
    own = create_circle(simulation, shan, HAO)
    for by in (rui, shan):
        with pytest.raises(ConflictOfInterest):
            read_profile(simulation, by)
    profile = read_profile(simulation, tao)
    assert {member.circle_id for member, _ in profile.memberships} == {circle_id, own}
    circles.leave_circle(simulation.circles, rui, circle_id)
    assert read_profile(simulation, rui)
    circles.leave_circle(simulation.circles, HAO, own)
    with pytest.raises(ConflictOfInterest):  # the invitation stays
        read_profile(simulation, shan)


def test_a7_a_reviewer_of_a_trade_reads_neither_the_order_nor_the_orders_of_the_other_side() -> None:
    shop = Shop()
    simulation = shop.simulation
    order = shop.pay(shop.order(HAO))
    tao = enrolled(simulation, "tao")
    for party, reads in ((MEI, (HAO, False)), (HAO, (MEI, True)), (LIN, (HAO, False))):
        by = enrolled(simulation, "second user of " + party.user_id, party.user_id)
        shop.set_identity(party, reviewer_identity(simulation, by))
        with pytest.raises(ConflictOfInterest):
            read_order(simulation, by, order.id)
        with pytest.raises(ConflictOfInterest):
            read_orders(simulation, by, reads[1], reads[0])
    assert read_order(simulation, tao, order.id) == order
    assert [user for user, _ in access_entries(simulation, "commerce")] == [tao.user_id]


def reviewer_identity(simulation: Simulation, by: Caller) -> str:
    return str((simulation.commerce_table.get(reviewer_key(by.user_id)) or {})["identity_id"])
